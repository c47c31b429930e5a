#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "policy/edits.h"
#include "policy/formats/safetensors.h"

// Edits as data: the YAML files that docs/edits.md describes.
namespace mazescan::policy {

// A cell of a maze as an edit names it.
struct NamedCell {
  enum class Kind { kFixed, kTarget, kCheese, kRandom };  // kRandom: one free cell of each maze
  Kind kind = Kind::kFixed;
  int64_t x = 0, y = 0;  // of kFixed
};

// Sets each channel to `value` at one cell of the maze, and to `elsewhere`, if given, on all others: the
// ClampCells of edits.h, once the maze is known.
struct ClampNamedCell {
  std::vector<int64_t> channels;
  NamedCell cell;
  double value = 0;
  std::optional<double> elsewhere;
};

// Sets channels to the activations that they would have if the cheese lay at another cell: the
// ResampleChannels of edits.h, once the maze is known.
struct ResampleCheese {
  std::vector<int64_t> channels;
  NamedCell cheese;
};

// One edit of a file.
struct EditEntry {
  std::string layer;
  std::variant<AddVector, ClampNamedCell, ZeroChannels, ReplaceChannels, ResampleCheese, Interpolate,
               MultiplyMask, SetActivations>
      change;
  // For each tensor that another file holds, by its key: "masks.safetensors#name".
  std::map<std::string, std::string> references;
  std::string place;  // in the file that it was read from, for messages: "edits.yaml:3:3"
};

// The names of the kinds in files, in the order of EditEntry::change: add_vector, clamp_cells, ...
const std::vector<std::string>& edit_kinds();

// Returns the tensors of a safetensors file, given its name.
using TensorReader = std::function<formats::TensorFile(const std::string& file)>;

// Reads the text of a file of edits; `name` is the file's in messages. Throws UserError with line and column.
// Whether edits fit a network, `edited` of edits.h checks.
std::vector<EditEntry> parse_edits(const std::string& text, const std::string& name,
                                   const TensorReader& read_tensors);

// Writes the edits as text that parse_edits reads back to equal ones: every key, tensors as they were given.
std::string dump_edits(const std::vector<EditEntry>& edits);

}  // namespace mazescan::policy

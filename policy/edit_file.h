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

// Edits in YAML files. docs/edits.md describes the format.
namespace mazescan::policy {

// A cell of a maze, given by its coordinates or by its meaning.
struct NamedCell {
  enum class Kind { kFixed, kTarget, kCheese, kRandom };  // kRandom: one free cell of each maze
  Kind kind = Kind::kFixed;
  int64_t x = 0, y = 0;  // for kFixed
};

// Sets each channel to `value` at one cell of the maze, and to `elsewhere`, if given, on all others. Becomes
// a ClampCells (edits.h) for a given maze.
struct ClampNamedCell {
  std::vector<int64_t> channels;
  NamedCell cell;
  double value = 0;
  std::optional<double> elsewhere;
};

// Sets channels to the activations that they would have if the cheese were at another cell. Becomes a
// ResampleChannels (edits.h) for a given maze.
struct ResampleCheese {
  std::vector<int64_t> channels;
  NamedCell cheese;
};

// Adds coefficient x a vector around a cell of the maze. For a map of [channels, rows, columns] the vector is
// [channels, 2 rows - 1, 2 columns - 1], with the cell's place in the middle; a first axis, if there is one,
// has an entry for each position of a cell within its place.
struct AddAround {
  NamedCell cell;
  torch::Tensor vector;
  double coefficient = 1;
};

// Sets the activations around a cell of the maze where the mask is not zero. mask: [channels, 2 rows - 1,
// 2 columns - 1]; values: as the vector of AddAround.
struct SetAround {
  NamedCell cell;
  torch::Tensor mask, values;
};

// One edit of a file.
struct EditEntry {
  std::string layer;
  std::variant<AddVector, ClampNamedCell, ZeroChannels, ReplaceChannels, ResampleCheese, Interpolate,
               MultiplyMask, SetActivations, AddAround, SetAround>
      change;
  // The key of each tensor in another file, and its reference: "masks.safetensors#name".
  std::map<std::string, std::string> references;
  std::string place;  // in the file, for messages: "edits.yaml:3:3"
};

// Returns the names of the kinds in files, in the order of EditEntry::change: add_vector, clamp_cells, ...
const std::vector<std::string>& edit_kinds();

// Returns the tensors of a safetensors file, given its name.
using TensorReader = std::function<formats::TensorFile(const std::string& file)>;

// Reads the text of an edit file. `name` is the file's name in messages. Does not check whether the edits fit
// a network; `edited` (edits.h) does. Throws UserError with line and column.
std::vector<EditEntry> parse_edits(const std::string& text, const std::string& name,
                                   const TensorReader& read_tensors);

// Returns the edits as text with every key. parse_edits reads equal edits from it. References to tensors in
// other files stay references.
std::string dump_edits(const std::vector<EditEntry>& edits);

}  // namespace mazescan::policy

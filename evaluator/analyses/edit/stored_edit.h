#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/rollout/stencil.h"

namespace mazescan::edit {

// Appends an edit.
void store_edit(const rollout::TargetMap& map, const rollout::Stencil& stencil, StoredEdits& stored);

// Returns a stored edit. Throws UserError if the columns are inconsistent.
rollout::Stencil stored_edit(const StoredEdits& stored, int64_t index);

// Selects stored edits; an absent value selects all, an absent control only edits.
struct WhichEdit {
  std::optional<int> size;
  std::optional<std::string> experiment, family;
  std::optional<double> fraction;
  std::optional<std::string> control;  // kNoLimit or kTwice
};

// Writes an edit around the target as a file of edits (docs/edits.md), `path`, and its tensors as a
// safetensors file of the same name beside it. comment: text without a line break at its end.
void write_edit(const std::string& layer, const rollout::Stencil& stencil, const std::string& comment,
                const std::filesystem::path& path);

// Writes the one edit of the finished job that `which` selects with write_edit. Returns a line
// that describes the edit. Throws UserError, with a list of edits, if none or several are selected.
std::string export_edit(const jobs::RunConfig& config, const WhichEdit& which,
                        const std::filesystem::path& path);

}  // namespace mazescan::edit

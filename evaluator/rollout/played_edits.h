#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/agent.h"
#include "policy/edit_file.h"

namespace mazescan::rollout {

// Reads a file of edits; the safetensors files that it names must be in the same folder. Throws UserError if
// a file is missing or invalid.
std::vector<policy::EditEntry> read_edits(const std::filesystem::path& path);

// Returns the rule of these edits for the given episodes (initial states). targets: one cell for each
// episode; empty: no targets. Network, levels and edits must outlive the rule. Throws UserError, with the
// edit's position, if an edit does not fit the network or names a cell that a maze lacks.
EditRule played_edits(const std::vector<policy::EditEntry>& edits, const policies::TrainedPolicy& trained,
                      const std::vector<envs::MazeState>& episodes, const std::vector<envs::Cell>& targets);

// Describes the mean share of the network that the rule changes in these episodes: "2 activations: 0.39 % of
// the edited layers, 0.03 % of all layers, 0.04 % of the network". Uses only the first 512 episodes.
std::string edited_share_text(const policy::Network& network, const EditRule& rule,
                              const std::vector<envs::MazeState>& episodes);

}  // namespace mazescan::rollout

#pragma once
#include <string>
#include <vector>

#include "core/config.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/policies/policy_choice.h"

namespace mazescan::record {

// Section `record`: activations as a dataset for publication.
struct RecordConfig : jobs::LevelGrid, policies::PolicyChoice {
  RecordConfig() {
    sizes = {3, 5, 7, 9};
    placements = {"uniform"};
  }
  std::string folder;
  std::string sampling = "along_rollout";
  int max_states_per_level = 0;
  std::vector<std::string> layers = {"embedder.fc"};
  std::string storage_dtype = "float16", compression = "gzip";

  template <class Visitor>
  void fields(Visitor& visit) {
    policies::PolicyChoice::which(visit);
    visit("folder", folder, "folder of the dataset; empty: record/ of the run directory", neutral);
    jobs::LevelGrid::fields(visit);
    visit("sampling", sampling,
          "samples of a level: initial (the reset state), decision_step (the first step on the decision "
          "square), every_cell (the mouse on every free cell) or along_rollout (every step of a rollout)",
          one_of({"initial", "decision_step", "every_cell", "along_rollout"}));
    visit(
        "max_states_per_level", max_states_per_level,
        "largest number of samples of a level with every_cell and along_rollout, drawn at random, each with "
        "the mouse on another cell; 0: all",
        between(0, 1000000));
    visit("layers", layers, "layers whose outputs are stored");
    visit("storage_dtype", storage_dtype,
          "type of stored activations: float16, float32, or codes of equal steps in uint8 or uint16",
          one_of({"float16", "float32", "uint8", "uint16"}));
    visit("compression", compression,
          "compression of shards: gzip, none, or seg, which stores codes that are often 0 in few bits",
          one_of({"gzip", "none", "seg"}), neutral);
    policies::PolicyChoice::how(visit);
  }

  // Throws UserError if a value is invalid, such as an even size or an unknown placement.
  void validate() const;
};

}  // namespace mazescan::record

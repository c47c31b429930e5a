#pragma once
#include <string>
#include <vector>

#include "core/config.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/policies/policy_choice.h"

namespace mazescan::scan {

// Section `scan`: outcomes, and activations at two moments.
struct ScanConfig : jobs::LevelGrid, policies::PolicyChoice {
  std::vector<std::string> layers = {"embedder.fc"};
  std::string storage_dtype = "float16", compression = "gzip";
  int vector_fields = 1;

  template <class Visitor>
  void fields(Visitor& visit) {
    policies::PolicyChoice::which(visit);
    jobs::LevelGrid::fields(visit);
    visit("layers", layers, "taps whose outputs are stored, at the first step and at the decision step");
    visit("storage_dtype", storage_dtype, "type of stored activations: float16 or float32",
          one_of({"float16", "float32"}));
    visit("compression", compression, "compression of shards: gzip or none", one_of({"gzip", "none"}),
          neutral);
    visit("vector_fields", vector_fields, "levels per unit for which the policy is stored on every cell",
          between(0, 100000));
    policies::PolicyChoice::how(visit);
  }

  // Throws UserError if a value is invalid, such as an even size or an unknown placement.
  void validate() const;
};

}  // namespace mazescan::scan

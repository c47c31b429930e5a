#pragma once
#include <string>
#include <vector>

#include "evaluator/policies/policy_choice.h"

namespace mazescan::certify {

// Section `certify`: exact results over every maze of the smallest sizes.
struct CertifyConfig : policies::PolicyChoice {
  std::vector<int> sizes = {3, 5, 7};
  int layouts = 1000, chunk = 100;
  int max_steps = 0;

  template <class Visitor>
  void fields(Visitor& visit) {
    policies::PolicyChoice::which(visit);
    visit("sizes", sizes, "maze sizes: 3 (4 layouts), 5 (192) and 7 (100,352)");
    visit("layouts", layouts, "largest number of layouts per size, drawn at random; 0: all of every size",
          at_least(0));
    visit("chunk", chunk, "layouts of a work unit, which becomes one shard", between(1, 100000));
    visit("max_steps", max_steps, "steps after which an episode ends; 0: as the policy was trained",
          between(0, 1e6));
    policies::PolicyChoice::how(visit);
  }

  // Throws UserError if the sizes are empty, repeated or too large to enumerate.
  void validate() const;
};

}  // namespace mazescan::certify

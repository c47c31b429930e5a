#pragma once
#include <string>
#include <vector>

#include "core/config.h"

namespace mazescan {

// Section `certify`: every maze of the smallest sizes, exactly.
struct CertifyConfig {
  std::string policy, assets;
  std::vector<int> sizes = {3, 5, 7};
  int layouts = 1000, block = 100;
  int limit = 0;
  std::string device = "auto", arithmetic = "float32";

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("policy", policy, "policy file; empty: policy.safetensors of the run directory");
    visit("assets", assets, "folder of procgen's pictures, if it is not where it was in training");
    visit("sizes", sizes, "maze sizes: 3 (4 layouts), 5 (192) and 7 (100,352)");
    visit("layouts", layouts, "of a size that has more, so many are drawn; 0: all of every size",
          at_least(0));
    visit("block", block, "layouts of a work unit, which becomes one shard", between(1, 100000));
    visit("limit", limit, "steps after which an episode ends; 0: as the policy was trained", between(0, 1e6));
    visit("device", device, "cpu, cuda, or auto: cuda where there is one", one_of({"auto", "cpu", "cuda"}));
    visit("arithmetic", arithmetic,
          "of the network: float32; bfloat16, or float16 on GPUs, is faster there and another policy",
          one_of({"float32", "bfloat16", "float16"}));
  }

  // Throws UserError on sizes that nobody can go through.
  void validate() const;
};

}  // namespace mazescan

#pragma once
#include <string>

#include "core/config.h"

namespace mazescan::policies {

// Which policy a job looks at, and how it computes: keys of every section whose job asks the network.
struct PolicyChoice {
  std::string policy, assets;
  std::string device = "auto", compute_dtype = "float32";

  // The first keys of a section.
  template <class Visitor>
  void which(Visitor& visit) {
    visit("policy", policy, "policy file; empty: policy.safetensors of the run directory", neutral);
    visit("assets", assets, "folder of procgen's pictures, if it is not where it was in training", neutral);
  }
  // Its last keys.
  template <class Visitor>
  void how(Visitor& visit) {
    visit("device", device, "cpu, cuda, or auto: cuda where there is one", one_of({"auto", "cpu", "cuda"}),
          neutral);
    visit("compute_dtype", compute_dtype,
          "of the network: float32; bfloat16, or float16 on GPUs, is faster there and another policy",
          one_of({"float32", "bfloat16", "float16"}));
  }
};

}  // namespace mazescan::policies

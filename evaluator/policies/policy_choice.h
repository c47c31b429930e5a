#pragma once
#include <string>

#include "core/config.h"

namespace mazescan::policies {

// Selects a job's policy and how its network is evaluated: keys of every section whose job evaluates the
// network.
struct PolicyChoice {
  std::string policy, assets;
  std::string device = "auto", compute_dtype = "float32";

  // Visits the first keys of a section.
  template <class Visitor>
  void which(Visitor& visit) {
    visit("policy", policy, "policy file; empty: policy.safetensors of the run directory", neutral);
    visit("assets", assets, "folder of procgen's images, if it has moved since training", neutral);
  }
  // Visits the last keys of a section.
  template <class Visitor>
  void how(Visitor& visit) {
    visit("device", device, "cpu, cuda, or auto: cuda if available", one_of({"auto", "cpu", "cuda"}),
          neutral);
    visit("compute_dtype", compute_dtype,
          "precision of the network: float32, bfloat16 or, on GPUs only, float16; reduced precision is "
          "faster on GPUs, but outputs differ",
          one_of({"float32", "bfloat16", "float16"}));
  }
};

}  // namespace mazescan::policies

#pragma once
#include <torch/types.h>

#include <string>

namespace mazescan::formats {

// A tensor as a file of weights holds it.
struct NamedTensor {
  std::string name;      // "embedder.block1.conv.weight"
  torch::Tensor values;  // float32
};

}  // namespace mazescan::formats

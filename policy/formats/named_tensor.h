#pragma once
#include <torch/types.h>

#include <string>

namespace mazescan::formats {

// A named tensor of a weight file.
struct NamedTensor {
  std::string name;      // "embedder.block1.conv.weight"
  torch::Tensor values;  // float32
};

}  // namespace mazescan::formats

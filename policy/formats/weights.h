#pragma once
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "policy/formats/pth.h"
#include "policy/formats/safetensors.h"

// Weights as other programs save them: under the prefix of a wrapper, in other precisions.
namespace mazescan::formats {

// Prefixes that wrappers of a network add to the names of its weights.
inline constexpr std::array<std::string_view, 2> kWrappers = {"module.", "_orig_mod."};

// Removes the prefix that all names have, and returns it.
template <class Value>
std::string take_prefix(std::map<std::string, Value>& weights) {
  std::string taken;
  while (true) {
    const auto wrapper = std::find_if(kWrappers.begin(), kWrappers.end(), [&](std::string_view prefix) {
      return std::all_of(weights.begin(), weights.end(),
                         [&](const auto& entry) { return entry.first.rfind(prefix, 0) == 0; });
    });
    if (weights.empty() || wrapper == kWrappers.end()) return taken;
    std::map<std::string, Value> bare;
    for (const auto& [weight, value] : weights) bare.emplace(weight.substr(wrapper->size()), value);
    weights = std::move(bare);
    taken += *wrapper;
  }
}

// Adds a weight to the file, in float32.
// Throws UserError if a value is too large for it.
void add_weight(PthFile& file, const std::string& weight, const torch::Tensor& stored,
                const std::string& name);

// Returns the weights of a safetensors file in the form of a .pth file.
// Throws UserError if it is a policy file of mazescan, which needs no import, or holds no tensors.
PthFile weights_of(const TensorFile& file, const std::string& name);

}  // namespace mazescan::formats

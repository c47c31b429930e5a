#pragma once
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "policy/activation.h"

namespace mazescan {

// Keeps the largest inputs of each item, a share `keep` of them, and sets the others to zero: an activation
// function that is not elementwise. Its state is the number of items in which each unit was kept, averaged
// with a decay of one half per minibatch. A unit that was kept more often has a lower rank.
class KeepLargest : public policy::Operation {
 public:
  explicit KeepLargest(double keep) : keep_(keep) {}
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& state) const override {
    const torch::Tensor flat = inputs[0].flatten(1);
    const int64_t count = std::max<int64_t>(1, std::lround(keep_ * static_cast<double>(flat.size(1))));
    const torch::Tensor rank = flat.detach() - state.flatten().to(flat.scalar_type());
    const torch::Tensor kept = std::get<1>(rank.topk(count, 1));
    return (flat * torch::zeros_like(flat).scatter_(1, kept, 1)).view_as(inputs[0]);
  }
  std::optional<policy::TensorSpec> state(const policy::Shape& output) const override {
    return policy::TensorSpec{"kept", output};
  }
  torch::Tensor sum_for_state(const torch::Tensor& output) const override {
    return (output != 0).to(torch::kFloat32).sum(0);
  }
  void update_state(torch::Tensor& state, const torch::Tensor& sums, int64_t samples) const override {
    state.mul_(0.5).add_(sums, 0.5 / static_cast<double>(samples));
  }

 private:
  const double keep_;
};

// Registers the activation function `keep_largest` in the table during the object's lifetime.
class KeepLargestInTable {
 public:
  KeepLargestInTable() {
    policy::activations().push_back(
        {"keep_largest",
         {{"keep", 0.5, 0, 1, "share of the units that stay active"}},
         [](const policy::Options& options) -> std::shared_ptr<const policy::Operation> {
           return std::make_shared<KeepLargest>(options.at("keep"));
         }});
  }
  ~KeepLargestInTable() { policy::activations().pop_back(); }
  KeepLargestInTable(const KeepLargestInTable&) = delete;
  KeepLargestInTable& operator=(const KeepLargestInTable&) = delete;
};

}  // namespace mazescan

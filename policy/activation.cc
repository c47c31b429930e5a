#include "policy/activation.h"

#include <torch/types.h>

#include <functional>
#include <utility>

namespace mazescan::policy {

namespace {

class Elementwise : public Operation {
 public:
  using Function = std::function<torch::Tensor(const torch::Tensor&)>;
  explicit Elementwise(Function function) : function_(std::move(function)) {}
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return function_(inputs[0]);
  }

 private:
  const Function function_;
};

std::shared_ptr<const Operation> elementwise(Elementwise::Function function) {
  return std::make_shared<Elementwise>(std::move(function));
}

constexpr const char* kNegativeSlope = "negative_slope";
constexpr const char* kAlpha = "alpha";

}  // namespace

std::deque<ActivationInfo>& activations() {
  static std::deque<ActivationInfo> table = {
      {"relu", {}, [](const Options&) { return elementwise([](const auto& x) { return torch::relu(x); }); }},
      {"leaky_relu",
       {{kNegativeSlope, 0.01, 0, 1, "slope for negative inputs"}},
       [](const Options& options) {
         return elementwise(
             [slope = options.at(kNegativeSlope)](const auto& x) { return torch::leaky_relu(x, slope); });
       }},
      {"elu",
       {{kAlpha, 1, 0, 100, "minus the value for inputs towards minus infinity"}},
       [](const Options& options) {
         return elementwise([alpha = options.at(kAlpha)](const auto& x) { return torch::elu(x, alpha); });
       }},
      {"gelu", {}, [](const Options&) { return elementwise([](const auto& x) { return torch::gelu(x); }); }},
      {"silu", {}, [](const Options&) { return elementwise([](const auto& x) { return torch::silu(x); }); }},
      {"tanh", {}, [](const Options&) { return elementwise([](const auto& x) { return torch::tanh(x); }); }},
  };
  return table;
}

}  // namespace mazescan::policy

#include "policy/activation.h"

#include <torch/types.h>

#include <functional>
#include <utility>

#include "policy/k_winners.h"
#include "policy/whole_option.h"

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

constexpr const char* kFraction = "fraction";
constexpr const char* kRectify = "rectify";
constexpr const char* kBoost = "boost";
constexpr const char* kBoostDecay = "boost_decay";
constexpr const char* kAnneal = "anneal_updates";

template <WinnerScope scope>
ActivationInfo winners_among(const char* name) {
  return {
      name,
      {{kFraction, 0.5, 1e-6, 1, "share of the competing activations that win"},
       {kRectify, 1, 0, 1, "1: winners below 0 become 0; 0: they pass"},
       {kBoost, 0, 0, 100, "how much units that won rarely are preferred"},
       {kBoostDecay, 1, 0, 1, "factor of boost for each gradient step"},
       {kAnneal, 0, 0, 1e9, "gradient steps over which the winners fall from all to the fraction; 0: none"}},
      [](const Options& options) {
        return k_winners(scope,
                         {options.at(kFraction), whole_option(options, kRectify, "activation_options") != 0,
                          options.at(kBoost), options.at(kBoostDecay), options.at(kAnneal)});
      }};
}

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
      winners_among<WinnerScope::map>("kwta"),
      winners_among<WinnerScope::channel>("kwta_channel"),
      winners_among<WinnerScope::cell>("kwta_cell"),
  };
  return table;
}

}  // namespace mazescan::policy

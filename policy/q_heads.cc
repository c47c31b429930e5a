#include "policy/q_heads.h"

#include <torch/types.h>

#include <cmath>
#include <limits>
#include <utility>

#include "policy/layer_list.h"

namespace mazescan::policy {

namespace {

constexpr const char* kThreshold = "threshold";
constexpr const char* kTemperature = "temperature";
constexpr double kFarBelow = 50;  // of a forbidden action's logit, below the best

class QLogits : public Operation {
 public:
  QLogits(double threshold, double temperature) : threshold_(threshold), temperature_(temperature) {}
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return q_logits(inputs[0], inputs.size() > 1 ? inputs[1] : torch::Tensor(), threshold_, temperature_);
  }

 private:
  const double threshold_, temperature_;
};

class LargestQ : public Operation {
 public:
  explicit LargestQ(double temperature) : temperature_(temperature) {}
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return inputs[0].amax(1, /*keepdim=*/true) * temperature_;
  }

 private:
  const double temperature_;
};

// Appends the layers behind fc_q and fc_behaviour, those in `inputs`.
OutputLayers append_q_outputs(LayerList& layers, std::vector<int> inputs, const NetworkConfig& config,
                              const NetworkInterface& interface) {
  const double temperature = config.head_options.at(kTemperature);
  const double threshold = inputs.size() > 1 ? config.head_options.at(kThreshold) : 0;
  LayerSpec logits = make_layer("fc_policy", "q_logits", std::move(inputs), {interface.actions},
                                std::make_shared<QLogits>(threshold, temperature));
  logits.options = {{kThreshold, threshold}, {kTemperature, temperature}};
  const int policy = layers.append(std::move(logits));
  LayerSpec value =
      make_layer("fc_value", "largest_q", {policy}, {1}, std::make_shared<LargestQ>(temperature));
  value.options = {{kTemperature, temperature}};
  return {policy, layers.append(std::move(value))};
}

int append_hidden(LayerList& layers, int map, const NetworkConfig& config) {
  const int x = layers.linear("embedder.fc", layers.flatten("embedder.flatten", map), config.fc, kHiddenGain);
  return layers.activation("embedder.relufc", x);
}

OutputLayers append_q(LayerList& layers, int map, const NetworkConfig& config,
                      const NetworkInterface& interface) {
  const int x = append_hidden(layers, map, config);
  return append_q_outputs(layers, {layers.linear("fc_q", x, interface.actions, kPolicyGain)}, config,
                          interface);
}

OutputLayers append_bcq(LayerList& layers, int map, const NetworkConfig& config,
                        const NetworkInterface& interface) {
  const int x = append_hidden(layers, map, config);
  const int q = layers.linear("fc_q", x, interface.actions, kPolicyGain);
  const int behaviour = layers.linear("fc_behaviour", x, interface.actions, kPolicyGain);
  return append_q_outputs(layers, {q, behaviour}, config, interface);
}

constexpr OptionInfo kTemperatureOption = {kTemperature, 0.0078125, 1e-4, 100,
                                           "logits are Q / temperature; a power of 2 keeps every bit of Q"};

}  // namespace

torch::Tensor q_logits(const torch::Tensor& q, const torch::Tensor& behaviour, double threshold,
                       double temperature) {
  const torch::Tensor logits = q / temperature;
  if (!behaviour.defined()) return logits;
  // Compares logarithms, so that a threshold of 0 allows everything.
  const double least = threshold > 0 ? std::log(threshold) : -std::numeric_limits<double>::infinity();
  const torch::Tensor allowed = behaviour - behaviour.amax(1, true) > least;
  const torch::Tensor best =
      logits.masked_fill(~allowed, -std::numeric_limits<float>::infinity()).amax(1, true);
  return torch::where(allowed, logits, best - kFarBelow);
}

HeadInfo q_head() {
  return {"q", {kTemperatureOption}, append_q};
}

HeadInfo bcq_head() {
  return {"bcq",
          {{kThreshold, 0.3, 0, 0.999, "least probability of an allowed action, as a share of the largest"},
           kTemperatureOption},
          append_bcq};
}

}  // namespace mazescan::policy

#include "policy/decision_transformer.h"

#include <torch/types.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "policy/layer_list.h"
#include "policy/transformer.h"
#include "policy/whole_option.h"

namespace mazescan::policy {

namespace {

constexpr const char* kWidth = "width";
constexpr const char* kLayers = "layers";
constexpr const char* kAttentionHeads = "heads";
constexpr const char* kKappa = "kappa";
constexpr const char* kReturnBin = "return_bin";
constexpr double kTwoMatrices = 1.4142135623730951;  // the gain of two square matrices in one

class MeanOfCells : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return inputs[0].mean({2, 3});
  }
};

// Parameters: embedding [bins, width]; in_weight [2 width, width] of keys and values; in_bias; out_weight
// [width, width]; out_bias.
class ReturnTokens : public Operation {
 public:
  // cells: of the map.
  ReturnTokens(int64_t heads, int64_t cells) : heads_(heads), cells_(cells) {}
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    const auto parts = (torch::matmul(tokens_of(inputs[0]), weights[1].t()) + weights[2]).chunk(2, 2);
    const torch::Tensor attended = attend(weights[0], parts[0], parts[1], heads_);
    return (weights[0] + torch::matmul(attended, weights[3].t()) + weights[4]).flatten(1);
  }
  double multiply_adds(const LayerSpec& layer) const override {
    const auto width = static_cast<double>(layer.parameters[0].shape[1]),
               bins = static_cast<double>(kReturnBins), cells = static_cast<double>(cells_);
    return cells * 2 * width * width + 2 * bins * cells * width + bins * width * width;
  }

 private:
  const int64_t heads_, cells_;
};

// Parameters: weight [out, in], bias [out].
class LinearOfTokens : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    const torch::Tensor tokens = inputs[0].view({inputs[0].size(0), kReturnBins, -1});
    return (torch::matmul(tokens, weights[0].t()) + weights[1]).flatten(1);
  }
  double multiply_adds(const LayerSpec& layer) const override {
    return static_cast<double>(element_count(layer.parameters[0].shape)) * static_cast<double>(kReturnBins);
  }
};

class ReturnMixture : public Operation {
 public:
  ReturnMixture(double kappa, int bin) : kappa_(kappa), bin_(bin) {}
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return return_mixture(inputs[0], inputs[1], kappa_, bin_);
  }

 private:
  const double kappa_;
  const int bin_;
};

class ExpectedReturn : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    return (torch::softmax(inputs[0], 1) * return_worths(inputs[0])).sum(1, /*keepdim=*/true);
  }
};

int linear_of_tokens(LayerList& layers, const std::string& name, int input, int64_t width, double gain) {
  LayerSpec layer = make_layer(name, "linear_of_tokens", {input}, {kReturnBins * width},
                               std::make_shared<LinearOfTokens>());
  layer.options = {{"tokens", static_cast<double>(kReturnBins)}};
  layer.parameters = {{"weight", {width, layers.shape(input)[0] / kReturnBins}, gain}, {"bias", {width}}};
  return layers.append(std::move(layer));
}

int return_tokens(LayerList& layers, int map, int64_t heads) {
  const Shape shape = layers.shape(map);
  const int64_t width = shape[0];
  const auto operation = std::make_shared<ReturnTokens>(heads, shape[1] * shape[2]);
  LayerSpec layer = make_layer("embedder.returns", "return_tokens", {map}, {kReturnBins * width}, operation);
  layer.options = {{kAttentionHeads, static_cast<double>(heads)}};
  layer.parameters = {{"embedding", {kReturnBins, width}, std::sqrt(static_cast<double>(width))},
                      {"in_weight", {2 * width, width}, kTwoMatrices},
                      {"in_bias", {2 * width}},
                      {"out_weight", {width, width}, 1},
                      {"out_bias", {width}}};
  return layers.append(std::move(layer));
}

OutputLayers append_head(LayerList& layers, int map, const NetworkConfig& config,
                         const NetworkInterface& interface) {
  const Options& options = config.head_options;
  const TransformerSize size = {whole_head_option(options, kWidth),
                                static_cast<int>(whole_head_option(options, kLayers)),
                                whole_head_option(options, kAttentionHeads)};
  require(size.width % size.heads == 0, lazy("'network.head_options.width' is {}", size.width),
          lazy("{} heads share it equally", size.heads), lazy("a multiple of {}", size.heads));
  const int cells = append_transformer(layers, map, size);
  const int mean = layers.append(
      make_layer("embedder.mean", "mean_of_cells", {cells}, {size.width}, std::make_shared<MeanOfCells>()));
  int x = return_tokens(layers, cells, size.heads);
  x = linear_of_tokens(layers, "embedder.fc", x, config.fc, kHiddenGain);
  x = layers.activation("embedder.relufc", x);
  const int returns = layers.linear("fc_return", mean, kReturnBins, kPolicyGain);
  const int actions = linear_of_tokens(layers, "fc_actions", x, interface.actions, kPolicyGain);

  const double kappa = options.at(kKappa);
  const auto bin = static_cast<double>(whole_head_option(options, kReturnBin));
  LayerSpec mixture = make_layer("fc_policy", "return_mixture", {returns, actions}, {interface.actions},
                                 std::make_shared<ReturnMixture>(kappa, static_cast<int>(bin)));
  mixture.options = {{kKappa, kappa}, {kReturnBin, bin}};
  const int policy = layers.append(std::move(mixture));
  return {policy, layers.append(make_layer("fc_value", "expected_return", {returns}, {1},
                                           std::make_shared<ExpectedReturn>()))};
}

}  // namespace

torch::Tensor return_bin(const torch::Tensor& steps) {
  // Where the bins after the first begin.
  static const torch::Tensor starts = [] {
    std::vector<float> made;
    for (float octave = 2; octave < 512; octave *= 2) made.insert(made.end(), {octave, 1.5F * octave});
    made.push_back(std::numeric_limits<float>::infinity());
    return torch::tensor(made);
  }();
  return torch::bucketize(steps, starts.to(steps.device()), /*out_int32=*/false, /*right=*/true);
}

torch::Tensor return_worths(const torch::Tensor& like) {
  return torch::linspace(1, 0, kReturnBins, like.options());
}

torch::Tensor expert_returns(const torch::Tensor& logits, const torch::Tensor& worths, double kappa) {
  return torch::log_softmax(logits + kappa * worths, 1);
}

torch::Tensor return_mixture(const torch::Tensor& returns, const torch::Tensor& actions, double kappa,
                             int bin) {
  const torch::Tensor given_return =
      torch::log_softmax(actions.view({actions.size(0), returns.size(1), -1}), 2);
  if (bin >= 0) return given_return.select(1, bin);
  const torch::Tensor weights = expert_returns(returns, return_worths(returns), kappa);
  return torch::logsumexp(given_return + weights.unsqueeze(2), 1);
}

HeadInfo decision_transformer() {
  return {
      "decision_transformer",
      {{kWidth, 64, 1, 4096, "width of a token; each cell of the last map is one"},
       {kLayers, 2, 0, 64, "layers of attention"},
       {kAttentionHeads, 4, 1, 64, "heads of each layer's attention; they share the width"},
       {kKappa, 10, 0, 1000, "an expert's returns are weighted by exp(kappa x worth), worth from 0 to 1"},
       {kReturnBin, -1, -1, static_cast<double>(kReturnBins - 1),
        "the one return that actions are for: 0, the goal is next, ... 17, never; -1: an expert's returns"}},
      append_head};
}

}  // namespace mazescan::policy

#include "policy/entmax_pool.h"

#include <torch/types.h>

#include <utility>

#include "policy/entmax.h"
#include "policy/layer_list.h"
#include "policy/whole_option.h"

namespace mazescan::policy {

namespace {

constexpr const char* kHeads = "heads";
constexpr const char* kPoolAlpha = "alpha";
constexpr const char* kLearned = "learned";

class Scores : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    const torch::Tensor& map = inputs[0];
    return torch::matmul(weights[0], map.flatten(2))
        .view({map.size(0), weights[0].size(0), map.size(2), map.size(3)});
  }
};

// Has one parameter for each read-out if alpha is learned: alpha = 1 + its sigmoid, which is 1.5 at the start.
class Attention : public Operation {
 public:
  explicit Attention(double alpha) : alpha_(alpha) {}
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    const torch::Tensor scores = inputs[0].flatten(2);
    const torch::Tensor shares =
        weights.empty()
            ? entmax(scores, alpha_)
            : entmax(scores,
                     (1 + weights[0].to(torch::kFloat32).sigmoid()).clamp_min(kLeastAlpha).unsqueeze(-1));
    return shares.to(inputs[0].scalar_type()).view_as(inputs[0]);
  }

 private:
  const double alpha_;
};

class Pool : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    const torch::Tensor &map = inputs[0], &shares = inputs[1];
    const int64_t height = map.size(2), width = map.size(3);
    const auto along = [&](int64_t cells) { return torch::linspace(-1, 1, cells, map.options()); };
    const torch::Tensor places = torch::stack({along(height).view({-1, 1}).expand({height, width}),
                                               along(width).view({1, -1}).expand({height, width})})
                                     .unsqueeze(0)
                                     .expand({map.size(0), 2, height, width});
    const torch::Tensor values = torch::cat({map, places}, 1).flatten(2);        // [N, C + 2, cells]
    return torch::matmul(shares.flatten(2), values.transpose(1, 2)).flatten(1);  // [N, heads x (C + 2)]
  }
  double multiply_adds(const LayerSpec& layer) const override {
    return static_cast<double>(element_count(layer.shape));
  }
};

OutputLayers append_layers(LayerList& layers, int map, const NetworkConfig& config,
                           const NetworkInterface& interface) {
  const Shape maps = layers.shape(map);
  const int64_t heads = whole_head_option(config.head_options, kHeads);
  const Shape cells = {heads, maps[1], maps[2]};

  LayerSpec scores = make_layer("embedder.scores", "scores", {map}, cells, std::make_shared<Scores>());
  scores.parameters = {{"weight", {heads, maps[0]}, 1}};
  const int scored = layers.append(std::move(scores));

  const double alpha = config.head_options.at(kPoolAlpha);
  LayerSpec attention =
      make_layer("embedder.attention", "entmax", {scored}, cells, std::make_shared<Attention>(alpha));
  attention.options = {{kPoolAlpha, alpha}};
  if (whole_head_option(config.head_options, kLearned) != 0) attention.parameters = {{"alpha", {heads}}};
  const int attended = layers.append(std::move(attention));

  const int pooled = layers.append(make_layer("embedder.pool", "pool_by_shares", {map, attended},
                                              {heads * (maps[0] + 2)}, std::make_shared<Pool>()));
  return append_outputs(layers, pooled, config, interface);
}

}  // namespace

HeadInfo entmax_pool() {
  return {"entmax_pool",
          {{kHeads, 4, 1, 64, "read-outs of the last map"},
           {kPoolAlpha, 1.5, 1, 4, "of the weights of cells; 1: softmax, 2: sparsemax"},
           {kLearned, 0, 0, 1, "1: alpha is learned for each read-out, between 1 and 2"}},
          append_layers};
}

}  // namespace mazescan::policy

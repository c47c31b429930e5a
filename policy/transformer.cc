#include "policy/transformer.h"

#include <fmt/format.h>
#include <torch/types.h>

#include <cmath>
#include <utility>

#include "policy/layer_list.h"

namespace mazescan::policy {

namespace {

constexpr double kUnitGain = 1;
constexpr double kThreeMatrices = 1.7320508075688772;  // the gain of three square matrices in one
constexpr int64_t kHiddenFactor = 4;

torch::Tensor map_of(const torch::Tensor& tokens, const torch::Tensor& like) {
  return tokens.transpose(1, 2).reshape({like.size(0), tokens.size(2), like.size(2), like.size(3)});
}

// Parameters: weight [out, in], bias [out] and, for `tokens`, position [out, H, W].
class LinearOfCells : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    const torch::Tensor cells =
        map_of(torch::matmul(tokens_of(inputs[0]), weights[0].t()) + weights[1], inputs[0]);
    return weights.size() > 2 ? cells + weights[2] : cells;
  }
  double multiply_adds(const LayerSpec& layer) const override {
    const Shape& weight = layer.parameters[0].shape;
    return static_cast<double>(weight[1]) * static_cast<double>(element_count(layer.shape));
  }
};

class LayerNorm : public Operation {
 public:
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList /*weights*/,
                        const torch::Tensor& /*state*/) const override {
    const torch::Tensor tokens = tokens_of(inputs[0]);
    return map_of(torch::layer_norm(tokens, {tokens.size(2)}), inputs[0]);
  }
};

// Parameters: in_weight [3 width, width] of queries, keys and values; in_bias; out_weight [width, width]; out_bias.
class SelfAttention : public Operation {
 public:
  explicit SelfAttention(int64_t heads) : heads_(heads) {}
  torch::Tensor forward(torch::TensorList inputs, torch::TensorList weights,
                        const torch::Tensor& /*state*/) const override {
    const torch::Tensor all = torch::matmul(tokens_of(inputs[0]), weights[0].t()) + weights[1];
    const auto parts = all.chunk(3, 2);
    const torch::Tensor attended = attend(parts[0], parts[1], parts[2], heads_);
    return map_of(torch::matmul(attended, weights[2].t()) + weights[3], inputs[0]);
  }
  double multiply_adds(const LayerSpec& layer) const override {
    const auto width = static_cast<double>(layer.shape[0]),
               cells = static_cast<double>(layer.shape[1] * layer.shape[2]);
    return cells * 4 * width * width + 2 * cells * cells * width;
  }

 private:
  const int64_t heads_;
};

int linear_of_cells(LayerList& layers, const std::string& name, int input, int64_t width, double gain,
                    bool with_position = false) {
  const Shape& in = layers.shape(input);
  LayerSpec layer =
      make_layer(name, "linear_of_cells", {input}, {width, in[1], in[2]}, std::make_shared<LinearOfCells>());
  layer.parameters = {{"weight", {width, in[0]}, gain}, {"bias", {width}}};
  if (with_position) layer.parameters.push_back({"position", {width, in[1], in[2]}, kUnitGain});
  return layers.append(std::move(layer));
}

int layer_norm(LayerList& layers, const std::string& name, int input) {
  return layers.append(
      make_layer(name, "layer_norm", {input}, layers.shape(input), std::make_shared<LayerNorm>()));
}

int self_attention(LayerList& layers, const std::string& name, int input, int64_t heads) {
  const Shape shape = layers.shape(input);
  const int64_t width = shape[0];
  LayerSpec layer =
      make_layer(name, "self_attention", {input}, shape, std::make_shared<SelfAttention>(heads));
  layer.options = {{"heads", static_cast<double>(heads)}};
  layer.parameters = {{"in_weight", {3 * width, width}, kThreeMatrices},
                      {"in_bias", {3 * width}},
                      {"out_weight", {width, width}, kSecondConvGain},
                      {"out_bias", {width}}};
  return layers.append(std::move(layer));
}

}  // namespace

torch::Tensor tokens_of(const torch::Tensor& map) {
  return map.flatten(2).transpose(1, 2);
}

torch::Tensor attend(const torch::Tensor& queries, const torch::Tensor& keys, const torch::Tensor& values,
                     int64_t heads) {
  const int64_t width = keys.size(2), of_head = width / heads;
  const auto by_head = [&](const torch::Tensor& tokens) {  // [..., heads, tokens, width of a head]
    Shape shape = tokens.sizes().vec();
    shape.back() = heads;
    shape.push_back(of_head);
    return tokens.reshape(shape).transpose(-3, -2);
  };
  const torch::Tensor scores = torch::matmul(by_head(queries), by_head(keys).transpose(-2, -1)) /
                               std::sqrt(static_cast<double>(of_head));
  return torch::matmul(torch::softmax(scores, -1), by_head(values))
      .transpose(1, 2)
      .reshape({keys.size(0), queries.size(-2), width});
}

int append_transformer(LayerList& layers, int map, const TransformerSize& size) {
  int x = linear_of_cells(layers, "embedder.tokens", map, size.width, kUnitGain, /*with_position=*/true);
  for (int i = 1; i <= size.layers; ++i) {
    const std::string name = fmt::format("embedder.transformer{}", i);
    int y = self_attention(layers, name + ".attention", layer_norm(layers, name + ".norm1", x), size.heads);
    x = layers.add(name + ".add1", x, y);
    y = linear_of_cells(layers, name + ".fc1", layer_norm(layers, name + ".norm2", x),
                        kHiddenFactor * size.width, kHiddenGain);
    y = linear_of_cells(layers, name + ".fc2", layers.activation(name + ".relu", y), size.width,
                        kSecondConvGain);
    x = layers.add(name + ".add2", x, y);
  }
  return layer_norm(layers, "embedder.norm", x);
}

}  // namespace mazescan::policy

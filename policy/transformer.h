#pragma once
#include <torch/types.h>

#include <string>

#include "policy/layer.h"

namespace mazescan::policy {

class LayerList;

// The size of a transformer. width is a multiple of heads.
struct TransformerSize {
  int64_t width = 0;  // of a token
  int layers = 0;
  int64_t heads = 0;  // of each layer's attention
};

// Appends a transformer (Vaswani et al., "Attention is all you need", 2017) whose tokens are the cells of the map
// `map`, so that every layer of it is a map again. Normalisation comes before attention and before the two linear
// layers (Xiong et al., "On layer normalization in the transformer architecture", 2020). Returns the last layer.
//   embedder.tokens                [width, H, W]       a linear function of a cell, plus a learned vector of its place
//   embedder.transformer1.norm1    [width, H, W]
//   embedder.transformer1.attention, .add1, .norm2     the same shape
//   embedder.transformer1.fc1, .relu  [4 width, H, W]
//   embedder.transformer1.fc2, .add2  [width, H, W]
//   ...
//   embedder.norm                  [width, H, W]
// Norms have no parameters: the linear layers after them have all that these could do.
int append_transformer(LayerList& layers, int map, const TransformerSize& size);

// Returns softmax(q k' / sqrt(d)) v of each head, side by side. Shapes: queries [..., Q, width]; keys, values
// [N, K, width]; returns [N, Q, width]. d: width / heads.
torch::Tensor attend(const torch::Tensor& queries, const torch::Tensor& keys, const torch::Tensor& values,
                     int64_t heads);

// Returns the cells of a map as tokens. Shapes: map [N, C, H, W]; returns [N, H W, C].
torch::Tensor tokens_of(const torch::Tensor& map);

}  // namespace mazescan::policy

#include "evaluator/analyses/rationale/generator.h"

#include <array>
#include <cmath>

#include "envs/maze/planes.h"

namespace mazescan::rationale {

namespace {

struct ConvolutionSpec {
  int64_t in, out, side, dilation;
};
constexpr int64_t kWidth = 16;
// The dilations let a gate depend on cells up to seven steps away, straight or diagonal.
constexpr std::array<ConvolutionSpec, 4> kLayers{
    {{maze::kPlanes, kWidth, 3, 1}, {kWidth, kWidth, 3, 2}, {kWidth, kWidth, 3, 4}, {kWidth, 2, 1, 1}}};

// Scores stay between -3 and 3: a gate there is open with probability 0.001 to 0.99997, so that its gradient does
// not vanish.
constexpr double kScoreLimit = 3;

// The factor of scores that belong to one cell, or to one place relative to the mouse or the cheese: each is seldom
// used, so that it learns in larger steps.
constexpr double kTableGain = 20;

torch::Tensor drawn_weights(const ConvolutionSpec& layer, RandomStream& random) {
  torch::Tensor weights = torch::empty({layer.out, layer.in, layer.side, layer.side});
  const auto inputs = static_cast<float>(layer.in * layer.side * layer.side);
  const float bound = std::sqrt(6 / inputs);  // He's uniform initialisation
  for (int64_t i = 0; i < weights.numel(); ++i)
    weights.data_ptr<float>()[i] = bound * (2 * random.uniform() - 1);
  return weights;
}

}  // namespace

Generator::Generator(int size, const torch::Device& device, RandomStream& random) {
  for (const ConvolutionSpec& layer : kLayers) {
    const bool last = &layer == &kLayers.back();
    parameters_.push_back(drawn_weights(layer, random) * (last ? 0.1 : 1));
    parameters_.push_back(torch::zeros({layer.out}));
  }
  parameters_.push_back(torch::zeros({2, maze::kPlanes - 1, 2 * size - 1, 2 * size - 1}));
  parameters_.push_back(torch::zeros({2, size, size}));
  for (torch::Tensor& parameter : parameters_) parameter = parameter.to(device).requires_grad_();
}

analyses::HardKuma Generator::gates(const torch::Tensor& planes) const {
  torch::Tensor maps = planes;
  for (size_t i = 0; i < kLayers.size(); ++i) {
    const int64_t dilation = kLayers[i].dilation, padding = dilation * (kLayers[i].side / 2);
    if (i > 0) maps = torch::relu(maps);
    maps = torch::conv2d(maps, parameters_[2 * i], parameters_[2 * i + 1], 1, padding, dilation);
  }
  const int64_t reach = planes.size(2) - 1;
  const torch::Tensor &around = parameters_[2 * kLayers.size()], &of_cell = parameters_.back();
  const torch::Tensor things = torch::conv2d(planes.slice(1, 1), around, {}, 1, reach);
  const torch::Tensor free = maps + kTableGain * (things + of_cell);
  const torch::Tensor scores = free / torch::sqrt(1 + (free / kScoreLimit).square());
  return analyses::HardKuma::of_scores(scores.select(1, 0), scores.select(1, 1));
}

}  // namespace mazescan::rationale

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

// Returns the scores of all cells [N, 2, size, size] by their place relative to the one thing in each plane.
// Shapes: plane [N, size, size]; table [2, (2 size - 1)^2].
torch::Tensor scores_around(const torch::Tensor& plane, const torch::Tensor& table) {
  const int64_t count = plane.size(0), side = plane.size(1);
  const torch::Tensor thing = plane.flatten(1).argmax(1).unsqueeze(1),
                      cell = torch::arange(side * side, thing.options()).unsqueeze(0);
  const torch::Tensor rows = torch::div(thing, side, "floor") - torch::div(cell, side, "floor") + (side - 1),
                      columns = thing.remainder(side) - cell.remainder(side) + (side - 1);
  const torch::Tensor places = rows * (2 * side - 1) + columns;
  return table.index_select(1, places.flatten()).view({2, count, side, side}).transpose(0, 1);
}

}  // namespace

Generator::Generator(int size, const torch::Device& device, RandomStream& random) {
  for (const ConvolutionSpec& layer : kLayers) {
    const bool last = &layer == &kLayers.back();
    parameters_.push_back(drawn_weights(layer, random) * (last ? 0.1 : 1));
    parameters_.push_back(torch::zeros({layer.out}));
  }
  parameters_.push_back(torch::zeros({2, maze::kPlanes - 1, int64_t{2 * size - 1} * (2 * size - 1)}));
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
  torch::Tensor tables = parameters_.back();
  for (int64_t thing = 1; thing < maze::kPlanes; ++thing)
    tables =
        tables + scores_around(planes.select(1, thing), parameters_[2 * kLayers.size()].select(1, thing - 1));
  const torch::Tensor free = maps + kTableGain * tables;
  const torch::Tensor scores = free / torch::sqrt(1 + (free / kScoreLimit).square());
  return analyses::HardKuma::of_scores(scores.select(1, 0), scores.select(1, 1));
}

}  // namespace mazescan::rationale

#include "trainer/input_penalty.h"

#include <torch/types.h>

namespace mazescan::trainer {

namespace {

constexpr int64_t kFreePlane = 0;  // of observations in planes

torch::Tensor explained_value(const ForwardPass& pass, ExplainedValue of) {
  if (of == ExplainedValue::value) return pass.output().value;
  const torch::Tensor log_probabilities = pass.distribution().log_probabilities();
  if (of == ExplainedValue::sum_log) return log_probabilities.sum(1);
  if (of == ExplainedValue::chosen && pass.batch().actions.defined())
    return pass.distribution().log_prob(pass.batch().actions);
  const torch::Tensor largest = std::get<0>(log_probabilities.topk(2, 1));
  return of == ExplainedValue::chosen ? largest.select(1, 0) : largest.select(1, 0) - largest.select(1, 1);
}

// Returns 1 for each cell, free or not, in the top-right region of its maze, else 0. Row 0 of the grid is at the top.
// Shapes: free [B, H, W]; returns the same, float32.
torch::Tensor top_right_regions(const torch::Tensor& free, int64_t region) {
  const torch::Tensor occupied = free != 0;
  const int64_t height = free.size(1), width = free.size(2);
  const auto counted = [&](int64_t count) {
    return torch::arange(count, free.options().dtype(torch::kInt64));
  };
  const torch::Tensor top = occupied.any(2).to(torch::kInt64).argmax(1);  // the first row with a free cell
  const torch::Tensor right = (occupied.any(1) * (counted(width) + 1)).amax(1) - 1;
  const auto between = [](const torch::Tensor& numbers, const torch::Tensor& first,
                          const torch::Tensor& last) {
    return (numbers.unsqueeze(0) >= first.unsqueeze(1)) & (numbers.unsqueeze(0) <= last.unsqueeze(1));
  };
  const torch::Tensor in_rows = between(counted(height), top, top + (region - 1));
  const torch::Tensor in_columns = between(counted(width), right - (region - 1), right);
  return (in_rows.unsqueeze(2) & in_columns.unsqueeze(1)).to(torch::kFloat32);
}

}  // namespace

LossTerm input_l1(const InputPenaltyConfig& config) {
  LossTerm term;
  term.name = "input_l1";
  term.help = "L1 norm of the gradient of a value with respect to the input (train.penalties.input)";
  term.input_gradient = config.share;
  term.of_samples = [config](const ForwardPass& whole, const std::vector<double>&) {
    const ForwardPass& pass = whole.explained();
    return whole.spread(pass.input_gradient(explained_value(pass, config.of)).flatten(1).abs().sum(1));
  };
  return term;
}

LossTerm corner_l2(const InputPenaltyConfig& config) {
  LossTerm term;
  term.name = "corner_l2";
  term.help =
      "squared gradient of a value with respect to the plane of free cells in the top-right region "
      "(train.penalties.input)";
  term.input_gradient = config.share;
  term.of_samples = [config](const ForwardPass& whole, const std::vector<double>&) {
    const ForwardPass& pass = whole.explained();
    const torch::Tensor wrong = top_right_regions(pass.observations().select(1, kFreePlane), config.region);
    const torch::Tensor gradient =
        pass.input_gradient(explained_value(pass, config.of)).select(1, kFreePlane);
    return whole.spread((gradient * wrong).square().flatten(1).sum(1));
  };
  return term;
}

}  // namespace mazescan::trainer

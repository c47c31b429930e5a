#include "evaluator/analyses/probe/ccs.h"

#include <torch/torch.h>

#include <cmath>
#include <utility>

#include "core/random.h"
#include "envs/maze_state.h"
#include "evaluator/analyses/probe/linear_probe.h"

namespace mazescan::probe {

namespace {

constexpr double kCcsRate = 0.1;    // Adam's rate, divided by the square root of the number of features
constexpr double kCcsDecay = 0.01;  // weight decay, as in the original

// Applies Adam to a tensor in place; the caller counts the steps from 1.
class CcsAdam {
 public:
  CcsAdam(torch::Tensor value, double rate)
      : value_(std::move(value)), m_(torch::zeros_like(value_)), v_(torch::zeros_like(value_)), rate_(rate) {}
  void step(const torch::Tensor& gradient, int t) {
    m_.mul_(0.9).add_(gradient, 0.1);
    v_.mul_(0.999).addcmul_(gradient, gradient, 0.001);
    const double correction = std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    value_.addcdiv_(m_, v_.sqrt().add_(1e-8), -rate_ * correction);
  }

 private:
  torch::Tensor value_, m_, v_;
  const double rate_;
};

envs::MazeLevel mirror_image(envs::MazeLevel level) {
  const envs::MazeLevel original = level;
  const auto last = static_cast<int16_t>(level.size - 1);
  for (int16_t y = 0; y < level.size; ++y)
    for (int16_t x = 0; x < level.size; ++x)
      level.open[level.index({x, y})] = original.is_open(last - x, y) ? 1 : 0;
  level.cheese.x = static_cast<int16_t>(last - level.cheese.x);
  return level;
}

torch::Tensor rows_where(const std::vector<uint8_t>& flags, uint8_t wanted) {
  std::vector<int64_t> rows;
  for (size_t i = 0; i < flags.size(); ++i)
    if (flags[i] == wanted) rows.push_back(static_cast<int64_t>(i));
  return torch::tensor(rows, torch::kInt64);
}

// Counts the rows of the train or the test split for which `guess` (positive: left) is correct.
int64_t right_guesses(const torch::Tensor& guess, const std::vector<uint8_t>& left,
                      const std::vector<uint8_t>& test, uint8_t split) {
  const torch::Tensor plain = guess.contiguous();
  int64_t right = 0;
  for (size_t i = 0; i < left.size(); ++i)
    if (test[i] == split) right += (plain.data_ptr<float>()[i] > 0) == (left[i] != 0) ? 1 : 0;
  return right;
}

}  // namespace

CcsDirection fit_ccs(const torch::Tensor& a, const torch::Tensor& b, const CcsOptions& options) {
  torch::NoGradGuard no_grad;
  const int64_t features = a.size(1);
  const double pairs = static_cast<double>(a.size(0)), width = std::sqrt(static_cast<double>(features));
  torch::Tensor weight = torch::empty({features, options.restarts}, torch::kFloat32);
  RandomStream random(options.seed, "contrast-consistent search");
  for (int64_t i = 0; i < weight.numel(); ++i)
    weight.data_ptr<float>()[i] = static_cast<float>((2 * random.uniform() - 1) * std::sqrt(3.0) / width);
  torch::Tensor offset = torch::zeros({options.restarts}, torch::kFloat32);
  CcsAdam weight_steps(weight, kCcsRate / width), offset_steps(offset, kCcsRate / width);
  torch::Tensor loss;
  for (int t = 1; t <= options.steps; ++t) {
    const torch::Tensor p_a = torch::sigmoid(torch::addmm(offset, a, weight)),
                        p_b = torch::sigmoid(torch::addmm(offset, b, weight));
    const torch::Tensor consistency = p_a + p_b - 1, least = torch::min(p_a, p_b);
    loss = (consistency * consistency + least * least).mean(0);
    const torch::Tensor a_least = (p_a <= p_b).to(torch::kFloat32);
    const torch::Tensor of_a = 2 * (consistency + least * a_least) * p_a * (1 - p_a) / pairs;
    const torch::Tensor of_b = 2 * (consistency + least * (1 - a_least)) * p_b * (1 - p_b) / pairs;
    weight_steps.step(torch::mm(a.t(), of_a) + torch::mm(b.t(), of_b) + weight * (kCcsDecay / features), t);
    offset_steps.step(of_a.sum(0) + of_b.sum(0), t);
  }
  CcsDirection direction;
  const torch::Tensor losses = loss.to(torch::kFloat64).contiguous();
  direction.losses.assign(losses.data_ptr<double>(), losses.data_ptr<double>() + options.restarts);
  const auto best = losses.argmin().item<int64_t>();
  direction.loss = direction.losses[static_cast<size_t>(best)];
  direction.weight = weight.select(1, best).contiguous();
  return direction;
}

MirroredPairs mirrored_pairs(const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                             int64_t count, bool mouse_in_middle, uint64_t seed) {
  MirroredPairs pairs;
  int64_t wanted[2] = {count, count / 2};  // train, test
  std::vector<const envs::MazeLevel*> originals;
  std::vector<envs::Cell> mice;
  for (size_t l = 0; l < levels.size(); ++l) {
    const envs::MazeLevel& level = levels[l];
    const datasets::Split split = samples.levels[l].split;
    const int middle = (level.size - 1) / 2;
    const size_t side = split == datasets::Split::test ? 1 : 0;
    if (split == datasets::Split::validation || level.cheese.x == middle || wanted[side] == 0) continue;
    std::vector<envs::Cell> cells;
    for (const envs::Cell cell : open_cells(level))
      if ((cell.x == middle) == mouse_in_middle && cell != level.cheese) cells.push_back(cell);
    if (cells.empty()) continue;
    RandomStream random(seed, mouse_in_middle ? "pairs/middle" : "pairs/anywhere",
                        static_cast<uint64_t>(level.seed));
    const envs::Cell mouse = cells[random.below(static_cast<uint32_t>(cells.size()))];
    --wanted[side];
    originals.push_back(&level);
    mice.push_back(mouse);
    pairs.mirrored.push_back(mirror_image(level));
    pairs.cheese_left.push_back(level.cheese.x < middle ? 1 : 0);
    if (!mouse_in_middle) pairs.mouse_left.push_back(mouse.x < middle ? 1 : 0);
    pairs.test.push_back(static_cast<uint8_t>(side));
  }
  for (size_t i = 0; i < mice.size(); ++i) {
    envs::MazeState a = initial_state(*originals[i]), b = initial_state(pairs.mirrored[i]);
    a.mouse = mice[i];
    b.mouse = {static_cast<int16_t>(a.level->size - 1 - a.mouse.x), a.mouse.y};
    b.facing_right = !a.facing_right;
    pairs.a.push_back(a);
    pairs.b.push_back(b);
  }
  return pairs;
}

CcsRow score_ccs(const MirroredPairs& pairs, const torch::Tensor& a, const torch::Tensor& b,
                 const CcsOptions& options) {
  torch::NoGradGuard no_grad;
  const torch::Tensor train = rows_where(pairs.test, 0);
  CcsRow score;
  score.fitted = train.numel();
  score.pairs = pairs.count() - score.fitted;
  std::vector<uint8_t> fitted;
  for (const uint8_t test : pairs.test) fitted.push_back(test == 0 ? 1 : 0);
  const auto normalised = [&](const torch::Tensor& side) {
    const Standardizer standardizer = fit_standardizer(InMemory(side), fitted);
    return (side - standardizer.mean) * standardizer.scale;
  };
  const torch::Tensor of_a = normalised(a), of_b = normalised(b);
  const CcsDirection found = fit_ccs(of_a.index_select(0, train), of_b.index_select(0, train), options);
  score.losses = found.losses;
  const torch::Tensor difference = of_a - of_b;
  const auto right_sides = [&](const torch::Tensor& guess, const std::vector<uint8_t>& left) {
    const bool turned = 2 * right_guesses(guess, left, pairs.test, 0) < score.fitted;
    return right_guesses(turned ? -guess : guess, left, pairs.test, 1);
  };
  const torch::Tensor guess = torch::mv(difference, found.weight);
  score.cheese = right_sides(guess, pairs.cheese_left);
  if (!pairs.mouse_left.empty()) score.mouse = right_sides(guess, pairs.mouse_left);

  const InMemory differences(difference);
  LinearProbeTask task{2, {pairs.cheese_left.begin(), pairs.cheese_left.end()}, fitted};
  const Standardizer plain = fit_standardizer(differences, fitted);
  const auto probes = fit_linear_probes(differences, plain, {task}, {30, 3e-3, options.seed});
  const auto predictions = predict(differences, plain, probes, torch::kCPU).front();
  for (size_t i = 0; i < predictions.size(); ++i)
    if (pairs.test[i] != 0) score.supervised += predictions[i] == pairs.cheese_left[i] ? 1 : 0;
  return score;
}

}  // namespace mazescan::probe

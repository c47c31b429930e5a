#include "evaluator/analyses/probe/ccs.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "core/random.h"
#include "envs/maze_state.h"
#include "evaluator/analyses/probe/linear_probe.h"
#include "evaluator/analyses/probe/normals.h"

namespace mazescan::probe {

namespace {

constexpr double kCcsRate = 0.1;  // Adam's rate, divided by the square root of the number of features
// Decoupled weight decay: each step takes this times the rate off the weights, as in the original.
constexpr double kCcsDecay = 0.01;
constexpr double kSupervisedL2 = 0.01;  // of the linear probe that is shown beside the search
constexpr int kMeansRestarts = 8, kMaxLloydSteps = 50;

// Applies Adam to a tensor in place; the caller counts the steps from 1.
class CcsAdam {
 public:
  CcsAdam(torch::Tensor value, double rate)
      : value_(std::move(value)), m_(torch::zeros_like(value_)), v_(torch::zeros_like(value_)), rate_(rate) {}
  void step(const torch::Tensor& gradient, int t, double decay) {
    m_.mul_(0.9).add_(gradient, 0.1);
    v_.mul_(0.999).addcmul_(gradient, gradient, 0.001);
    const double correction = std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    value_.mul_(1 - rate_ * decay);
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
  for (envs::Cell* const mark : {&level.cheese, &level.decoy})
    if (*mark != envs::kNoCell) mark->x = static_cast<int16_t>(last - mark->x);
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

// Returns the first principal component of centred rows, float32 [features].
torch::Tensor first_component(const torch::Tensor& rows) {
  const torch::Tensor x = rows.to(torch::kFloat64);
  const bool tall = x.size(0) > x.size(1);
  const auto vectors = std::get<1>(torch::linalg_eigh(tall ? torch::mm(x.t(), x) : torch::mm(x, x.t()), "L"));
  const torch::Tensor last = vectors.select(1, vectors.size(1) - 1);  // of the largest eigenvalue
  return (tall ? last : torch::mv(x.t(), last)).to(torch::kFloat32);
}

// Finds two clusters of `rows` by Lloyd's algorithm, the best of some starts from two of the rows. Returns
// for each row of `all` how much nearer it is to the first.
torch::Tensor two_means(const torch::Tensor& rows, const torch::Tensor& all, uint64_t seed) {
  torch::Tensor best = torch::zeros({all.size(0)});
  double least = std::numeric_limits<double>::infinity();
  RandomStream random(seed, "contrast-consistent search/2-means");
  for (int start = 0; start < kMeansRestarts && rows.size(0) > 1; ++start) {
    const auto count = static_cast<uint32_t>(rows.size(0));
    const uint32_t one = random.below(count), other = (one + 1 + random.below(count - 1)) % count;
    torch::Tensor centres[2] = {rows.select(0, one), rows.select(0, other)}, first;
    const auto nearer = [&](const torch::Tensor& x) {
      return (x - centres[1]).pow(2).sum(1) - (x - centres[0]).pow(2).sum(1);
    };
    for (int step = 0; step < kMaxLloydSteps; ++step) {
      const torch::Tensor now = nearer(rows) > 0;
      if (first.defined() && torch::equal(now, first)) break;
      first = now;
      const auto members = first.sum().item<int64_t>();
      if (members == 0 || members == rows.size(0)) break;
      centres[0] = rows.index({first}).mean(0);
      centres[1] = rows.index({~first}).mean(0);
    }
    const double spread = torch::minimum((rows - centres[0]).pow(2).sum(1), (rows - centres[1]).pow(2).sum(1))
                              .sum(torch::kFloat64)
                              .item<double>();
    if (spread >= least) continue;
    least = spread;
    best = nearer(all);
  }
  return best;
}

}  // namespace

CcsDirections fit_ccs(const torch::Tensor& a, const torch::Tensor& b, const CcsOptions& options) {
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
    weight_steps.step(torch::mm(a.t(), of_a) + torch::mm(b.t(), of_b), t, kCcsDecay);
    offset_steps.step(of_a.sum(0) + of_b.sum(0), t, kCcsDecay);
  }
  CcsDirections directions;
  const torch::Tensor losses = loss.to(torch::kFloat64).contiguous();
  directions.losses.assign(losses.data_ptr<double>(), losses.data_ptr<double>() + options.restarts);
  directions.best = losses.argmin().item<int64_t>();
  directions.weights = weight;
  return directions;
}

MirroredPairs mirrored_pairs(const ProbeSamples& samples, const std::vector<envs::MazeLevel>& levels,
                             int64_t count, bool mouse_in_middle, uint64_t seed) {
  MirroredPairs pairs;
  int64_t wanted[2] = {count, count / 2};  // train, test
  std::vector<const envs::MazeLevel*> originals;
  std::vector<envs::Cell> mice;
  std::vector<uint8_t> swapped;  // 1: the mirror image is `a`
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
    swapped.push_back(static_cast<uint8_t>(random.below(2)));
    const auto left = [&](envs::Cell cell) {
      return static_cast<uint8_t>((cell.x < middle) != (swapped.back() != 0) ? 1 : 0);
    };
    pairs.cheese_left.push_back(left(level.cheese));
    if (!mouse_in_middle) pairs.mouse_left.push_back(left(mouse));
    pairs.test.push_back(static_cast<uint8_t>(side));
  }
  for (size_t i = 0; i < mice.size(); ++i) {
    envs::MazeState original = initial_state(*originals[i]), image = initial_state(pairs.mirrored[i]);
    original.mouse = mice[i];
    image.mouse = {static_cast<int16_t>(original.level->size - 1 - mice[i].x), mice[i].y};
    image.facing_right = !original.facing_right;
    pairs.a.push_back(swapped[i] != 0 ? image : original);
    pairs.b.push_back(swapped[i] != 0 ? original : image);
  }
  return pairs;
}

std::pair<torch::Tensor, torch::Tensor> normalised_sides(const MirroredPairs& pairs, const torch::Tensor& a,
                                                         const torch::Tensor& b) {
  torch::NoGradGuard no_grad;
  std::vector<uint8_t> fitted;
  for (const uint8_t test : pairs.test) fitted.push_back(test == 0 ? 1 : 0);
  const auto normalised = [&](const torch::Tensor& side) {
    const Standardizer standardizer = fit_standardizer(InMemory(side), fitted);
    return (side - standardizer.mean) * standardizer.scale;
  };
  return {normalised(a), normalised(b)};
}

CcsRow score_ccs(const MirroredPairs& pairs, const torch::Tensor& a, const torch::Tensor& b,
                 const CcsOptions& options) {
  torch::NoGradGuard no_grad;
  const torch::Tensor train = rows_where(pairs.test, 0);
  CcsRow score;
  score.fitted = train.numel();
  score.pairs = pairs.count() - score.fitted;
  for (size_t i = 0; i < pairs.test.size(); ++i) score.left += pairs.test[i] != 0 ? pairs.cheese_left[i] : 0;
  const auto [of_a, of_b] = normalised_sides(pairs, a, b);
  const torch::Tensor difference = of_a - of_b;
  // Counts the test pairs that a guess predicts; the train pairs decide its sign.
  const auto right_sides = [&](const torch::Tensor& guess, const std::vector<uint8_t>& left) -> int64_t {
    if (left.empty()) return -1;
    const bool turned = 2 * right_guesses(guess, left, pairs.test, 0) < score.fitted;
    return right_guesses(turned ? -guess : guess, left, pairs.test, 1);
  };
  const auto all_right_sides = [&](const torch::Tensor& directions, std::vector<int64_t>& cheese,
                                   std::vector<int64_t>& mouse) {
    const torch::Tensor guesses = torch::mm(difference, directions);
    for (int64_t r = 0; r < guesses.size(1); ++r) {
      cheese.push_back(right_sides(guesses.select(1, r), pairs.cheese_left));
      mouse.push_back(right_sides(guesses.select(1, r), pairs.mouse_left));
    }
  };
  const CcsDirections found = fit_ccs(of_a.index_select(0, train), of_b.index_select(0, train), options);
  score.losses = found.losses;
  all_right_sides(found.weights, score.restart_cheese, score.restart_mouse);
  score.cheese = score.restart_cheese[static_cast<size_t>(found.best)];
  score.mouse = score.restart_mouse[static_cast<size_t>(found.best)];

  const torch::Tensor trained_on = difference.index_select(0, train);
  const torch::Tensor pca = torch::mv(difference, first_component(trained_on));
  score.pca_cheese = right_sides(pca, pairs.cheese_left);
  score.pca_mouse = right_sides(pca, pairs.mouse_left);
  const torch::Tensor means = two_means(trained_on, difference, options.seed);
  score.means_cheese = right_sides(means, pairs.cheese_left);
  score.means_mouse = right_sides(means, pairs.mouse_left);
  RandomStream random(options.seed, "contrast-consistent search/random directions");
  all_right_sides(normals(difference.size(1), kCcsRandomDirections, random).to(torch::kFloat32),
                  score.random_cheese, score.random_mouse);

  LinearProbeTask task{2, {pairs.cheese_left.begin(), pairs.cheese_left.end()}, {}, {}};
  for (const uint8_t test : pairs.test) task.train.push_back(test == 0 ? 1 : 0);
  task.validation.assign(task.train.size(), 0);
  const InMemory differences(difference);
  const Standardizer plain = fit_standardizer(differences, task.train);
  const Standardised standardised(differences, plain);
  LinearProbeOptions supervised;
  supervised.l2 = {kSupervisedL2};
  const auto predictions =
      predict(standardised, fit_linear_probes(standardised, {task}, supervised), torch::kCPU).front();
  for (size_t i = 0; i < predictions.size(); ++i)
    if (pairs.test[i] != 0) score.supervised += predictions[i] == pairs.cheese_left[i] ? 1 : 0;
  return score;
}

}  // namespace mazescan::probe

#include "evaluator/analyses/certify/certificate.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace mazescan::certify {

// A layout's row, with sums over pairs in place of the means.
struct Certificate::OneLayout {
  explicit OneLayout(size_t steps) : curve(kPairs * steps) {}
  LayoutRow row;
  std::vector<double> curve;  // [pairs, step]
  bool some_never = false;
};

// One layout with the cheese on one free cell.
struct Certificate::Subject {
  const FreeCells& cells;
  const rollout::MoveChain& chain;
  int32_t layout;
  int cheese, faces;
  std::vector<Pairs> from_start;  // the kinds of pairs to which the episode's own start belongs

  size_t state(int start) const { return static_cast<size_t>(start) * faces; }  // facing left
  int32_t grid_cell(int cell) const { return cells.cells[cell].y * cells.size + cells.cells[cell].x; }
  template <class Sums, class Value>
  void add(Sums& sums, int start, Value value) const {
    sums[static_cast<size_t>(Pairs::everywhere)] += value;
    if (start == 0)
      for (const Pairs p : from_start) sums[static_cast<size_t>(p)] += value;
  }
};

Certificate::Certificate(int size, int region, int limit, int faces)
    : size_(size), corner_(std::clamp(region, 1, size)) {
  result_.limit = limit;
  result_.region = region;
  result_.faces = faces;
  result_.arrived.resize(static_cast<size_t>(kWeightings * kPairs) * (limit + 1));
  result_.weight.resize(kWeightings * kPairs);
  result_.lowest.assign(static_cast<size_t>(limit) + 1, 1);
}

void Certificate::add(int32_t index, double probability, const FreeCells& cells,
                      const std::vector<rollout::MoveChain>& chains) {
  const size_t steps = static_cast<size_t>(result_.limit) + 1;
  OneLayout sum(steps);
  for (int cheese = 0; cheese < cells.count(); ++cheese) {
    Subject subject{cells, chains[cheese], index, cheese, result_.faces, {}};
    const envs::Cell at = cells.cells[cheese];
    if (cheese != 0) subject.from_start.push_back(Pairs::start);
    if (cheese != 0 && at.x >= size_ - corner_ && at.y >= size_ - corner_)
      subject.from_start.push_back(Pairs::top_right);
    if (cheese != 0 && !cells.on_way_to_corner(cheese)) subject.from_start.push_back(Pairs::off_path);
    look_at_greedy(subject, sum);
    look_at_sampled(subject, sum);
  }

  LayoutRow& row = sum.row;
  row.index = index;
  row.probability = probability;
  for (size_t p = 0; p < kPairs; ++p) {
    const double count = std::max(row.pairs[p], 1);
    row.within_limit[p] /= count;
    row.expected_steps[p] /= count;
    if (row.pairs[p] == 0) continue;
    for (size_t w = 0; w < kWeightings; ++w) {
      const double weight = static_cast<Weighting>(w) == Weighting::layouts ? 1 : probability;
      result_.weight[w * kPairs + p] += weight;
      double* const curve = &result_.arrived[(w * kPairs + p) * steps];
      for (size_t t = 0; t < steps; ++t) curve[t] += weight * sum.curve[p * steps + t] / count;
    }
  }
  result_.rows.push_back(row);
}

void Certificate::look_at_greedy(const Subject& subject, OneLayout& sum) {
  const std::vector<int32_t> steps = rollout::greedy_steps(subject.chain);
  std::vector<float> fails(static_cast<size_t>(subject.cells.count()));
  int never = 0, first_never = -1, longest = -1, longest_start = -1;
  for (int start = 0; start < subject.cells.count(); ++start) {
    if (start == subject.cheese) continue;
    const int32_t walk = steps[subject.state(start)];
    subject.add(sum.row.pairs, start, 1);
    if (walk == rollout::kNever) {
      subject.add(sum.row.never, start, 1);
      fails[start] = 1;
      if (never++ == 0) first_never = start;
      continue;
    }
    const int delay = walk - subject.cells.steps(start, subject.cheese);
    subject.add(sum.row.delay, start, delay);
    if (delay > longest) {
      longest = delay;
      longest_start = start;
    }
  }
  // Ranks a walk that never arrives as worse than any delay.
  if (never > 0 ? !sum.some_never : !sum.some_never && longest > sum.row.worst_delay) {
    sum.row.worst_cheese = subject.grid_cell(subject.cheese);
    sum.row.worst_start = subject.grid_cell(never > 0 ? first_never : longest_start);
  }
  sum.some_never = sum.some_never || never > 0;
  sum.row.worst_delay = std::max(sum.row.worst_delay, longest);

  if (never > worst(Worst::never).value)
    keep(Worst::never, never, subject, fails[0] > 0 ? 0 : first_never, fails);
  if (longest > worst(Worst::delay).value) keep(Worst::delay, longest, subject, longest_start, fails);
}

void Certificate::look_at_sampled(const Subject& subject, OneLayout& sum) {
  const FreeCells& cells = subject.cells;
  const auto steps = static_cast<size_t>(result_.limit) + 1;
  std::vector<int> order(subject.chain.states.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return cells.steps(a / subject.faces, subject.cheese) > cells.steps(b / subject.faces, subject.cheese);
  });
  const std::vector<double> expected = rollout::expected_steps(subject.chain, order);

  rollout::ArrivalChances chances(subject.chain);
  const auto chance = [&](int start) { return chances.now()[subject.state(start)]; };
  double lowest = 1;
  int lowest_start = -1;
  for (size_t t = 0; t < steps; ++t) {
    if (t > 0) chances.advance();
    double total = 0;
    lowest_start = -1;
    for (int start = 0; start < cells.count(); ++start) {
      if (start == subject.cheese) continue;
      total += chance(start);
      if (lowest_start < 0 || chance(start) < lowest) {
        lowest = chance(start);
        lowest_start = start;
      }
    }
    result_.lowest[t] = std::min(result_.lowest[t], lowest);
    sum.curve[static_cast<size_t>(Pairs::everywhere) * steps + t] += total;
    for (const Pairs p : subject.from_start) sum.curve[static_cast<size_t>(p) * steps + t] += chance(0);
  }
  std::vector<float> fails(static_cast<size_t>(cells.count()));
  for (int start = 0; start < cells.count(); ++start) {
    if (start == subject.cheese) continue;
    subject.add(sum.row.within_limit, start, chance(start));
    subject.add(sum.row.expected_steps, start, expected[subject.state(start)]);
    fails[start] = static_cast<float>(1 - chance(start));
  }
  if (sum.row.lowest_cheese < 0 || lowest < sum.row.lowest) {
    sum.row.lowest = lowest;
    sum.row.lowest_cheese = subject.grid_cell(subject.cheese);
    sum.row.lowest_start = subject.grid_cell(lowest_start);
  }
  if (worst(Worst::chance).layout < 0 || lowest < worst(Worst::chance).value)
    keep(Worst::chance, lowest, subject, lowest_start, fails);
}

void Certificate::keep(Worst kind, double value, const Subject& subject, int start,
                       const std::vector<float>& fails) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const size_t area = static_cast<size_t>(size_) * size_;
  WorstRow& kept = worst(kind);
  kept.kind = kind;
  kept.value = value;
  kept.layout = subject.layout;
  kept.cheese = subject.grid_cell(subject.cheese);
  kept.start = subject.grid_cell(start);
  kept.moves.assign(area * envs::kMoves, nan);
  kept.fails.assign(area, nan);
  for (int cell = 0; cell < subject.cells.count(); ++cell) {
    const auto at = static_cast<size_t>(subject.grid_cell(cell));
    const auto& probability = subject.chain.states[subject.state(cell)].probability;
    for (size_t m = 0; m < envs::kMoves; ++m)
      kept.moves[at * envs::kMoves + m] = static_cast<float>(probability[m]);
    kept.fails[at] = fails[cell];
  }
  kept.walk.fill(-1);
  if (kind == Worst::chance) return;
  const std::vector<int> walk = rollout::greedy_walk(subject.chain, static_cast<int>(subject.state(start)));
  expect(walk.size() <= kLongestWalk, "a walk over the states of a small maze");
  for (size_t i = 0; i < walk.size(); ++i) kept.walk[i] = subject.grid_cell(walk[i] / subject.faces);
}

CertifyResult Certificate::result() const {
  CertifyResult result = result_;
  for (const WorstRow& kept : worst_)
    if (kept.layout >= 0) result.worst.push_back(kept);
  return result;
}

}  // namespace mazescan::certify

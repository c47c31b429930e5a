#include "evaluator/analyses/certify/certificate.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace mazescan {

// Sums over the pairs of one layout.
struct Certificate::OneLayout {
  explicit OneLayout(size_t steps) : curve(kPairs * steps) {}
  std::array<int32_t, kPairs> pairs{}, never{}, delay{};
  std::array<double, kPairs> within_limit{}, expected{};
  std::vector<double> curve;  // [pairs, step]
  int32_t worst_delay = -1, worst_cheese = -1, worst_start = -1;
  bool some_never = false;
  double lowest = 1;
  int32_t lowest_cheese = -1, lowest_start = -1;
};

// One layout with the cheese on one free cell.
struct Certificate::Subject {
  const FreeCells& cells;
  const MoveChain& chain;
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
    : size_(size),
      region_(std::clamp(region, 1, size)),
      limit_(limit),
      faces_(faces),
      curve_(static_cast<size_t>(kWeightings * kPairs) * (limit + 1)),
      weight_(kWeightings * kPairs),
      lowest_curve_(static_cast<size_t>(limit) + 1, 1) {}

void Certificate::add(int32_t index, double probability, const FreeCells& cells,
                      const std::vector<MoveChain>& chains) {
  const size_t steps = static_cast<size_t>(limit_) + 1;
  OneLayout sum(steps);
  for (int cheese = 0; cheese < cells.count(); ++cheese) {
    Subject subject{cells, chains[cheese], index, cheese, faces_, {}};
    const Cell at = cells.cells[cheese];
    if (cheese != 0) subject.from_start.push_back(Pairs::start);
    if (cheese != 0 && at.x >= size_ - region_ && at.y >= size_ - region_)
      subject.from_start.push_back(Pairs::top_right);
    if (cheese != 0 && !cells.on_way_to_corner(cheese)) subject.from_start.push_back(Pairs::off_path);
    look_at_greedy(subject, sum);
    look_at_sampled(subject, sum);
  }

  index_.push_back(index);
  probability_.push_back(probability);
  worst_delay_.push_back(sum.worst_delay);
  worst_cheese_.push_back(sum.worst_cheese);
  worst_start_.push_back(sum.worst_start);
  lowest_.push_back(sum.lowest);
  lowest_cheese_.push_back(sum.lowest_cheese);
  lowest_start_.push_back(sum.lowest_start);
  for (size_t p = 0; p < kPairs; ++p) {
    const double count = std::max(sum.pairs[p], 1);
    pairs_.push_back(sum.pairs[p]);
    never_.push_back(sum.never[p]);
    delay_.push_back(sum.delay[p]);
    within_limit_.push_back(sum.within_limit[p] / count);
    expected_.push_back(sum.expected[p] / count);
    if (sum.pairs[p] == 0) continue;
    for (size_t w = 0; w < kWeightings; ++w) {
      const double weight = static_cast<Weighting>(w) == Weighting::layouts ? 1 : probability;
      weight_[w * kPairs + p] += weight;
      double* const curve = &curve_[(w * kPairs + p) * steps];
      for (size_t t = 0; t < steps; ++t) curve[t] += weight * sum.curve[p * steps + t] / count;
    }
  }
}

void Certificate::look_at_greedy(const Subject& subject, OneLayout& sum) {
  const std::vector<int32_t> steps = greedy_steps(subject.chain);
  std::vector<float> fails(static_cast<size_t>(subject.cells.count()));
  int never = 0, first_never = -1, longest = -1, longest_start = -1;
  for (int start = 0; start < subject.cells.count(); ++start) {
    if (start == subject.cheese) continue;
    const int32_t walk = steps[subject.state(start)];
    subject.add(sum.pairs, start, 1);
    if (walk == kNever) {
      subject.add(sum.never, start, 1);
      fails[start] = 1;
      if (never++ == 0) first_never = start;
      continue;
    }
    const int delay = walk - subject.cells.steps(start, subject.cheese);
    subject.add(sum.delay, start, delay);
    if (delay > longest) {
      longest = delay;
      longest_start = start;
    }
  }
  // Never to arrive is worse than any delay.
  if (never > 0 ? !sum.some_never : !sum.some_never && longest > sum.worst_delay) {
    sum.worst_cheese = subject.grid_cell(subject.cheese);
    sum.worst_start = subject.grid_cell(never > 0 ? first_never : longest_start);
  }
  sum.some_never = sum.some_never || never > 0;
  sum.worst_delay = std::max(sum.worst_delay, longest);

  if (never > worst(Worst::never).value)
    keep(Worst::never, never, subject, fails[0] > 0 ? 0 : first_never, fails);
  if (longest > worst(Worst::delay).value) keep(Worst::delay, longest, subject, longest_start, fails);
}

void Certificate::look_at_sampled(const Subject& subject, OneLayout& sum) {
  const FreeCells& cells = subject.cells;
  const auto steps = static_cast<size_t>(limit_) + 1;
  std::vector<int> order(subject.chain.states.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return cells.steps(a / faces_, subject.cheese) > cells.steps(b / faces_, subject.cheese);
  });
  const std::vector<double> expected = expected_steps(subject.chain, order);

  ArrivalChances chances(subject.chain);
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
    lowest_curve_[t] = std::min(lowest_curve_[t], lowest);
    sum.curve[static_cast<size_t>(Pairs::everywhere) * steps + t] += total;
    for (const Pairs p : subject.from_start) sum.curve[static_cast<size_t>(p) * steps + t] += chance(0);
  }
  std::vector<float> fails(static_cast<size_t>(cells.count()));
  for (int start = 0; start < cells.count(); ++start) {
    if (start == subject.cheese) continue;
    subject.add(sum.within_limit, start, chance(start));
    subject.add(sum.expected, start, expected[subject.state(start)]);
    fails[start] = static_cast<float>(1 - chance(start));
  }
  if (sum.lowest_cheese < 0 || lowest < sum.lowest) {
    sum.lowest = lowest;
    sum.lowest_cheese = subject.grid_cell(subject.cheese);
    sum.lowest_start = subject.grid_cell(lowest_start);
  }
  if (worst(Worst::chance).layout < 0 || lowest < worst(Worst::chance).value)
    keep(Worst::chance, lowest, subject, lowest_start, fails);
}

void Certificate::keep(Worst kind, double value, const Subject& subject, int start,
                       const std::vector<float>& fails) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const size_t area = static_cast<size_t>(size_) * size_;
  Case& kept = worst(kind);
  kept.value = value;
  kept.layout = subject.layout;
  kept.cheese = subject.grid_cell(subject.cheese);
  kept.start = subject.grid_cell(start);
  kept.moves.assign(area * kMoves, nan);
  kept.fails.assign(area, nan);
  for (int cell = 0; cell < subject.cells.count(); ++cell) {
    const auto at = static_cast<size_t>(subject.grid_cell(cell));
    const auto& probability = subject.chain.states[subject.state(cell)].probability;
    for (size_t m = 0; m < kMoves; ++m) kept.moves[at * kMoves + m] = static_cast<float>(probability[m]);
    kept.fails[at] = fails[cell];
  }
  kept.walk.clear();
  if (kind != Worst::chance)
    for (const int state : greedy_walk(subject.chain, static_cast<int>(subject.state(start))))
      kept.walk.push_back(subject.grid_cell(state / faces_));
  expect(kept.walk.size() <= kLongestWalk, "a walk over the states of a small maze");
  kept.walk.resize(kLongestWalk, -1);
}

void Certificate::store(ResultShard& shard) const {
  const auto layouts = static_cast<int64_t>(index_.size());
  const std::vector<H5Axis> by_pairs = {{"layout", layouts}, {"pairs", kPairs}};
  shard.set("layout/index", index_, "layout");
  shard.set("layout/probability", probability_, "layout");
  shard.set("layout/pairs", pairs_, by_pairs);
  shard.set("greedy/never", never_, by_pairs);
  shard.set("greedy/delay", delay_, by_pairs);
  shard.set("greedy/worst_delay", worst_delay_, "layout");
  shard.set("greedy/worst_cheese", worst_cheese_, "layout");
  shard.set("greedy/worst_start", worst_start_, "layout");
  shard.set("sampled/within_limit", within_limit_, by_pairs);
  shard.set("sampled/expected_steps", expected_, by_pairs);
  shard.set("sampled/lowest", lowest_, "layout");
  shard.set("sampled/lowest_cheese", lowest_cheese_, "layout");
  shard.set("sampled/lowest_start", lowest_start_, "layout");
  shard.set("curve/arrived", curve_, {{"weighting", kWeightings}, {"pairs", kPairs}, {"step", limit_ + 1}});
  shard.set("curve/weight", weight_, {{"weighting", kWeightings}, {"pairs", kPairs}});
  shard.set("curve/lowest", lowest_curve_, "step");

  const int64_t area = int64_t{size_} * size_;
  std::vector<double> value;
  std::vector<int32_t> layout, cheese, start, walk;
  std::vector<float> moves, fails;
  const auto append = [](auto& all, const auto& some) { all.insert(all.end(), some.begin(), some.end()); };
  for (const Case& kept : worst_) {
    if (kept.layout < 0) continue;
    value.push_back(kept.value);
    layout.push_back(kept.layout);
    cheese.push_back(kept.cheese);
    start.push_back(kept.start);
    append(walk, kept.walk);
    append(moves, kept.moves);
    append(fails, kept.fails);
  }
  std::vector<int32_t> kinds;
  for (int kind = 0; kind < kWorst; ++kind)
    if (worst_[static_cast<size_t>(kind)].layout >= 0) kinds.push_back(kind);
  const auto cases = static_cast<int64_t>(kinds.size());
  shard.set("worst/kind", kinds, "case");
  shard.set("worst/value", value, "case");
  shard.set("worst/layout", layout, "case");
  shard.set("worst/cheese", cheese, "case");
  shard.set("worst/start", start, "case");
  shard.set("worst/walk", walk, {{"case", cases}, {"place", kLongestWalk}});
  shard.set("worst/moves", moves, {{"case", cases}, {"cell", area}, {"move", kMoves}});
  shard.set("worst/fails", fails, {{"case", cases}, {"cell", area}});
}

}  // namespace mazescan

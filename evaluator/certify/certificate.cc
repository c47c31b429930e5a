#include "evaluator/certify/certificate.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace mazescan {

// Sums over the pairs of one layout.
struct Certificate::OneLayout {
  explicit OneLayout(int32_t of_index, size_t steps) : index(of_index), curve(kPairs * steps) {}
  int32_t index;
  std::array<int32_t, kPairs> pairs{}, never{}, delay{};
  std::array<double, kPairs> within_limit{}, expected{};
  std::vector<double> curve;  // [pairs, step]
  int32_t worst_delay = -1, worst_cheese = -1, worst_start = -1;
  bool some_never = false;
  double lowest = 2;
  int32_t lowest_cheese = -1, lowest_start = -1;
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
  OneLayout sum(index, steps);
  for (int cheese = 0; cheese < cells.count(); ++cheese) look_at(cells, cheese, chains[cheese], sum);

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

void Certificate::look_at(const FreeCells& cells, int cheese, const MoveChain& chain, OneLayout& sum) {
  const int count = cells.count();
  const size_t steps = static_cast<size_t>(limit_) + 1;
  const Cell at = cells.cells[cheese];
  const auto grid_cell = [&](int cell) { return cells.cells[cell].y * size_ + cells.cells[cell].x; };
  const bool in_region = at.x >= size_ - region_ && at.y >= size_ - region_;
  std::vector<Pairs> from_start;  // classes in which the episode's own start counts, with this cheese
  if (cheese != 0) {
    from_start.push_back(Pairs::start);
    if (in_region) from_start.push_back(Pairs::top_right);
    if (!cells.on_way_to_corner(cheese)) from_start.push_back(Pairs::off_path);
  }
  const auto add = [&](auto& sums, int start, auto value) {
    sums[static_cast<size_t>(Pairs::everywhere)] += value;
    if (start == 0)
      for (const Pairs p : from_start) sums[static_cast<size_t>(p)] += value;
  };

  const std::vector<int32_t> greedy = greedy_steps(chain);
  std::vector<int> order(chain.states.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return cells.steps(a / faces_, cheese) > cells.steps(b / faces_, cheese);
  });
  const std::vector<double> expected = expected_steps(chain, order);
  int never = 0, first_never = -1, longest = -1, longest_start = -1;
  for (int start = 0; start < count; ++start) {
    if (start == cheese) continue;
    const int32_t walk = greedy[static_cast<size_t>(start) * faces_];
    add(sum.pairs, start, 1);
    add(sum.expected, start, expected[static_cast<size_t>(start) * faces_]);
    if (walk == kNever) {
      add(sum.never, start, 1);
      if (never++ == 0) first_never = start;
    } else {
      const int delay = walk - cells.steps(start, cheese);
      add(sum.delay, start, delay);
      if (delay > longest) {
        longest = delay;
        longest_start = start;
      }
    }
  }
  sum.worst_delay = std::max(sum.worst_delay, longest);

  // The chances, step by step.
  ArrivalChances chances(chain);
  double lowest = 2;
  int lowest_start = -1;
  for (size_t t = 0; t < steps; ++t) {
    if (t > 0) chances.advance();
    double total = 0;
    lowest = 2;
    for (int start = 0; start < count; ++start) {
      if (start == cheese) continue;
      const double chance = chances.now()[static_cast<size_t>(start) * faces_];
      total += chance;
      if (chance < lowest) {
        lowest = chance;
        lowest_start = start;
      }
    }
    lowest_curve_[t] = std::min(lowest_curve_[t], lowest);
    sum.curve[static_cast<size_t>(Pairs::everywhere) * steps + t] += total;
    for (const Pairs p : from_start) sum.curve[static_cast<size_t>(p) * steps + t] += chances.now()[0];
  }
  for (int start = 0; start < count; ++start)
    if (start != cheese) add(sum.within_limit, start, chances.now()[static_cast<size_t>(start) * faces_]);
  if (lowest < sum.lowest) {
    sum.lowest = lowest;
    sum.lowest_cheese = grid_cell(cheese);
    sum.lowest_start = grid_cell(lowest_start);
  }

  // The worst of this layout: a start that never arrives, else the longest delay.
  const bool worse = never > 0 ? !sum.some_never : !sum.some_never && longest == sum.worst_delay;
  if (worse && (never > 0 || sum.worst_cheese < 0 || longest > 0)) {
    sum.worst_cheese = grid_cell(cheese);
    sum.worst_start = grid_cell(never > 0 ? first_never : longest_start);
  }
  sum.some_never = sum.some_never || never > 0;

  std::vector<float> fails(static_cast<size_t>(count));
  const auto greedy_fails = [&] {
    for (int start = 0; start < count; ++start)
      fails[start] = greedy[static_cast<size_t>(start) * faces_] == kNever ? 1 : 0;
  };
  if (never > worst_[static_cast<size_t>(Worst::never)].value) {
    greedy_fails();
    const int start = cheese != 0 && greedy[0] == kNever ? 0 : first_never;
    keep(Worst::never, never, sum.index, cells, cheese, start, chain, fails, /*with_walk=*/true);
  }
  if (longest > worst_[static_cast<size_t>(Worst::delay)].value) {
    greedy_fails();
    keep(Worst::delay, longest, sum.index, cells, cheese, longest_start, chain, fails, /*with_walk=*/true);
  }
  const Case& least = worst_[static_cast<size_t>(Worst::chance)];
  if (least.layout < 0 || lowest < least.value) {
    for (int start = 0; start < count; ++start)
      fails[start] = static_cast<float>(1 - chances.now()[static_cast<size_t>(start) * faces_]);
    keep(Worst::chance, lowest, sum.index, cells, cheese, lowest_start, chain, fails, /*with_walk=*/false);
  }
}

void Certificate::keep(Worst kind, double value, int32_t layout, const FreeCells& cells, int cheese,
                       int start, const MoveChain& chain, const std::vector<float>& fails, bool with_walk) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const size_t area = static_cast<size_t>(size_) * size_;
  const auto grid_cell = [&](int cell) { return cells.cells[cell].y * size_ + cells.cells[cell].x; };
  Case worst;
  worst.value = value;
  worst.layout = layout;
  worst.cheese = grid_cell(cheese);
  worst.start = grid_cell(start);
  worst.moves.assign(area * kMoves, nan);
  worst.fails.assign(area, nan);
  for (int cell = 0; cell < cells.count(); ++cell) {
    const auto& probability = chain.states[static_cast<size_t>(cell) * faces_].probability;
    for (size_t m = 0; m < kMoves; ++m)
      worst.moves[static_cast<size_t>(grid_cell(cell)) * kMoves + m] = static_cast<float>(probability[m]);
    worst.fails[static_cast<size_t>(grid_cell(cell))] = fails[cell];
  }
  if (with_walk)
    for (const int state : greedy_walk(chain, start * faces_))
      worst.walk.push_back(grid_cell(state / faces_));
  expect(worst.walk.size() <= kLongestWalk, "a walk over the states of a small maze");
  worst.walk.resize(kLongestWalk, -1);
  worst_[static_cast<size_t>(kind)] = std::move(worst);
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
  for (const Case& worst : worst_) {
    if (worst.layout < 0) continue;
    value.push_back(worst.value);
    layout.push_back(worst.layout);
    cheese.push_back(worst.cheese);
    start.push_back(worst.start);
    append(walk, worst.walk);
    append(moves, worst.moves);
    append(fails, worst.fails);
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

#include "evaluator/scan/scan_check.h"

#include <algorithm>
#include <cmath>

#include "datasets/scan_episode.h"
#include "datasets/validator.h"
#include "evaluator/rollout/rollouts.h"
#include "evaluator/rollout/unit_levels.h"
#include "evaluator/scan/scan_levels.h"

namespace mazescan::scan {

namespace {

constexpr double kRounding = 1e-3;                     // of sums of float32
constexpr size_t kSampledMouse = 2, kGreedyMouse = 3;  // of datasets::ScanMeasure

class ScanCheck {
 public:
  ScanCheck(const datasets::ScanShard& shard, const envs::Task& task, uint64_t seed)
      : shard_(shard), task_(task), seed_(seed) {}

  std::string first_fault() {
    validator_.check(shard_.measures.size() == task_.measures().size(), "the environment has {} measures",
                     task_.measures().size());
    if (check_levels()) {
      check_rollouts(shard_.sampled, "sampled");
      check_rollouts(shard_.greedy, "greedy");
      for (size_t e = 0; e < starts_.size(); ++e) check_chances(e);
      for (const datasets::VectorField& field : shard_.fields) check_field(field);
    }
    return validator_.first();
  }

 private:
  // Makes the levels again from their seeds.
  bool check_levels() {
    const std::vector<int> sizes = task_.sizes();
    validator_.check(std::count(sizes.begin(), sizes.end(), shard_.size) != 0,
                     "the environment has no levels of size {}", shard_.size);
    validator_.check(shard_.region == task_.region(), "region is {}, that of the environment is {}",
                     shard_.region, task_.region());
    validator_.check(
        std::is_sorted(shard_.level_seed.begin(), shard_.level_seed.end()) &&
            std::adjacent_find(shard_.level_seed.begin(), shard_.level_seed.end()) == shard_.level_seed.end(),
        "the level seeds are not ascending");
    if (!validator_.ok()) return false;
    for (const int32_t seed : shard_.level_seed) {
      auto level = rollout::placed_level(task_, seed, shard_.size, shard_.placement, seed_);
      if (!validator_.check(level.has_value(), "level {} has no cell for the placement", seed)) return false;
      levels_.push_back(std::move(*level));
    }
    datasets::ScanShard due;
    starts_ = add_levels(task_, levels_, due);
    compare(shard_.open, due.open, "open");
    compare(shard_.cheese, due.cheese, "cheese");
    compare(shard_.proxy, due.proxy, "proxy");
    compare(shard_.optimal, due.optimal, "optimal");
    compare(shard_.on_path, due.on_path, "on_path");
    compare(shard_.decision, due.decision, "decision");
    compare(shard_.object_kind, due.object_kind, "kind");
    compare(shard_.object_cell, due.object_cell, "cell");
    return validator_.ok();
  }
  template <class T>
  void compare(const std::vector<T>& stored, const std::vector<T>& due, const char* column) {
    const auto [here, there] = std::mismatch(stored.begin(), stored.end(), due.begin(), due.end());
    if (here == stored.end() && there == due.end()) return;
    const auto of_level = static_cast<int64_t>(due.size() / levels_.size());
    const auto episode = static_cast<size_t>((here - stored.begin()) / std::max<int64_t>(of_level, 1));
    validator_.check(false, "{} of episode {} is not that of level {}", column, episode,
                     shard_.level_seed[std::min(episode, levels_.size() - 1)]);
  }

  void check_rollouts(const datasets::Rollouts& rollouts, const char* kind) {
    for (size_t e = 0; e < starts_.size() && validator_.ok(); ++e) check_walk(rollouts, e, kind);
  }
  // Checks that the walks' measures are those of their last states and of the states before.
  void check_measures(size_t e, size_t mouse, const std::vector<envs::MazeState>& states) {
    for (const envs::Measure& measure : task_.measures()) {
      const auto stored =
          std::find_if(shard_.measures.begin(), shard_.measures.end(),
                       [&](const datasets::ScanMeasure& one) { return one.name == measure.name; });
      if (!validator_.check(stored != shard_.measures.end(), "there is no measure {}", measure.name)) return;
      double due = 0;
      if (measure.of == envs::Measure::Of::end) due = measure.value(states.back());
      for (size_t s = 0; s + 1 < states.size() && measure.of == envs::Measure::Of::steps; ++s)
        due += measure.value(states[s]);
      validator_.check(stored->values[e * datasets::kMeasuredMice + mouse] == due,
                       "{} of a walk of episode {} is not that of its path", measure.name, e);
    }
  }
  // Walks an episode's path again.
  void check_walk(const datasets::Rollouts& rollouts, size_t e, const char* kind) {
    const auto at = [&](size_t i) {
      return levels_[e].cell(rollouts.path[static_cast<size_t>(rollouts.path_offset[e]) + i]);
    };
    const auto steps = static_cast<size_t>(rollouts.path_offset[e + 1] - rollouts.path_offset[e]) - 1;
    envs::MazeState state = starts_[e];
    std::vector<envs::Cell> path = {at(0)};
    std::vector<envs::MazeState> states = {state};
    const envs::Cell decision = datasets::decision_of(shard_, e);
    int64_t decision_step = at(0) == decision ? 0 : -1;
    bool arrived = false;
    if (!validator_.check(at(0) == state.mouse, "the {} walk of episode {} begins elsewhere", kind, e))
      return;
    for (size_t step = 1; step <= steps; ++step) {
      path.push_back(at(step));
      if (!validator_.check(!arrived && move_to(state, at(step), arrived),
                            "the {} walk of episode {} makes a step {} that the level does not permit", kind,
                            e, step))
        return;
      states.push_back(state);
      if (decision_step < 0 && at(step) == decision) decision_step = static_cast<int64_t>(step);
    }
    check_measures(e, &rollouts == &shard_.sampled ? kSampledMouse : kGreedyMouse, states);
    validator_.check(arrived == (rollouts.success[e] != 0),
                     "success of the {} walk of episode {} is not that of its path", kind, e);
    validator_.check(
        rollouts.steps[e] == static_cast<int64_t>(steps) && (arrived || rollouts.steps[e] == shard_.limit),
        "steps of the {} walk of episode {} is {}, and its path has {}", kind, e, rollouts.steps[e], steps);
    validator_.check(rollouts.decision_step[e] == decision_step,
                     "decision_step of the {} walk of episode {} is {}, and not {}", kind, e,
                     rollouts.decision_step[e], decision_step);
    const auto outcome = rollout::outcome_of(task_, starts_[e], arrived, path);
    validator_.check(rollouts.outcome[e] == static_cast<uint8_t>(outcome),
                     "outcome of the {} walk of episode {} is not that of its path", kind, e);
  }
  // Makes the move that leads to the cell. Returns false if there is none.
  bool move_to(envs::MazeState& state, envs::Cell cell, bool& arrived) const {
    for (int move = 0; move < envs::kMoves; ++move) {
      envs::MazeState next = state;
      const bool ended = task_.apply_move(next, static_cast<envs::Move>(move)).over;
      if (next.mouse != cell) continue;
      state = next;
      arrived = ended;
      return true;
    }
    return false;
  }

  void check_chances(size_t e) {
    const datasets::ExactChances& exact = shard_.exact;
    const size_t first = e * (static_cast<size_t>(shard_.limit) + 1);
    const auto check = [&](bool ok, const char* what) {
      validator_.check(ok, "the exact chances of episode {}: {}", e, what);
    };
    const double end = exact.arrived[first + static_cast<size_t>(shard_.limit)];
    check(std::abs(exact.goal[e] + exact.proxy_then_goal[e] - end) < kRounding,
          "those of the outcomes do not add up to that of an arrival");
    check(exact.goal[e] + exact.proxy[e] < 1 + kRounding, "outcomes add up to more than 1");
    check(exact.proxy_then_goal[e] < exact.proxy[e] + kRounding, "a part is larger than its whole");
    check(exact.decision_to_goal[e] + exact.decision_to_proxy[e] < 1 + kRounding,
          "those at the decision square add up to more than 1");
    if (datasets::decision_of(shard_, e) == envs::kNoCell)
      check(
          exact.decision_reached[e] == 0 && exact.decision_to_goal[e] == 0 && exact.decision_to_proxy[e] == 0,
          "there is no decision square");
    const int before = std::min(shard_.optimal[e] - 1, shard_.limit);
    if (before >= 0) {
      const size_t too_early = first + static_cast<size_t>(before);
      check(exact.arrived[too_early] == 0 && exact.random_arrived[too_early] == 0,
            "an arrival before the shortest path's end");
    }
    check(exact.expected_steps[e] > shard_.optimal[e] - kRounding, "fewer steps than the shortest path has");
    check(exact.blind_steps[e] == -1 || (shard_.on_path[e] != 0 && exact.blind_steps[e] == shard_.optimal[e]),
          "the blind walker does not pass there");
  }

  void check_field(const datasets::VectorField& field) {
    const envs::MazeLevel& level = levels_[static_cast<size_t>(field.episode)];
    for (size_t cell = 0; cell < level.open.size() && validator_.ok(); ++cell) {
      const float* moves = &field.probability[cell * envs::kMoves];
      double sum = 0;
      bool is_chance = true;
      for (int move = 0; move < envs::kMoves; ++move) {
        sum += moves[move];
        is_chance = is_chance && moves[move] >= 0;
      }
      const bool fits = level.open[cell] != 0
                            ? is_chance && std::abs(sum - 1) < kRounding && std::isfinite(field.value[cell])
                            : std::isnan(sum) && std::isnan(field.value[cell]);
      validator_.check(fits, "the vector field of episode {} has no distribution of moves in cell {}",
                       field.episode, cell);
    }
  }

  const datasets::ScanShard& shard_;
  const envs::Task& task_;
  const uint64_t seed_;
  std::vector<envs::MazeLevel> levels_;
  std::vector<envs::MazeState> starts_;
  datasets::Validator validator_;
};

}  // namespace

std::string scan_fault(const datasets::ScanShard& shard, const envs::Task& task, uint64_t seed) {
  return ScanCheck(shard, task, seed).first_fault();
}

}  // namespace mazescan::scan

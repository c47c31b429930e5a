#include "evaluator/record/record_check.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "datasets/scan_shard.h"
#include "datasets/validator.h"
#include "envs/paths.h"
#include "evaluator/rollout/unit_levels.h"

namespace mazescan::record {

namespace {

constexpr double kSumRounding = 1e-2;  // of five chances, which may be of a policy in bfloat16

// A level of the recording, made again, and how far each of its cells is from the cheese.
struct RecordedLevel {
  envs::MazeLevel level;
  std::vector<int32_t> to_cheese;
};

class RecordCheck {
 public:
  RecordCheck(const datasets::ActivationShard& shard, const envs::Task& task) : shard_(shard), task_(task) {}

  std::string first_fault() {
    const std::vector<int> sizes = task_.sizes();
    validator_.check(std::count(sizes.begin(), sizes.end(), shard_.unit.size) != 0,
                     "the environment has no levels of size {}", shard_.unit.size);
    for (size_t l = 0; l < shard_.levels.level_seed.size() && validator_.ok(); ++l) check_level(l);
    for (size_t s = 0; s < shard_.samples.level_seed.size() && validator_.ok(); ++s) check_sample(s);
    return validator_.first();
  }

 private:
  void check_level(size_t l) {
    const datasets::LevelTable& table = shard_.levels;
    const int32_t seed = table.level_seed[l];
    auto level = rollout::placed_level(task_, seed, shard_.unit.size, shard_.unit.placement,
                                       static_cast<uint64_t>(shard_.unit.seed));
    if (!validator_.check(level.has_value(), "level {} has no cell for the placement", seed)) return;
    const auto walls = table.open.begin() + static_cast<int64_t>(l * level->open.size());
    validator_.check(std::equal(level->open.begin(), level->open.end(), walls), "level {} has other walls",
                     seed);
    validator_.check(cell_of(table.cheese, l) == level->cheese, "level {} has its cheese elsewhere", seed);
    validator_.check(cell_of(table.decision, l) == task_.decision_cell(task_.initial_state(*level)),
                     "level {} has its decision square elsewhere", seed);
    std::vector<int32_t> to_cheese = envs::distances(*level, level->cheese);
    const bool is_new = levels_.emplace(seed, RecordedLevel{std::move(*level), std::move(to_cheese)}).second;
    validator_.check(is_new, "level {} occurs twice", seed);
  }

  void check_sample(size_t s) {
    const datasets::SampleKeys& keys = shard_.samples;
    const auto& [level, to_cheese] = levels_.at(keys.level_seed[s]);
    const envs::Cell mouse = cell_of(keys.mouse, s);
    const auto check = [&](bool ok, const char* what) { validator_.check(ok, "sample {} {}", s, what); };
    check(cell_of(keys.cheese, s) == level.cheese, "has not the cheese of its level");
    check(level.is_open(mouse), "has the mouse in a wall");
    if (!validator_.ok()) return;
    check(keys.optimal[s] == to_cheese[level.index(mouse)], "has another way to the cheese");
    double sum = 0;
    for (size_t move = 0; move < envs::kMoves; ++move) sum += keys.probability[s * envs::kMoves + move];
    check(std::abs(sum - 1) < kSumRounding, "has chances of moves that do not add up to 1");
    const bool played = keys.step[s] >= 0;
    check(played == (keys.success[s] >= 0) && played == (keys.outcome[s] >= 0) &&
              (played || keys.action[s] < 0),
          "is of a rollout in one column and of none in another");
    const auto outcome = static_cast<datasets::Outcome>(keys.outcome[s]);
    if (played)
      check(keys.success[s] == 1 ? outcome == datasets::Outcome::kGoal || outcome == datasets::Outcome::kProxy
                                 : outcome != datasets::Outcome::kGoal,
            "has an outcome that contradicts its success");
  }

  static envs::Cell cell_of(const std::vector<int16_t>& cells, size_t i) {
    return {cells[2 * i], cells[2 * i + 1]};
  }

  const datasets::ActivationShard& shard_;
  const envs::Task& task_;
  std::map<int32_t, RecordedLevel> levels_;
  datasets::Validator validator_;
};

}  // namespace

std::string record_fault(const datasets::ActivationShard& shard, const envs::Task& task) {
  return RecordCheck(shard, task).first_fault();
}

}  // namespace mazescan::record

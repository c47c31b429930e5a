// Simulates Q4, Q5 and Q8: success at targets. The targets of a level share a random effect.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/questions/edit_answers.h"
#include "tests/evaluator/coverage/coverage.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan {
namespace {

// Holds the parameters of the distribution of walks, of a scored edit and of its clock.
struct Walking {
  int size;
  std::string experiment;
  int levels, targets;  // scored levels; at most `targets` per level, at least half as many
  double ease;          // log odds of arrival, for the mean level
  double steps;         // mean of the walks that arrive; the clock's mean is 60
};
constexpr double kSpread = 1;  // standard deviation of the levels' log odds
constexpr int kLimit = 500;

struct Case {
  int32_t level;
  int32_t off_path, steps;
  uint8_t reached;
  double random;  // chance of the random mouse: larger where the level is easy
};
constexpr int kDistance = 40;  // of all targets: walks of more than three times that do not count
struct Walks {
  std::vector<Case> cases;
  std::vector<uint8_t> clock_reached;
  std::vector<int32_t> clock_steps;
};

int steps_of(RandomStream& random, double mean, double difficulty) {
  return static_cast<int>(mean * difficulty * std::exp(0.3 * normal(random)));
}

Walks walks(RandomStream& random, const Walking& walking, int levels) {
  Walks drawn;
  for (int32_t level = 0; level < levels; ++level) {
    const double difficulty = std::exp(0.4 * normal(random)), ease = walking.ease + kSpread * normal(random);
    drawn.clock_reached.push_back(random.uniform() < 0.95F);
    drawn.clock_steps.push_back(steps_of(random, 60, difficulty));
    const int fewest = (walking.targets + 1) / 2;
    const int targets =
        fewest + static_cast<int>(random.below(static_cast<uint32_t>(walking.targets - fewest + 1)));
    for (int i = 0; i < targets; ++i) {
      const auto off_path = static_cast<int32_t>(random.below(4));  // targets farther off the path are harder
      const bool reached = random.uniform() < logistic(ease - 0.2 * off_path);
      drawn.cases.push_back(
          {level, off_path, steps_of(random, walking.steps, difficulty), reached, logistic(-2 + ease / 2)});
    }
  }
  return drawn;
}

datasets::ResultShard edit_shard(const Walking& walking, const Walks& drawn, const std::string& family,
                                 const std::string& kind, bool none_arrives) {
  edit::ExperimentResult result;
  result.experiment = walking.experiment;
  result.family = family;
  edit::EditRow row;
  row.facts.kind = kind;
  row.facts.name = edit::kNoEdit;
  row.facts.largest_share = row.facts.fraction = 0.01;
  row.facts.choosing = -1;
  const auto side = static_cast<int16_t>(walking.size - 1);
  for (const Case& each : drawn.cases) {
    result.cases.push_back({each.level, {0, side}, kDistance, each.off_path, each.random});
    row.sampled.reached.push_back(each.reached && !none_arrives);
    row.sampled.steps.push_back(each.reached ? each.steps : kLimit);
    row.log.push_back(-1);
  }
  row.greedy = row.sampled;
  result.rows.push_back(row);
  result.clock.emplace();
  for (size_t l = 0; l < drawn.clock_steps.size(); ++l) {
    result.levels.emplace_back();
    result.levels.back().seed = static_cast<int32_t>(l);
    result.levels.back().open.resize(static_cast<size_t>(walking.size) * walking.size);
    result.clock->walks.push_back(
        {static_cast<int32_t>(l), drawn.clock_reached[l] != 0, drawn.clock_steps[l]});
  }
  return datasets::result_shard(
      datasets::kEdit, {walking.size, edit::edit_subject(walking.experiment, family), 0}, "key", result);
}
datasets::Results edited(const Walking& walking, const Walks& drawn) {
  datasets::Results results;
  results.shards.push_back(edit_shard(walking, drawn, edit::kClampFamily, edit::kEditKind, false));
  results.shards.push_back(edit_shard(walking, drawn, edit::kControls, edit::kControlKind, true));
  return results;
}

// Estimates the truths from so many levels that their error is negligible.
double within_clock_truth(const Walking& walking) {
  RandomStream many(9, "coverage/truth");
  const Walks drawn = walks(many, walking, 100000);
  double steps = 0, arrived = 0, hits = 0;
  for (size_t l = 0; l < drawn.clock_steps.size(); ++l) {
    steps += drawn.clock_reached[l] * static_cast<double>(drawn.clock_steps[l]);
    arrived += drawn.clock_reached[l];
  }
  for (const Case& each : drawn.cases) hits += each.reached && each.steps <= steps / arrived;
  return hits / static_cast<double>(drawn.cases.size());
}
double normalised_truth(const Walking& walking) {
  RandomStream many(9, "coverage/truth");
  double hits = 0, random = 0, all = 0;
  for (const Case& each : walks(many, walking, 100000).cases) {
    if (each.off_path == 0) continue;
    hits += each.reached && each.steps <= edit::kQuickFactor * kDistance;
    random += each.random;
    ++all;
  }
  return (hits - random) / (all - random);
}

CoverageRow q4_row(const std::string& setting, const Walking& walking) {
  const double truth = normalised_truth(walking);
  return {"edit's normalised success (Q4, Q8)", setting,
          [=](RandomStream& random) -> Draw {
            const findings::Answer answer =
                questions::answer_retarget(edited(walking, walks(random, walking, walking.levels)), kTrained);
            return {{answer.low, answer.high}, truth};
          },
          4};
}
CoverageRow q5_row(const std::string& setting, const Walking& walking) {
  const double truth = within_clock_truth(walking);
  return {"edit's success within T, T resampled (Q5)", setting,
          [=](RandomStream& random) -> Draw {
            const findings::Answer answer = questions::answer_no_retarget(
                edited(walking, walks(random, walking, walking.levels)), kTrained);
            return {{answer.low, answer.high}, truth};
          },
          4};
}

}  // namespace

std::vector<CoverageRow> edit_coverage() {
  return {
      q4_row("4 to 8 targets of each of 60 levels", {7, edit::kEveryCell, 60, 8, 1.5, 30}),
      q4_row("4 to 8 of 60, nearly all reached", {7, edit::kEveryCell, 60, 8, 4.5, 30}),
      q4_row("all cells (12 to 24) of 40", {7, edit::kEveryCell, 40, 24, 1.5, 30}),
      q4_row("4 to 8 of 60, hardly better than the random mouse", {7, edit::kEveryCell, 60, 8, -1.5, 60}),
      q5_row("1 target of each of 200 levels", {21, "top_left", 200, 1, -1, 60}),
      q5_row("1 of 60, hardly any reached", {21, "top_left", 60, 1, -4, 60}),
  };
}

}  // namespace mazescan

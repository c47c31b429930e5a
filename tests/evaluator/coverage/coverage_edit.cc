// Q4, Q5 and Q8: success at targets, of which a level has several that have something in common.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/questions/edit_answers.h"
#include "tests/evaluator/coverage/coverage.h"

namespace mazescan {
namespace {

// What the walks of a scored edit and of its clock are drawn from.
struct Walking {
  int size;
  std::string experiment;
  int levels, targets;  // scored; of each level at most, drawn from half as many on where targets > 1
  double ease;          // log odds to arrive, of the mean level
  double steps;         // of the mean walk that arrives; the clock's takes 60
};
constexpr double kSpread = 1;  // of levels' log odds
constexpr int kLimit = 500;

struct Case {
  int32_t level;
  int32_t off_path, steps;
  uint8_t reached;
};
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
      const auto off_path = static_cast<int32_t>(random.below(4));  // those farther off are harder to reach
      const bool reached = random.uniform() < logistic(ease - 0.2 * off_path);
      drawn.cases.push_back({level, off_path, steps_of(random, walking.steps, difficulty), reached});
    }
  }
  return drawn;
}

ResultShard edit_shard(const Walking& walking, const Walks& drawn, const std::string& family,
                       const std::string& kind, bool none_arrives) {
  ResultShard shard(kEdit, {walking.size, walking.experiment + "-" + family, 0}, "key");
  std::vector<int32_t> seed, level, target, off_path, steps;
  std::vector<uint8_t> reached;
  for (const Case& each : drawn.cases) {
    level.push_back(each.level);
    target.insert(target.end(), {0, walking.size - 1});
    off_path.push_back(each.off_path);
    steps.push_back(each.reached ? each.steps : kLimit);
    reached.push_back(each.reached && !none_arrives);
  }
  for (size_t l = 0; l < drawn.clock_steps.size(); ++l) seed.push_back(static_cast<int32_t>(l));
  const auto cases = static_cast<int64_t>(drawn.cases.size());
  const std::vector<H5Axis> by_row = {{"row", 1}, {"case", cases}};
  shard.set("level/seed", seed, "level");
  shard.set("case/level", level, "case");
  shard.set("case/target", target, {{"case", cases}, {"coordinate", 2}});
  shard.set("case/off_path", off_path, "case");
  for (const std::string sampler : {"sampled", "greedy"}) {
    shard.set(sampler + "/reached", reached, by_row);
    shard.set(sampler + "/steps", steps, by_row);
  }
  shard.set("path/log", std::vector<float>(drawn.cases.size(), -1), by_row);
  shard.set("clock/seed", seed, "clock");
  shard.set("clock/reached", drawn.clock_reached, "clock");
  shard.set("clock/steps", drawn.clock_steps, "clock");
  const nlohmann::json row = {{"kind", kind},     {"name", "no edit"}, {"largest_share", 0.01},
                              {"fraction", 0.01}, {"choosing", -1.0},  {"share", nlohmann::json::object()}};
  shard.facts["experiment"] = walking.experiment;
  shard.facts["family"] = family;
  shard.facts["rows"].push_back(row);
  return shard;
}
Results edited(const Walking& walking, const Walks& drawn) {
  Results results;
  results.shards.push_back(edit_shard(walking, drawn, "clamp", "edit", false));
  results.shards.push_back(edit_shard(walking, drawn, "controls", "control", true));
  return results;
}

// Of so many levels that the rest does not matter.
double truth_of(const Walking& walking, bool within_clock, bool off_path) {
  RandomStream many(9, "coverage/truth");
  const Walks drawn = walks(many, walking, 100000);
  double steps = 0, arrived = 0, hits = 0, all = 0;
  for (size_t l = 0; l < drawn.clock_steps.size(); ++l) {
    steps += drawn.clock_reached[l] * static_cast<double>(drawn.clock_steps[l]);
    arrived += drawn.clock_reached[l];
  }
  for (const Case& each : drawn.cases) {
    if (off_path && each.off_path == 0) continue;
    hits += each.reached && (!within_clock || each.steps <= steps / arrived);
    ++all;
  }
  return hits / all;
}

CoverageRow q4_row(const std::string& setting, const Walking& walking) {
  const double truth = truth_of(walking, false, false);
  return {"edit's success (Q4)", setting,
          [=](RandomStream& random) -> Draw {
            const Answer answer = answer_retarget(edited(walking, walks(random, walking, walking.levels)));
            return {{answer.low, answer.high}, truth};
          },
          4};
}
CoverageRow q5_row(const std::string& setting, const Walking& walking) {
  const double truth = truth_of(walking, true, false);
  return {"edit's success within T, T resampled (Q5)", setting,
          [=](RandomStream& random) -> Draw {
            const Answer answer = answer_no_retarget(edited(walking, walks(random, walking, walking.levels)));
            return {{answer.low, answer.high}, truth};
          },
          4};
}
CoverageRow q8_row(const std::string& setting, const Walking& walking) {
  const double truth = truth_of(walking, false, true);
  return {"edit's success off the way (Q8)", setting,
          [=](RandomStream& random) -> Draw {
            const Answer answer = answer_fraction(edited(walking, walks(random, walking, walking.levels)));
            const nlohmann::json& success = answer.figures.at(0).at("rows").at(0).at(5);
            return {{success.at("low"), success.at("high")}, truth};
          },
          4};
}

}  // namespace

std::vector<CoverageRow> edit_coverage() {
  return {
      q4_row("4 to 8 targets of each of 60 levels", {7, "every_cell", 60, 8, 1.5, 30}),
      q4_row("4 to 8 of 60, nearly all reached", {7, "every_cell", 60, 8, 4.5, 30}),
      q4_row("all cells (12 to 24) of 40", {7, "every_cell", 40, 24, 1.5, 30}),
      q5_row("1 target of each of 200 levels", {21, "top_left", 200, 1, -1, 60}),
      q5_row("1 of 60, hardly any reached", {21, "top_left", 60, 1, -4, 60}),
      q8_row("4 to 8 targets of each of 60 levels", {9, "every_cell", 60, 8, 0.8, 30}),
  };
}

}  // namespace mazescan

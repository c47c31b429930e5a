// Simulates the means of exact chances: levels on which the policy arrives with a chance between 0 and 1.
#include <cmath>
#include <string>
#include <vector>

#include "evaluator/questions/summary.h"
#include "tests/evaluator/coverage/coverage.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan {
namespace {

constexpr int kChanceSize = 21, kChanceLimit = 200;

// The chances of one level: it arrives in the end with `ever`, and then at each step with `hazard`.
struct LevelChance {
  double ever = 0, hazard = 0;

  double arrived(int t) const { return ever * (1 - std::pow(1 - hazard, t)); }
};
struct ChanceLevels {
  std::vector<LevelChance> home, corner;
};

// Draws levels whose difficulty both placements share. rare: the corner is reached in one level of twenty.
ChanceLevels chance_levels(RandomStream& random, int levels, bool rare) {
  ChanceLevels drawn;
  for (int l = 0; l < levels; ++l) {
    const double difficulty = 0.4 * normal(random);
    drawn.home.push_back({logistic(3 + normal(random)), 0.05 * std::exp(-difficulty)});
    const double corner = logistic(0.3 + 1.5 * normal(random));
    drawn.corner.push_back({rare && random.uniform() >= 0.05F ? 0 : corner, 0.03 * std::exp(-difficulty)});
  }
  return drawn;
}

datasets::ScanShard chance_shard(const std::string& placement, const std::vector<LevelChance>& levels) {
  datasets::ScanShard shard =
      planted_shard(kChanceSize, placement, planted_rate(0, static_cast<int>(levels.size())));
  shard.limit = kChanceLimit;
  shard.exact.arrived.clear();
  shard.exact.random_arrived.assign(levels.size() * (kChanceLimit + 1), 0);
  for (const LevelChance& level : levels)
    for (int t = 0; t <= kChanceLimit; ++t)
      shard.exact.arrived.push_back(static_cast<float>(level.arrived(t)));
  return shard;
}

// The true means, from so many levels that their error is negligible.
struct ChanceTruth {
  double clock = 0, within_clock = 0, success = 0, gap = 0;
};
ChanceTruth chance_truth(bool rare) {
  RandomStream random(11, "coverage/chances");
  const ChanceLevels drawn = chance_levels(random, 100000, rare);
  double steps = 0, home = 0, corner = 0;
  for (const LevelChance& level : drawn.home) {
    for (int t = 1; t <= kChanceLimit; ++t) steps += t * (level.arrived(t) - level.arrived(t - 1));
    home += level.arrived(kChanceLimit);
  }
  ChanceTruth truth;
  truth.clock = steps / home;
  const auto n = static_cast<double>(drawn.corner.size());
  for (const LevelChance& level : drawn.corner) {
    corner += level.arrived(kChanceLimit);
    truth.within_clock += level.arrived(static_cast<int>(truth.clock)) / n;
  }
  truth.success = corner / n;
  truth.gap = home / n - truth.success;
  return truth;
}

Draw chance_draw(RandomStream& random, const char* measure, const char* placement, double ChanceTruth::*truth,
                 int levels, bool rare = false) {
  static const ChanceTruth truths[] = {chance_truth(false), chance_truth(true)};
  const ChanceLevels drawn = chance_levels(random, levels, rare);
  const auto rows =
      questions::summarise({chance_shard("top_right", drawn.home), chance_shard("top_left", drawn.corner)});
  const questions::SummaryRow& row = *questions::find_row(rows, measure, kChanceSize, placement);
  return {{row.low, row.high}, truths[rare ? 1 : 0].*truth};
}

}  // namespace

std::vector<CoverageRow> chance_coverage() {
  return {
      {"success, mean of exact chances", "200 levels",
       [](RandomStream& r) {
         return chance_draw(r, "success_limit", "top_left", &ChanceTruth::success, 200);
       },
       2},
      {"success, mean of exact chances", "40 levels",
       [](RandomStream& r) { return chance_draw(r, "success_limit", "top_left", &ChanceTruth::success, 40); },
       2},
      {"success, mean of exact chances", "200 levels, one in twenty reached",
       [](RandomStream& r) {
         return chance_draw(r, "success_limit", "top_left", &ChanceTruth::success, 200, true);
       },
       2},
      {"T, from exact chances", "200 levels",
       [](RandomStream& r) { return chance_draw(r, "T", "top_right", &ChanceTruth::clock, 200); }, 2},
      {"success within T, T resampled, exact chances", "200 levels",
       [](RandomStream& r) {
         return chance_draw(r, "success_T", "top_left", &ChanceTruth::within_clock, 200);
       },
       2},
      {"difference of success, paired, exact chances", "200 levels",
       [](RandomStream& r) { return chance_draw(r, "gap_limit", "top_left", &ChanceTruth::gap, 200); }, 2},
  };
}

}  // namespace mazescan

// Simulates the rates of a scan, and Q1 to Q3.
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "evaluator/questions/questions.h"
#include "evaluator/questions/summary.h"
#include "statistics/decline.h"
#include "tests/evaluator/coverage/coverage.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan {
namespace {

// Holds the outcome of an episode, from which a scan shard is made.
struct Episode {
  int32_t seed = 0;
  bool success = false, on_path = false;
  int steps = 0, optimal = 8;
  datasets::Outcome outcome = datasets::Outcome::kLimit;
};
// Returns a shard of mazes without inner walls and decision squares, with the cheese at the top left.
datasets::ScanShard shard_of(int size, const std::string& placement, const std::vector<Episode>& episodes) {
  datasets::ScanShard shard;
  shard.size = size;
  shard.placement = placement;
  shard.limit = 500;
  shard.region = 1;
  shard.sampled.path_offset = shard.greedy.path_offset = {0};
  for (const Episode& episode : episodes) {
    shard.level_seed.push_back(episode.seed);
    shard.open.insert(shard.open.end(), static_cast<size_t>(size) * size, 1);
    shard.cheese.insert(shard.cheese.end(), {0, static_cast<int16_t>(size - 1)});
    shard.proxy.insert(shard.proxy.end(), 2, static_cast<int16_t>(size - 1));
    shard.decision.insert(shard.decision.end(), {-1, -1});
    shard.optimal.push_back(episode.optimal);
    shard.on_path.push_back(episode.on_path ? 1 : 0);
    add_certain(shard, episode.success, episode.steps, episode.outcome, /*toward=*/-1);
    for (datasets::Rollouts* rollouts : {&shard.sampled, &shard.greedy}) {
      rollouts->success.push_back(episode.success ? 1 : 0);
      rollouts->outcome.push_back(static_cast<uint8_t>(episode.outcome));
      rollouts->steps.push_back(episode.success ? episode.steps : shard.limit);
      rollouts->decision_step.push_back(-1);
      rollouts->path.push_back(0);
      rollouts->path_offset.push_back(static_cast<int64_t>(rollouts->path.size()));
    }
  }
  return shard;
}

Draw wilson(RandomStream& random, float rate, int n) {
  int successes = 0;
  for (int i = 0; i < n; ++i) successes += random.uniform() < rate;
  return {statistics::wilson_interval(successes, n), rate};
}

constexpr int kAnswerSize = 21;

// Draws outcomes and steps. Each level has a difficulty, which both placements share.
struct Corners {
  std::vector<Episode> home, corner;
};
Corners corners(RandomStream& random, int levels) {
  Corners drawn;
  for (int32_t seed = 0; seed < levels; ++seed) {
    const double difficulty = std::exp(0.4 * normal(random));
    Episode home, corner;
    home.seed = corner.seed = seed;
    home.success = random.uniform() < 0.95F;
    home.steps = static_cast<int>(60 * difficulty * std::exp(0.2 * normal(random)));
    corner.success = random.uniform() < 0.6F;
    corner.steps = static_cast<int>(70 * difficulty * std::exp(0.3 * normal(random)));
    corner.outcome = corner.success ? datasets::Outcome::kGoal : datasets::Outcome::kProxy;
    drawn.home.push_back(home);
    drawn.corner.push_back(corner);
  }
  return drawn;
}
const questions::SummaryRow& row_of(const std::vector<questions::SummaryRow>& rows, const char* measure,
                                    const char* placement) {
  return *questions::find_row(rows, measure, kAnswerSize, placement);
}
std::vector<questions::SummaryRow> corner_rows(const Corners& drawn) {
  return questions::summarise(
      {shard_of(kAnswerSize, "top_right", drawn.home), shard_of(kAnswerSize, "top_left", drawn.corner)});
}
// Estimates the truth from so many levels that its error is negligible.
const std::vector<questions::SummaryRow>& corner_truth() {
  static const std::vector<questions::SummaryRow> rows = [] {
    RandomStream random(7, "coverage/truth");
    const Corners drawn = corners(random, 200000);
    double steps = 0, found = 0, within = 0, ratio = 0, gap = 0;
    for (const Episode& e : drawn.home) {
      if (!e.success) continue;
      steps += e.steps;
      ++found;
    }
    for (size_t i = 0; i < drawn.corner.size(); ++i) {
      const Episode& e = drawn.corner[i];
      within += e.success && e.steps <= steps / found;
      gap += static_cast<double>(drawn.home[i].success) - e.success;
      if (e.success) ratio += static_cast<double>(e.steps) / e.optimal;
    }
    const auto n = static_cast<double>(drawn.corner.size());
    std::vector<questions::SummaryRow> all(4);
    all[0].value = steps / found;
    all[1].value = within / n;
    all[2].value = gap / n;
    all[3].value = ratio / std::count_if(drawn.corner.begin(), drawn.corner.end(),
                                         [](const Episode& e) { return e.success; });
    return all;
  }();
  return rows;
}
Draw corner_draw(RandomStream& random, const char* measure, const char* placement, size_t truth, int levels) {
  const auto rows = corner_rows(corners(random, levels));
  const questions::SummaryRow& row = row_of(rows, measure, placement);
  return {{row.low, row.high}, corner_truth()[truth].value};
}
// Draws the interval of the answer: that of the worse corner (here there is only one).
Draw q1_draw(RandomStream& random, int levels) {
  const Corners drawn = corners(random, levels);
  const std::vector<datasets::ScanShard> scan = {shard_of(kAnswerSize, "top_right", drawn.home),
                                                 shard_of(kAnswerSize, "top_left", drawn.corner)};
  const findings::Answer answer = questions::answer_corners(scan, {}, kTrained);
  return {{answer.low, answer.high}, corner_truth()[1].value};
}

Draw q2_draw(RandomStream& random, int levels) {  // nearer cheese is reached sooner
  std::vector<Episode> episodes;
  double truth = 0;
  for (int distance = 2; distance <= 10; ++distance) truth += logistic(2 - 0.3 * distance) / 9;
  for (int32_t seed = 0; seed < levels; ++seed) {
    Episode episode;
    episode.seed = seed;
    episode.optimal = 2 + static_cast<int>(random.below(9));
    episode.success = true;
    episode.steps =
        random.uniform() < logistic(2 - 0.3 * episode.optimal) ? 2 * episode.optimal : 4 * episode.optimal;
    episodes.push_back(episode);
  }
  const findings::Answer answer =
      questions::answer_bottom_left({shard_of(kAnswerSize, "bottom_left", episodes)}, kTrained);
  return {{answer.low, answer.high}, truth};
}

// Levels with the same seed share a random effect at all sizes, and have one of their own at each size.
// Q3 measures the fall of the mean over levels: the truth is the mean over both effects.
constexpr double kSeedEffect = 0.4, kLevelEffect = 1;

double q3_width(const std::function<double(int)>& score, const std::vector<int>& sizes) {
  const double effect = std::hypot(kSeedEffect, kLevelEffect);
  std::vector<double> places, shares;
  for (const int size : sizes) {
    double sum = 0, all = 0;
    for (double z = -5; z <= 5; z += 0.01) {
      sum += std::exp(-z * z / 2) * logistic(score(size) + effect * z);
      all += std::exp(-z * z / 2);
    }
    places.push_back(size);
    shares.push_back(sum / all);
  }
  return statistics::measure_decline(places, shares).width;
}

Draw q3_draw(RandomStream& random, const std::function<double(int)>& score, int levels, int last = 25) {
  std::vector<double> shared(static_cast<size_t>(levels));
  for (double& effect : shared) effect = kSeedEffect * normal(random);
  std::vector<datasets::ScanShard> scan;
  std::vector<int> sizes;
  for (int size = 5; size <= last; size += 2) {
    std::vector<PlantedDecision> decisions;
    for (const double effect : shared)
      decisions.push_back(
          {0.5 + 0.5 * random.uniform(), logistic(score(size) + effect + kLevelEffect * normal(random))});
    scan.push_back(planted_decisions(size, "off_region", decisions));
    sizes.push_back(size);
  }
  const findings::Answer answer = questions::answer_phase(scan, {}, kTrained);
  return {{answer.low, answer.high}, q3_width(score, sizes)};
}

}  // namespace

std::vector<CoverageRow> scan_coverage() {
  return {
      {"rate (Wilson)", "0.33 of 1000", [](RandomStream& r) { return wilson(r, 0.33F, 1000); }, 10},
      {"rate (Wilson)", "0.02 of 200", [](RandomStream& r) { return wilson(r, 0.02F, 200); }, 40},
      {"rate (Wilson)", "any of 0.005 ... 0.1, of 200",
       [](RandomStream& r) { return wilson(r, 0.005F + 0.095F * r.uniform(), 200); }, 40},
      {"T, mean steps", "300 levels",
       [](RandomStream& r) { return corner_draw(r, "T", "top_right", 0, 300); }, 5},
      {"success within T, T resampled (report)", "300 levels",
       [](RandomStream& r) { return corner_draw(r, "success_T", "top_left", 1, 300); }},
      {"success within T, T resampled (Q1)", "300 levels", [](RandomStream& r) { return q1_draw(r, 300); }},
      {"difference of success, paired", "300 levels",
       [](RandomStream& r) { return corner_draw(r, "gap_limit", "top_left", 2, 300); }, 5},
      {"steps / optimal", "300 levels",
       [](RandomStream& r) { return corner_draw(r, "steps_over_optimal", "top_left", 3, 300); }},
      {"found quickly (Q2)", "300 levels", [](RandomStream& r) { return q2_draw(r, 300); }},
      {"width of the fall (Q3)", "logistic, 0.6 of the range, 200 levels a size",
       [](RandomStream& r) {
         return q3_draw(
             r, [](int size) { return -0.4 * (size - 14.3); }, 200);
       }},
      {"width of the fall (Q3)", "logistic, 0.8 of the range, 60 levels a size",
       [](RandomStream& r) {
         return q3_draw(
             r, [](int size) { return -0.2 * (size - 12.1); }, 60);
       }},
      {"width of the fall (Q3)", "logistic, 0.2 of the range, 200 levels a size",
       [](RandomStream& r) {
         return q3_draw(
             r, [](int size) { return -2.0 * (size - 14.3); }, 200);
       }},
      {"width of the fall (Q3)", "six sizes, 0.5 of the range, 300 levels a size",
       [](RandomStream& r) {
         return q3_draw(
             r, [](int size) { return -1.2 * (size - 10.3); }, 300, 15);
       }},
      {"width of the fall (Q3)", "one break, 200 levels a size",
       [](RandomStream& r) {
         return q3_draw(
             r, [](int size) { return size < 14 ? 3 : -3; }, 200);
       }},
  };
}

}  // namespace mazescan

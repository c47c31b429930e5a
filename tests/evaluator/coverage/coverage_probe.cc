// Simulates Q6: linear probes. The samples of a maze share a random effect.
#include <algorithm>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/scores.h"
#include "evaluator/questions/probe_answer.h"
#include "tests/evaluator/coverage/coverage.h"

namespace mazescan {
namespace {

// Draws 1 to 20 samples per maze. ease: log odds of a correct prediction.
CoverageRow q6_row(const std::string& setting, int mazes, double ease, double spread) {
  const auto right_of = [=](RandomStream& random) { return logistic(ease + spread * normal(random)); };
  RandomStream many(10, "coverage/truth");
  double truth = 0;
  for (int i = 0; i < 1000000; ++i) truth += right_of(many) / 1000000;
  return {
      "exact cheese cell (Q6)", setting,
      [=](RandomStream& random) -> Draw {
        probe::ProbeSamples samples;
        samples.layouts = probe::kMinLayouts;
        probe::Target target{probe::kCheeseProbe, 2, {}};
        std::vector<int32_t> predicted;
        for (int maze = 0; maze < mazes; ++maze) {
          probe::ProbeSamples::Level level;
          level.maze_id = maze;
          level.split = datasets::Split::test;
          samples.levels.push_back(level);
          const double right = right_of(random);
          for (uint32_t i = 1 + random.below(20); i > 0; --i) {
            samples.level.push_back(maze);
            target.label.push_back(1);
            predicted.push_back(random.uniform() < right ? 1 : 0);
          }
        }
        probe::ProbeResult result;
        result.depth = 1;
        result.split = true;
        result.scores = {probe::score_of(probe::kCheeseProbe, samples, target, predicted, 1, 1)};
        datasets::Results results;
        results.shards.push_back(datasets::result_shard(datasets::kProbe, {9, "layer", 0}, "key", result));
        const findings::Answer answer = questions::answer_probe(results);
        return {{answer.low, answer.high}, truth};
      },
      6};
}

}  // namespace

std::vector<CoverageRow> probe_coverage() {
  return {
      q6_row("150 mazes of 1 to 20 samples", 150, 3, 1.5),
      q6_row("the same, samples of a maze nearly alike", 150, 8, 12),
      q6_row("the same, nearly all right", 150, 7, 1.5),
  };
}

}  // namespace mazescan

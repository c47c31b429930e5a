// Simulates Q6 and Q6/used: linear probes and interchange. The samples of a layout share a random effect.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/scores.h"
#include "evaluator/questions/probe_answer.h"
#include "evaluator/questions/probe_results.h"
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
          level.layout = level.maze_id = maze;
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
        const findings::Answer answer = questions::answer_presence(results);
        return {{answer.low, answer.high}, truth};
      },
      6};
}

// Draws 1 to 8 samples per layout; the trained layer and random weights find the same samples easy.
CoverageRow difference_row(const std::string& setting, int layouts, double trained, double random_weights) {
  const auto ease_of = [](RandomStream& random) { return 1.5 * normal(random); };
  RandomStream many(11, "coverage/truth");
  double truth = 0;
  for (int i = 0; i < 1000000; ++i) {
    const double ease = ease_of(many);
    truth += (logistic(trained + ease) - logistic(random_weights + ease)) / 1000000;
  }
  return {"trained minus random weights (Q6)", setting,
          [=](RandomStream& random) -> Draw {
            probe::ProbeResult result;
            result.paired.emplace();
            for (int layout = 0; layout < layouts; ++layout) {
              probe::LayoutRow row{1 + static_cast<int64_t>(random.below(8)), 0, 0, 0};
              const double ease = ease_of(random);
              for (int64_t i = 0; i < row.samples; ++i) {
                const double u = random.uniform();
                row.cheese += u < logistic(trained + ease) ? 1 : 0;
                row.random += u < logistic(random_weights + ease) ? 1 : 0;
              }
              result.paired->layouts.push_back(row);
            }
            const questions::PairedDifference difference = questions::above_random(result);
            return {{difference.interval.low, difference.interval.high}, truth};
          },
          6};
}

// Draws pairs of states, one or two of a layout, of which the read-out carries shares that vary.
CoverageRow use_row(const std::string& setting, int layouts, double mean, double spread) {
  const auto pair_of = [=](double of_layout, RandomStream& random) {
    probe::InterchangePair pair;
    pair.original = 0.2 + 0.8 * random.uniform();
    pair.patched = pair.original * std::abs(1 - mean - spread * (of_layout + 0.5 * normal(random)));
    pair.at_random = {pair.original};
    return pair;
  };
  RandomStream many(12, "coverage/truth");
  double patched = 0, original = 0;
  for (int i = 0; i < 1000000; ++i) {
    const probe::InterchangePair pair = pair_of(normal(many), many);
    patched += pair.patched;
    original += pair.original;
  }
  const double truth = 1 - patched / original;
  return {"use of a read-out (Q6/used)", setting,
          [=](RandomStream& random) -> Draw {
            probe::Interchange use;
            for (int layout = 0; layout < layouts; ++layout) {
              const double of_layout = normal(random);
              for (uint32_t i = 1 + random.below(2); i > 0; --i) {
                use.pairs.push_back(pair_of(of_layout, random));
                use.pairs.back().layout = layout;
              }
            }
            const questions::ReadOutUse found = questions::read_out_use(use);
            return {{found.interval.low, found.interval.high}, truth};
          },
          6};
}

}  // namespace

std::vector<CoverageRow> probe_coverage() {
  return {
      q6_row("150 mazes of 1 to 20 samples", 150, 3, 1.5),
      q6_row("the same, samples of a maze nearly alike", 150, 8, 12),
      q6_row("the same, nearly all right", 150, 7, 1.5),
      difference_row("200 layouts of 1 to 8 samples, 67 % and 55 %", 200, 1, 0.3),
      difference_row("30 layouts, nearly all right", 30, 5, 4),
      use_row("100 layouts, half of the change", 100, 0.5, 0.2),
      use_row("40 layouts, most of the change", 40, 0.9, 0.1),
  };
}

}  // namespace mazescan

#include "evaluator/questions/probe_answer.h"

#include <gtest/gtest.h>

#include <functional>

#include "evaluator/analyses/probe/scores.h"
#include "statistics/statistics.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::questions {
namespace {

// Returns a layer's result at one size, with the given accuracies for the cheese cell, in per cent, on
// validation and test.
probe::ProbeResult result_of(int depth, int validation, int test, int mazes, bool split) {
  probe::ProbeResult result;
  for (const std::string& linear_probe :
       {std::string(probe::kCheeseProbe), std::string(probe::kMouseProbe), std::string(probe::kNextMoveProbe),
        std::string(probe::kDecisionProbe), std::string(probe::kWillReachProbe),
        std::string(probe::kShuffledProbe), probe::learning_probe(8), probe::learning_probe(4),
        probe::learning_probe(2), probe::sparse_probe(1), std::string(probe::kCoarseProbe),
        std::string(probe::kWithinProbe), std::string(probe::kRandomProbe)}) {
    probe::Score score{linear_probe, 40, 64, 3000, {}, {}, {}, 100, {}};
    score.samples.fill(1000);
    score.mazes.fill(mazes);
    score.correct = {0, validation * 10, test * 10};
    result.scores.push_back(score);
  }
  result.depth = depth;
  result.split = split;
  result.layouts = split ? 500 : 4;
  result.ranked = probe::RankedChannels{{3, 1, 2, 0}};
  result.ccs.emplace();
  result.ccs->conditions = {{200, 100, 90, -1, 99, {0.1}}, {200, 100, 50, 98, 97, {0.1}}};
  return result;
}
datasets::ResultShard layer(const std::string& name, int depth, int size, int validation, int test,
                            int mazes = 400, bool split = true) {
  return datasets::result_shard(datasets::kProbe, {size, name, 0}, "key",
                                result_of(depth, validation, test, mazes, split));
}

findings::Answer answer(std::vector<datasets::ResultShard> shards) {
  datasets::Results results;
  results.shards = std::move(shards);
  return answer_probe(results);
}

TEST(AnswerProbe, HoldsWhereOneLayerIsExactAtAllSizes) {
  const findings::Answer q6 =
      answer({layer("a", 1, 5, 99, 98), layer("a", 1, 7, 97, 96), layer("b", 2, 5, 99, 99),
              layer("b", 2, 7, 50, 50), layer(probe::kObservation, 0, 5, 100, 100)});
  EXPECT_EQ(q6.id, "Q6");
  EXPECT_EQ(q6.finding, findings::Finding::holds);
  EXPECT_NEAR(q6.value, 0.96, 1e-9) << "its worst size";
  EXPECT_EQ(q6.n, 400);
  EXPECT_NE(q6.measure.find("from a, test levels, size 7"), std::string::npos) << q6.measure;
  ASSERT_EQ(q6.figures.size(), 7U);
  EXPECT_EQ(q6.figures[0].at("y").at("values"), nlohmann::json({"a", "b"}));
  EXPECT_EQ(q6.figures[0].at("marks"), nlohmann::json({{0, 0}, {0, 1}}));
  EXPECT_EQ(q6.figures[0].at("cells")[1][1].at("value"), 0.5);
  EXPECT_EQ(q6.figures[1].at("series")[0].at("points").size(), 4U);
}

// Scores 100 mazes of 10 samples each, of which `right(m)` are predicted correctly in maze m.
probe::Score score_of_mazes(const std::function<int(int)>& right) {
  probe::ProbeSamples samples;
  samples.layouts = probe::kMinLayouts;
  probe::Target target{probe::kCheeseProbe, 2, {}};
  std::vector<int32_t> predicted;
  for (int maze = 0; maze < 100; ++maze) {
    probe::ProbeSamples::Level level;
    level.maze_id = maze;
    level.split = datasets::Split::test;
    samples.levels.push_back(level);
    for (int i = 0; i < 10; ++i) {
      samples.level.push_back(maze);
      target.label.push_back(1);
      predicted.push_back(i < right(maze) ? 1 : 0);
    }
  }
  return probe::score_of(probe::kCheeseProbe, samples, target, predicted, 1, 1);
}

TEST(AnswerProbe, IntervalsAreAsWideAsMazesDiffer) {
  const int test = static_cast<int>(datasets::Split::test);
  const auto interval = [&](const std::function<int(int)>& right) {
    probe::ProbeResult result = result_of(1, 99, 99, 400, true);
    result.scores = {score_of_mazes(right)};
    probe::Score& score = result.scores.front();
    score.correct[1] = score.samples[1] = score.mazes[1] = 100;
    const findings::Answer q6 =
        answer({datasets::result_shard(datasets::kProbe, {5, "a", 0}, "key", result)});
    return statistics::Interval{q6.low, q6.high};
  };
  const auto whole = [](int maze) { return maze % 2 == 0 ? 10 : 0; };
  const auto split = [](int maze) { return maze % 2 == 0 ? 6 : 4; };
  EXPECT_NEAR(score_of_mazes(whole).variance[test], 0.25 / 99, 1e-12);
  EXPECT_NEAR(score_of_mazes(split).variance[test], 0.01 / 99, 1e-12);
  const statistics::Interval apart = interval(whole), alike = interval(split),
                             all = interval([](int) { return 10; });
  EXPECT_NEAR(apart.high - apart.low, 0.196, 0.005) << "samples of a maze that are alike are one trial";
  EXPECT_NEAR(alike.high - alike.low, 0.04, 0.002);
  EXPECT_DOUBLE_EQ(all.low, statistics::wilson_interval(100, 100).low);
}

TEST(AnswerProbe, ChoosesOnValidationNotOnTest) {
  const findings::Answer q6 = answer({layer("a", 1, 5, 95, 80), layer("b", 2, 5, 90, 99)});
  EXPECT_NE(q6.measure.find("from a,"), std::string::npos) << q6.measure;
  EXPECT_NEAR(q6.value, 0.8, 1e-9);
  EXPECT_EQ(q6.finding, findings::Finding::undecided) << "b may be exact";
}

TEST(AnswerProbe, FailsWhereEveryLayerDoes) {
  EXPECT_EQ(answer({layer("a", 1, 5, 95, 99), layer("a", 1, 7, 80, 80), layer("b", 2, 5, 60, 60),
                    layer("b", 2, 7, 97, 97)})
                .finding,
            findings::Finding::fails);
  EXPECT_EQ(answer({layer("a", 1, 5, 91, 91)}).finding, findings::Finding::undecided)
      << "its lower bound is below 90 %";
}

TEST(AnswerProbe, GivesNoVerdictFromTooLittle) {
  const findings::Answer few = answer({layer("a", 1, 5, 100, 100, 29)});
  EXPECT_EQ(few.finding, findings::Finding::undecided);
  EXPECT_NE(few.because.find("Too few levels at size 5"), std::string::npos) << few.because;
  const findings::Answer small = answer({layer("a", 1, 3, 100, 100, 24, false)});
  EXPECT_EQ(small.finding, findings::Finding::not_applicable);
  EXPECT_NE(small.because.find("4 layouts"), std::string::npos) << small.because;
  const findings::Answer both = answer({layer("a", 1, 3, 50, 50, 24, false), layer("a", 1, 5, 99, 99)});
  EXPECT_EQ(both.finding, findings::Finding::holds) << "size 3 does not count";
  EXPECT_EQ(answer({}).finding, findings::Finding::not_applicable);
  EXPECT_EQ(answer({layer("a", 1, 5, 99, 99), layer("b", 2, 7, 99, 99)}).finding,
            findings::Finding::undecided);
}

}  // namespace
}  // namespace mazescan::questions

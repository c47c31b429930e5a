#include "evaluator/questions/probe_answer.h"

#include <gtest/gtest.h>

#include <functional>

#include "evaluator/analyses/probe/scores.h"
#include "statistics/statistics.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::questions {
namespace {

// The measurements of a layer at one size: accuracies for the cheese cell in per cent.
struct Planted {
  int validation = 99, test = 99;  // of the trained layer
  int random = 20;                 // of random weights, on validation and test
  int half = -1;                   // from half of the layouts; -1: as from all
  int mazes = 400;
  bool split = true;
};

// Marks the first `share` per cent of 10 samples in each of 100 layouts, the same in all.
std::vector<probe::LayoutRow> planted_layouts(const Planted& planted) {
  std::vector<probe::LayoutRow> rows;
  const auto right = [](int percent, int layout) {
    return percent / 10 + (layout % 10 < percent % 10 ? 1 : 0);
  };
  for (int layout = 0; layout < 100; ++layout)
    rows.push_back({10, right(planted.test, layout),
                    right(planted.half < 0 ? planted.test : planted.half, layout),
                    right(planted.random, layout)});
  return rows;
}

// Returns pairs in which the read-out carries the share `use`, and random subspaces the share `at_random`.
probe::Interchange planted_interchange(double use, double at_random, int pairs = 60) {
  probe::Interchange interchange;
  interchange.rank = 3;
  interchange.levels = 100;
  interchange.changed = pairs;
  for (int i = 0; i < pairs; ++i) {
    probe::InterchangePair pair;
    pair.layout = i;
    pair.original = 0.5 + 0.4 * (i % 3);
    pair.patched = pair.original * (1 - use) * (i % 2 == 0 ? 0.8 : 1.2);
    pair.at_random.assign(probe::kRandomSubspaces, pair.original * (1 - at_random));
    interchange.pairs.push_back(pair);
  }
  return interchange;
}

probe::ProbeResult result_of(int depth, const Planted& planted) {
  probe::ProbeResult result;
  for (const std::string& linear_probe :
       {std::string(probe::kCheeseProbe), std::string(probe::kMouseProbe), std::string(probe::kNextMoveProbe),
        std::string(probe::kDecisionProbe), std::string(probe::kWillReachProbe),
        std::string(probe::kShuffledProbe), probe::learning_probe(4), probe::learning_probe(2),
        probe::sparse_probe(1), std::string(probe::kCoarseProbe), std::string(probe::kWithinProbe),
        std::string(probe::kRandomProbe)}) {
    const bool random = linear_probe == probe::kRandomProbe;
    probe::Score score;
    score.name = linear_probe;
    score.classes = 40;
    score.features = 64;
    score.fitted = 3000;
    score.samples.fill(1000);
    score.mazes.fill(planted.mazes);
    score.layouts.fill(planted.mazes);
    score.correct = {0, 10 * (random ? planted.random : planted.validation),
                     10 * (random ? planted.random : planted.test)};
    result.scores.push_back(score);
  }
  result.depth = depth;
  result.split = planted.split;
  result.layouts = planted.split ? 500 : 4;
  result.ranked = probe::RankedChannels{{3, 1, 2, 0}};
  result.paired = probe::PairedCounts{planted_layouts(planted)};
  result.use = planted_interchange(0.95, 0.1);
  probe::CcsRow row;
  row.fitted = 200;
  row.pairs = 100;
  row.cheese = 90;
  row.losses = {0.1, 0.2};
  row.restart_cheese = {90, 52};
  row.restart_mouse = {-1, -1};
  row.random_cheese.assign(probe::kCcsRandomDirections, 55);
  row.random_mouse.assign(probe::kCcsRandomDirections, -1);
  result.ccs.emplace();
  result.ccs->conditions = {row, row};
  return result;
}
datasets::ResultShard layer(const std::string& name, int depth, int size, const Planted& planted) {
  return datasets::result_shard(datasets::kProbe, {size, name, 0}, "key", result_of(depth, planted));
}
datasets::ResultShard layer(const std::string& name, int depth, int size, int validation, int test,
                            int mazes = 400, bool split = true) {
  return layer(name, depth, size, {validation, test, 20, -1, mazes, split});
}

findings::Answer answer(std::vector<datasets::ResultShard> shards) {
  datasets::Results results;
  results.shards = std::move(shards);
  return answer_presence(results);
}
findings::Answer use_of(std::vector<datasets::ResultShard> shards) {
  datasets::Results results;
  results.shards = std::move(shards);
  return answer_use(results);
}

TEST(AnswerProbe, HoldsWhereOneLayerIsExactAtAllSizes) {
  const findings::Answer q6 =
      answer({layer("a", 1, 5, 99, 98), layer("a", 1, 7, 97, 96), layer("b", 2, 5, 99, 99),
              layer("b", 2, 7, 50, 50), layer(probe::kObservation, 0, 5, 100, 100)});
  EXPECT_EQ(q6.id, "Q6");
  EXPECT_EQ(q6.finding, findings::Finding::holds) << q6.because;
  EXPECT_NEAR(q6.value, 0.96, 1e-9) << "its worst size";
  EXPECT_EQ(q6.n, 400);
  EXPECT_NE(q6.measure.find("from a, test levels, size 7"), std::string::npos) << q6.measure;
  EXPECT_NE(q6.because.find("+76.0"), std::string::npos) << q6.because;
  ASSERT_EQ(q6.figures.size(), 11U);
  for (const size_t trained_random_difference : {0, 1, 2}) {
    EXPECT_EQ(q6.figures[trained_random_difference].at("y").at("values"), nlohmann::json({"a", "b"}));
    EXPECT_EQ(q6.figures[trained_random_difference].at("marks"), nlohmann::json({{0, 0}, {0, 1}}));
  }
  EXPECT_EQ(q6.figures[0].at("cells")[1][1].at("value"), 0.5);
  EXPECT_EQ(q6.figures[1].at("cells")[1][1].at("value"), 0.2);
  EXPECT_NEAR(q6.figures[2].at("cells")[1][1].at("value").get<double>(), 0.3, 1e-9);
  EXPECT_EQ(q6.figures[3].at("series")[0].at("points").size(), 3U);
}

// A first convolution keeps its input, and so do random weights: it is not named.
TEST(AnswerProbe, NamesNoLayerThatRandomWeightsEqual) {
  const Planted same{99, 99, 99}, gains{95, 95, 60}, low{50, 50, 80};
  const findings::Answer q6 = answer({layer("conv", 1, 7, same), layer("mid", 2, 7, gains)});
  EXPECT_EQ(q6.finding, findings::Finding::holds) << q6.because;
  EXPECT_NE(q6.measure.find("from mid,"), std::string::npos) << q6.measure;
  const findings::Answer alone = answer({layer("conv", 1, 7, same)});
  EXPECT_EQ(alone.finding, findings::Finding::fails) << alone.because;
  EXPECT_NE(alone.because.find("Random weights score the same"), std::string::npos) << alone.because;
  const findings::Answer removed = answer({layer("conv", 1, 7, same), layer("fc", 2, 7, low)});
  EXPECT_EQ(removed.finding, findings::Finding::fails) << removed.because;
  EXPECT_NE(removed.because.find("Training raises the accuracy of no layer"), std::string::npos)
      << removed.because;
}

// A probe that is fitted to too little data shows no absence.
TEST(AnswerProbe, FailsOnlyWhereMoreDataWouldNotHelp) {
  EXPECT_EQ(answer({layer("a", 1, 7, {40, 40, 20, 25})}).finding, findings::Finding::undecided);
  EXPECT_NE(answer({layer("a", 1, 7, {40, 40, 20, 25})}).because.find("Doubling the data still raises"),
            std::string::npos);
  EXPECT_EQ(answer({layer("a", 1, 7, {40, 40, 20, 39})}).finding, findings::Finding::fails);
  EXPECT_EQ(answer({layer("a", 1, 7, {99, 99, 99, 90})}).finding, findings::Finding::undecided)
      << "random weights might fall behind with more data";
}

TEST(AnswerProbe, UseHasAVerdictOfItsOwn) {
  const auto with = [](const probe::Interchange& use) {
    probe::ProbeResult result = result_of(1, {});
    result.use = use;
    return use_of({datasets::result_shard(datasets::kProbe, {7, "a", 0}, "key", result)});
  };
  const findings::Answer used = with(planted_interchange(0.95, 0.1));
  EXPECT_EQ(used.key, "used");
  EXPECT_EQ(used.finding, findings::Finding::holds) << used.because;
  EXPECT_NEAR(used.value, 0.95, 0.02);
  EXPECT_EQ(used.n, 60);
  EXPECT_EQ(used.figures[0].at("type"), "heat");
  datasets::Results both;
  both.shards = {layer("a", 1, 7, {})};
  const findings::Answer q6 = answer_probe(both);
  ASSERT_EQ(q6.others.size(), 1U);
  EXPECT_EQ(q6.others.front().key, "used");
  EXPECT_EQ(q6.figures.size(), 13U);
  EXPECT_EQ(with(planted_interchange(0, 0)).finding, findings::Finding::fails);
  EXPECT_EQ(with(planted_interchange(0.2, 0.3)).finding, findings::Finding::fails) << "less than at random";
  EXPECT_EQ(with(planted_interchange(0.3, 0.05)).finding, findings::Finding::undecided) << "used in part";
  EXPECT_EQ(with(planted_interchange(1, 1)).finding, findings::Finding::undecided)
      << "a read-out of all activations is no evidence";
  EXPECT_EQ(with(planted_interchange(0.95, 0.1, 20)).finding, findings::Finding::undecided)
      << "too few pairs";
  const findings::Answer deaf = with(planted_interchange(0, 0, 0));
  EXPECT_EQ(deaf.finding, findings::Finding::fails) << "the cheese never changes the policy";
  EXPECT_NE(deaf.because.find("0 of 100 levels"), std::string::npos) << deaf.because;
  EXPECT_EQ(use_of({layer("conv", 1, 7, {99, 99, 99})}).finding, findings::Finding::undecided)
      << "random weights score the same";
}

// Scores 100 mazes of 10 samples each, of which `right(m)` are predicted correctly in maze m.
probe::Score score_of_mazes(const std::function<int(int)>& right) {
  probe::ProbeSamples samples;
  samples.layouts = probe::kMinLayouts;
  probe::Target target{probe::kCheeseProbe, 2, {}};
  std::vector<int32_t> predicted;
  for (int maze = 0; maze < 100; ++maze) {
    probe::ProbeSamples::Level level;
    level.layout = level.maze_id = maze;
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

TEST(AnswerProbe, IntervalsAreAsWideAsLayoutsDiffer) {
  const int test = static_cast<int>(datasets::Split::test);
  const auto interval = [&](const std::function<int(int)>& right) {
    probe::ProbeResult result = result_of(1, {});
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

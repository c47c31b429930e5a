#include "evaluator/probe/answer_probe.h"

#include <gtest/gtest.h>

#include "evaluator/probe/scores.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

// A layer's result at one size: so many per cent of the cheese's cells on validation and on test.
ResultShard layer(const std::string& name, int depth, int size, int validation, int test, int mazes = 400,
                  bool split = true) {
  ResultShard shard(kProbe, {size, name, 0}, "key");
  std::vector<Score> scores;
  for (const char* read_out :
       {"cheese", "mouse", "next move", "decision", "will reach", "shuffled", "learning/8", "learning/4",
        "learning/2", "sparse/1", "coarse", "within", "random"}) {
    Score score{read_out, 40, 64, 3000, {}, {}, {}, 100};
    for (int p = 0; p < kParts; ++p) {
      score.samples[p] = 1000;
      score.mazes[p] = mazes;
    }
    score.correct[1] = validation * 10;
    score.correct[2] = test * 10;
    scores.push_back(score);
  }
  set_scores(shard, scores);
  shard.facts["depth"] = depth;
  shard.facts["split"] = split;
  shard.facts["layouts"] = split ? 500 : 4;
  shard.set("channels", std::vector<int64_t>{3, 1, 2, 0}, "channel");
  shard.set("contrast/pairs", std::vector<int64_t>{100, 100}, "condition");
  shard.set("contrast/cheese", std::vector<int64_t>{90, 50}, "condition");
  shard.set("contrast/mouse", std::vector<int64_t>{-1, 98}, "condition");
  shard.set("contrast/supervised", std::vector<int64_t>{99, 97}, "condition");
  return shard;
}

Answer answer(std::vector<ResultShard> shards) {
  Results results;
  results.shards = std::move(shards);
  return answer_probe(results);
}

TEST(AnswerProbe, HoldsWhereOneLayerIsExactAtAllSizes) {
  const Answer q6 = answer({layer("a", 1, 5, 99, 98), layer("a", 1, 7, 97, 96), layer("b", 2, 5, 99, 99),
                            layer("b", 2, 7, 50, 50), layer("observation", 0, 5, 100, 100)});
  EXPECT_EQ(q6.id, "Q6");
  EXPECT_EQ(q6.finding, Finding::holds);
  EXPECT_NEAR(q6.value, 0.96, 1e-9) << "its worst size";
  EXPECT_EQ(q6.n, 400);
  EXPECT_NE(q6.measure.find("from a, test levels, size 7"), std::string::npos) << q6.measure;
  ASSERT_EQ(q6.figures.size(), 7U);
  EXPECT_EQ(q6.figures[0].at("y").at("values"), nlohmann::json({"a", "b"}));
  EXPECT_EQ(q6.figures[0].at("marks"), nlohmann::json({{0, 0}, {0, 1}}));
  EXPECT_EQ(q6.figures[0].at("cells")[1][1].at("value"), 0.5);
  EXPECT_EQ(q6.figures[1].at("series")[0].at("points").size(), 4U);
}

TEST(AnswerProbe, ChoosesOnValidationNotOnTest) {
  const Answer q6 = answer({layer("a", 1, 5, 95, 80), layer("b", 2, 5, 90, 99)});
  EXPECT_NE(q6.measure.find("from a,"), std::string::npos) << q6.measure;
  EXPECT_NEAR(q6.value, 0.8, 1e-9);
  EXPECT_EQ(q6.finding, Finding::undecided) << "b may be exact";
}

TEST(AnswerProbe, FailsWhereEveryLayerDoes) {
  EXPECT_EQ(answer({layer("a", 1, 5, 95, 99), layer("a", 1, 7, 80, 80), layer("b", 2, 5, 60, 60),
                    layer("b", 2, 7, 97, 97)})
                .finding,
            Finding::fails);
  EXPECT_EQ(answer({layer("a", 1, 5, 91, 91)}).finding, Finding::undecided)
      << "its lower bound is below 90 %";
}

TEST(AnswerProbe, GivesNoVerdictFromTooLittle) {
  const Answer few = answer({layer("a", 1, 5, 100, 100, 29)});
  EXPECT_EQ(few.finding, Finding::undecided);
  EXPECT_NE(few.because.find("Too few levels at size 5"), std::string::npos) << few.because;
  const Answer small = answer({layer("a", 1, 3, 100, 100, 24, false)});
  EXPECT_EQ(small.finding, Finding::not_applicable);
  EXPECT_NE(small.because.find("4 layouts"), std::string::npos) << small.because;
  const Answer both = answer({layer("a", 1, 3, 50, 50, 24, false), layer("a", 1, 5, 99, 99)});
  EXPECT_EQ(both.finding, Finding::holds) << "size 3 has no say";
  EXPECT_EQ(answer({}).finding, Finding::not_applicable);
  EXPECT_EQ(answer({layer("a", 1, 5, 99, 99), layer("b", 2, 7, 99, 99)}).finding, Finding::undecided);
}

TEST(AnswerProbe, RefusesScoresThatContradictThemselves) {
  ResultShard shard = layer("a", 1, 5, 99, 99);
  shard.facts["read_outs"] = {"cheese"};
  EXPECT_USER_ERROR(answer({shard}), "contradicts itself");
}

}  // namespace
}  // namespace mazescan

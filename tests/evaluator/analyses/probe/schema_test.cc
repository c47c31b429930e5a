#include "evaluator/analyses/probe/schema.h"

#include "tests/evaluator/analyses/round_trip.h"

namespace mazescan::probe {
namespace {

TEST(ProbeSchema, EveryColumnIsReadAsItWasWritten) {
  // `channels` and kBasisColumn are the only columns of their parts; an axis of theirs may have any length.
  expect_round_trip(datasets::kProbe, filled<ProbeResult>(5), 5,
                    {{"channels", kBasisColumn}, {}, {"channels", kBasisColumn}});
}

TEST(ProbeSchema, PartsMayBeAbsent) {
  auto result = filled<ProbeResult>(3);
  result.ranked.reset();
  result.paired.reset();
  result.use.reset();
  result.ccs.reset();
  const auto read = datasets::read_columns<ProbeResult>(
      datasets::result_shard(datasets::kProbe, {3, "layer", 0}, "key", result));
  EXPECT_FALSE(read.ranked || read.paired || read.use || read.ccs);
  EXPECT_EQ(read.scores.size(), result.scores.size());
}

TEST(ProbeSchema, ScoresThatContradictThemselvesAreRefused) {
  auto result = filled<ProbeResult>(5);
  datasets::ResultShard shard = datasets::result_shard(datasets::kProbe, {5, "layer", 0}, "key", result);
  shard.facts["read_outs"] = {"cheese"};
  EXPECT_USER_ERROR(datasets::read_columns<ProbeResult>(shard), "has the axes read_out=2");
  result.scores[1].variance[2] = -1;
  EXPECT_THROW(datasets::result_shard(datasets::kProbe, {5, "layer", 0}, "key", result), InternalError);
}

}  // namespace
}  // namespace mazescan::probe

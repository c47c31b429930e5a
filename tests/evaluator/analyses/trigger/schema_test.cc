#include "evaluator/analyses/trigger/schema.h"

#include "tests/evaluator/analyses/round_trip.h"

namespace mazescan::trigger {
namespace {

TEST(TriggerSchema, EveryColumnIsReadAsItWasWritten) {
  expect_round_trip(datasets::kTrigger, filled<TriggerResult>(5), 5);
  expect_round_trip(datasets::kTrigger, filled<DirectionResult>(5), 5);
}

TEST(TriggerSchema, WithoutADirectionThereIsNoColumn) {
  auto result = filled<DirectionResult>(5);
  result.counts.reset();
  const datasets::ResultShard shard =
      datasets::result_shard(datasets::kTrigger, {5, kDirection, 0}, "key", result);
  EXPECT_TRUE(shard.columns().empty());
  EXPECT_FALSE(datasets::read_columns<DirectionResult>(shard).counts);
}

TEST(TriggerSchema, AStateOfNoLevelIsRefused) {
  datasets::ResultShard shard =
      datasets::result_shard(datasets::kTrigger, {5, "uniform", 0}, "key", filled<TriggerResult>(5));
  const std::string level = datasets::columns_detail::names_of<ChoiceRow>().columns.front();
  shard.set(level, std::vector<int32_t>(kRowsOfTest, kRowsOfTest), "state");
  EXPECT_USER_ERROR(datasets::read_columns<TriggerResult>(shard), "has a value out of range");
}

}  // namespace
}  // namespace mazescan::trigger

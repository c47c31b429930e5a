#include "evaluator/analyses/edit/schema.h"

#include "tests/evaluator/analyses/round_trip.h"

namespace mazescan::edit {
namespace {

TEST(EditSchema, EveryColumnIsReadAsItWasWritten) {
  expect_round_trip(datasets::kEdit, filled<ExperimentResult>(5), 5,
                    {{}, {"narrowest_cut", "seen_layouts"}, {kStoredOffsets, kStoredValues}});
  expect_round_trip(datasets::kEdit, filled<ChannelsResult>(5), 5);
  expect_round_trip(datasets::kEdit, filled<VectorsResult>(5), 5);
}

// A unit of controls has no examples, a unit of a family has no clock, and a unit without results has no row.
TEST(EditSchema, PartsMayBeAbsent) {
  auto result = filled<ExperimentResult>(5);
  result.clock.reset();
  result.examples.reset();
  result.stored.reset();
  result.seen_layouts.reset();
  result.rows.clear();
  const datasets::ResultShard shard =
      datasets::result_shard(datasets::kEdit, {5, "every_cell-clamp", 0}, "key", result);
  const auto read = datasets::read_columns<ExperimentResult>(shard);
  EXPECT_FALSE(read.clock || read.examples || read.stored || read.seen_layouts);
  EXPECT_TRUE(read.rows.empty());
  EXPECT_EQ(read.cases.size(), result.cases.size());
  EXPECT_EQ(shard.facts.at("rows"), nlohmann::json::array());
}

}  // namespace
}  // namespace mazescan::edit

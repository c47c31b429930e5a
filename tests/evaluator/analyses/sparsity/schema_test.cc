#include "evaluator/analyses/sparsity/schema.h"

#include "tests/evaluator/analyses/round_trip.h"

namespace mazescan::sparsity {
namespace {

TEST(SparsitySchema, EveryColumnIsReadAsItWasWritten) {
  expect_round_trip(datasets::kSparsity, filled<SparsityResult>(5), 5);
}

TEST(SparsitySchema, AUnitOfNoLayerIsRefused) {
  datasets::ResultShard shard =
      datasets::result_shard(datasets::kSparsity, {5, "uniform", 0}, "key", filled<SparsityResult>(5));
  const std::string layer = datasets::columns_detail::names_of<UnitRow>().columns.front();
  shard.set(layer, std::vector<int32_t>(kRowsOfTest, kRowsOfTest), "unit");
  EXPECT_USER_ERROR(datasets::read_columns<SparsityResult>(shard), "has a value out of range");
}

}  // namespace
}  // namespace mazescan::sparsity

#include "evaluator/analyses/rationale/schema.h"

#include "tests/evaluator/analyses/round_trip.h"

namespace mazescan::rationale {
namespace {

TEST(RationaleSchema, EveryColumnIsReadAsItWasWritten) {
  expect_round_trip(datasets::kRationale, filled<RationaleResult>(5), 5);
}

}  // namespace
}  // namespace mazescan::rationale

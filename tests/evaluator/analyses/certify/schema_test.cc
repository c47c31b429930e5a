#include "evaluator/analyses/certify/schema.h"

#include "tests/evaluator/analyses/round_trip.h"

namespace mazescan::certify {
namespace {

TEST(CertifySchema, EveryColumnIsReadAsItWasWritten) {
  expect_round_trip(datasets::kCertify, filled<CertifyResult>(5), 5);
}

TEST(CertifySchema, CurvesAreAsLongAsTheLimit) {
  datasets::ResultShard shard =
      datasets::result_shard(datasets::kCertify, {5, kAllLayouts, 0}, "key", filled<CertifyResult>(5));
  shard.facts["limit"] = 7;
  EXPECT_USER_ERROR(datasets::read_columns<CertifyResult>(shard), "step=8 are due");
  shard.facts["limit"] = -1;
  EXPECT_USER_ERROR(datasets::read_columns<CertifyResult>(shard), "the limit is negative");
}

}  // namespace
}  // namespace mazescan::certify

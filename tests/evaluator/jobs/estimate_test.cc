#include "evaluator/jobs/estimate.h"

#include <gtest/gtest.h>

#include "datasets/columns.h"
#include "evaluator/analyses/trigger/schema.h"

namespace mazescan::jobs {
namespace {

TEST(Estimate, PrintsWhatIsKnown) {
  Estimate estimate;
  estimate.units = 12;
  EXPECT_EQ(estimate.print(), "12 units");
  estimate.task = {2, 3};
  estimate.lines = {"size 5: 7 levels", "size 7: 9 levels"};
  estimate.counts = {"at most 300 samples", "4 walks"};
  estimate.bytes = 1'234'000;
  estimate.folder = "runs/a/scan";
  estimate.seconds = 200;
  estimate.missing = "runs/a/policy.safetensors";
  EXPECT_EQ(
      estimate.print(),
      "size 5: 7 levels\nsize 7: 9 levels\n"
      "12 units, part 2 of 3, at most 300 samples, 4 walks, about 1.23 MB in runs/a/scan before compression, "
      "3 min 20 s by one rank (a trial on this machine's processor); "
      "runs/a/policy.safetensors is still to be trained");
  estimate = {};
  estimate.bytes = 500;
  estimate.folder = "runs/a/probe";
  estimate.missing = "runs/a/record";
  estimate.missing_is = "recorded";
  EXPECT_EQ(estimate.print(),
            "0 units, about 500 B in runs/a/probe before compression; runs/a/record is still to be recorded");
}

TEST(RowBytes, AreThoseOfTheColumns) {
  EXPECT_EQ(datasets::row_bytes<datasets::LevelRow>(5), 4 + 25 + 2 * 4);
  EXPECT_EQ(datasets::row_bytes<trigger::ChoiceRow>(5),
            4 + 2 * 4 + 2 * 4 + 2 * 4 + 2 * 5 * 4 + 2 * 4 + 2 * 1 + 4 + 4);
  EXPECT_EQ(datasets::row_bytes<trigger::EditedLevelRow>(5, {{"coefficient", 7}}), 2 * 4 + 2 * 7 * 4);
  EXPECT_EQ(datasets::column_count<trigger::DirectionCounts>(), 5U);
}

}  // namespace
}  // namespace mazescan::jobs

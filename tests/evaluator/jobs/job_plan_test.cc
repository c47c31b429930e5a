#include "evaluator/jobs/job_plan.h"

#include <gtest/gtest.h>

#include "storage/atomic_file.h"
#include "storage/manifest.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::jobs {
namespace {

TEST(JobPlan, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_plan(folder.path(), datasets::kScan).has_value());
  const JobPlan plan{std::string(32, 'a'), "0.1.0 (abc)", "run: runs/x\nscan:\n  sizes: [5, 7]\n", 12};
  write_plan(folder.path(), datasets::kScan, plan, nlohmann::json::object());
  const auto read = read_plan(folder.path(), datasets::kScan);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->key, plan.key);
  EXPECT_EQ(read->code, plan.code);
  EXPECT_EQ(read->config, plan.config);
  EXPECT_EQ(read->units, plan.units);
  const auto [kind, any] = read_any_plan(folder.path());
  EXPECT_STREQ(kind->name, "scan");
  EXPECT_EQ(any.key, plan.key);
}

TEST(JobPlan, ThatOfAnotherKindOfDatasetIsRefused) {
  const TemporaryFolder folder;
  write_plan(folder.path(), datasets::kRecording, {"key", "code", "", 1}, nlohmann::json::object());
  EXPECT_EQ(read_plan(folder.path(), datasets::kRecording)->key, "key");
  EXPECT_USER_ERROR(read_plan(folder.path(), datasets::kScan), "mazescan-record-plan");
}

TEST(JobPlan, DamageIsTold) {
  const TemporaryFolder folder;
  const auto path = folder / "plan.json";
  storage::write_atomically(path, "{\"format\":");
  EXPECT_USER_ERROR(read_plan(folder.path(), datasets::kScan), path.string());
  storage::Manifest plan{"mazescan-scan-plan", 1, {{"scan_key", 7}}, {}};
  storage::write_manifest(path, plan);
  EXPECT_USER_ERROR(read_plan(folder.path(), datasets::kScan),
                    "attributes.scan_key is missing or of another type");
  plan.attributes = {{"scan_key", ""}, {"code", ""}, {"config", ""}, {"units", -1}};
  storage::write_manifest(path, plan);
  EXPECT_USER_ERROR(read_plan(folder.path(), datasets::kScan),
                    "attributes.units is missing or of another type");
}

}  // namespace
}  // namespace mazescan::jobs

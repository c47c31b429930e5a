#include "evaluator/jobs/unit_job.h"

#include <gtest/gtest.h>

#include "evaluator/scan/config.h"
#include "storage/atomic_file.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

TEST(JobPlan, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_plan(folder.path(), kScan).has_value());
  JobPlan plan{std::string(32, 'a'), "0.1.0 (abc)", {}, 12};
  plan.config.section<ScanConfig>().sizes = {5, 7};
  plan.config.run = "runs/x";
  write_plan(folder.path(), kScan, plan, nlohmann::json::object());
  const auto read = read_plan(folder.path(), kScan);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->key, plan.key);
  EXPECT_EQ(read->code, plan.code);
  EXPECT_EQ(dump_config(read->config), dump_config(plan.config));
}

TEST(JobPlan, ThatOfAnotherKindOfDatasetIsRefused) {
  const TemporaryFolder folder;
  write_plan(folder.path(), kRecording, {"key", "code", {}, 1}, nlohmann::json::object());
  EXPECT_EQ(read_plan(folder.path(), kRecording)->key, "key");
  EXPECT_USER_ERROR(read_plan(folder.path(), kScan), "mazescan-record-plan");
}

TEST(JobPlan, DamageIsTold) {
  const TemporaryFolder folder;
  const auto path = folder / "plan.json";
  write_atomically(path, "{\"format\":");
  EXPECT_USER_ERROR(read_plan(folder.path(), kScan), path.string());
  const std::string head =
      R"({"format": "mazescan-scan-plan", "format_version": 1, "files": [], "about": {}, )";
  write_atomically(path, head + R"("attributes": {"scan_key": 7}})");
  EXPECT_USER_ERROR(read_plan(folder.path(), kScan), "attributes.scan_key is not a text");
  write_atomically(path, head + R"("attributes": {"scan_key": "", "code": "", "config": "scan: 3"}})");
  EXPECT_USER_ERROR(read_plan(folder.path(), kScan), path.string() + " (config)");
}

}  // namespace
}  // namespace mazescan

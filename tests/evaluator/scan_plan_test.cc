#include "evaluator/scan_plan.h"

#include <gtest/gtest.h>

#include <set>

#include "storage/atomic_file.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

TEST(ScanUnits, CoverEverythingOnceLargestFirst) {
  ScanConfig config;
  config.sizes = {3, 5};
  config.placements = {"top_right", "uniform"};
  config.levels = 10;
  config.block = 4;
  const auto units = scan_units(config);
  EXPECT_EQ(units.size(), 2U * 2 * 3);
  std::set<std::string> names;
  for (const ScanUnit& unit : units) names.insert(unit.file_name());
  EXPECT_EQ(names.size(), units.size());
  EXPECT_EQ(units.front().size, 5);
  EXPECT_EQ((ScanUnit{9, "cell:3,4", 2}.file_name()), "size09-cell_3_4-002.h5");
}

TEST(ScanPart, PartsHoldEachUnitOnce) {
  for (const int count : {1, 2, 3, 8}) {
    std::vector<int> held(20);
    std::set<std::string> locks;
    for (int index = 1; index <= count; ++index) {
      const ScanPart part{index, count};
      locks.insert(part.lock_name());
      for (size_t unit = 0; unit < held.size(); ++unit) held[unit] += part.holds(unit) ? 1 : 0;
    }
    EXPECT_EQ(held, std::vector<int>(20, 1)) << count;
    EXPECT_EQ(locks.size(), static_cast<size_t>(count));
  }
}

TEST(ScanPart, OverlapsWhereUnitsAreInBoth) {
  for (const int count : {1, 2, 3, 4, 6})
    for (const int others : {1, 2, 3, 4, 6})
      for (int index = 1; index <= count; ++index)
        for (int of_other = 1; of_other <= others; ++of_other) {
          const ScanPart part{index, count}, other{of_other, others};
          bool both = false;
          for (size_t unit = 0; unit < 24; ++unit) both |= part.holds(unit) && other.holds(unit);
          EXPECT_EQ(part.overlaps(other), both)
              << index << " of " << count << ", " << of_other << " of " << others;
        }
}

TEST(ScanPart, IsKnownByItsLock) {
  for (const ScanPart part : {ScanPart{1, 1}, ScanPart{1, 2}, ScanPart{11, 12}}) {
    const auto read = part_of_lock(part.lock_name());
    ASSERT_TRUE(read.has_value()) << part.lock_name();
    EXPECT_EQ(read->index, part.index);
    EXPECT_EQ(read->count, part.count);
  }
  for (const char* other : {"", "scan", "trainer.lock", "scan-.lock", "scan-3of2.lock", "scan-0of2.lock",
                            "scan-1of1.lock", "scan-01of2.lock", "scan-1of2.lock.old", "plan.json"})
    EXPECT_FALSE(part_of_lock(other).has_value()) << other;
}

TEST(ScanPart, IsReadStrictly) {
  EXPECT_EQ(parse_part("3/8").index, 3);
  EXPECT_EQ(parse_part("3/8").count, 8);
  EXPECT_TRUE(parse_part("1/1").is_whole());
  for (const char* wrong : {"", "3", "3/", "/8", "0/8", "9/8", "-1/8", "3/8x", "3/8 ", "1/99999999999"})
    EXPECT_USER_ERROR(parse_part(wrong), fmt::format("--part is '{}'", wrong));
}

TEST(ScanPlan, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_plan(folder.path()).has_value());
  ScanPlan plan{std::string(32, 'a'), "0.1.0 (abc)", {}};
  plan.config.scan.sizes = {5, 7};
  plan.config.run = "runs/x";
  write_plan(folder.path(), plan, nlohmann::json::object());
  const auto read = read_plan(folder.path());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->scan_key, plan.scan_key);
  EXPECT_EQ(read->code, plan.code);
  EXPECT_EQ(dump_config(read->config), dump_config(plan.config));
}

TEST(ScanPlan, DamageIsTold) {
  const TemporaryFolder folder;
  const auto path = folder / "plan.json";
  write_atomically(path, "{\"format\":");
  EXPECT_USER_ERROR(read_plan(folder.path()), path.string());
  const std::string head =
      R"({"format": "mazescan-scan-plan", "format_version": 1, "files": [], "about": {}, )";
  write_atomically(path, head + R"("attributes": {"scan_key": 7}})");
  EXPECT_USER_ERROR(read_plan(folder.path()), "attributes.scan_key is not a text");
  write_atomically(path, head + R"("attributes": {"scan_key": "", "code": "", "config": "scan: 3"}})");
  EXPECT_USER_ERROR(read_plan(folder.path()), path.string() + " (config)");
}

}  // namespace
}  // namespace mazescan

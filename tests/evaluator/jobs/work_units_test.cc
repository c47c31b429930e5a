#include <gtest/gtest.h>

#include <set>

#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "evaluator/jobs/level_grid.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::jobs {
namespace {

TEST(WorkUnits, CoverEverythingOnceLargestFirst) {
  LevelGrid config;
  config.sizes = {3, 5};
  config.placements = {"top_right", "uniform"};
  config.levels = 10;
  config.chunk = 4;
  const auto units = work_units(config);
  EXPECT_EQ(units.size(), 2U * 2 * 3);
  std::set<std::string> names;
  for (const datasets::WorkUnit& unit : units) names.insert(unit.file_name());
  EXPECT_EQ(names.size(), units.size());
  EXPECT_EQ(units.front().size, 5);
  EXPECT_EQ((datasets::WorkUnit{9, "cell:3,4", 2}.file_name()), "size09-cell_3_4-002.h5");
}

TEST(ArrayTask, PartsHoldEachUnitOnce) {
  for (const int count : {1, 2, 3, 8}) {
    std::vector<int> held(20);
    std::set<std::string> locks;
    for (int index = 1; index <= count; ++index) {
      const datasets::ArrayTask part{index, count};
      locks.insert(part.lock_name("scan"));
      for (size_t unit = 0; unit < held.size(); ++unit) held[unit] += part.holds(unit) ? 1 : 0;
    }
    EXPECT_EQ(held, std::vector<int>(20, 1)) << count;
    EXPECT_EQ(locks.size(), static_cast<size_t>(count));
  }
}

TEST(ArrayTask, OverlapsWhereUnitsAreInBoth) {
  for (const int count : {1, 2, 3, 4, 6})
    for (const int others : {1, 2, 3, 4, 6})
      for (int index = 1; index <= count; ++index)
        for (int of_other = 1; of_other <= others; ++of_other) {
          const datasets::ArrayTask part{index, count}, other{of_other, others};
          bool both = false;
          for (size_t unit = 0; unit < 24; ++unit) both |= part.holds(unit) && other.holds(unit);
          EXPECT_EQ(part.overlaps(other), both)
              << index << " of " << count << ", " << of_other << " of " << others;
        }
}

TEST(ArrayTask, IsKnownByItsLock) {
  for (const datasets::ArrayTask part :
       {datasets::ArrayTask{1, 1}, datasets::ArrayTask{1, 2}, datasets::ArrayTask{11, 12}}) {
    const auto read = datasets::task_of_lock("scan", part.lock_name("scan"));
    ASSERT_TRUE(read.has_value()) << part.lock_name("scan");
    EXPECT_EQ(read->index, part.index);
    EXPECT_EQ(read->count, part.count);
  }
  for (const char* other :
       {"", "scan", "trainer.lock", "scan-.lock", "scan-3of2.lock", "scan-0of2.lock", "scan-1of1.lock",
        "scan-01of2.lock", "scan-1of2.lock.old", "record-1of2.lock", "plan.json"})
    EXPECT_FALSE(datasets::task_of_lock("scan", other).has_value()) << other;
}

TEST(ArrayTask, IsReadStrictly) {
  EXPECT_EQ(datasets::parse_array_task("3/8").index, 3);
  EXPECT_EQ(datasets::parse_array_task("3/8").count, 8);
  EXPECT_TRUE(datasets::parse_array_task("1/1").is_whole());
  for (const char* wrong : {"", "3", "3/", "/8", "0/8", "9/8", "-1/8", "3/8x", "3/8 ", "1/99999999999"})
    EXPECT_USER_ERROR(datasets::parse_array_task(wrong), fmt::format("--part is '{}'", wrong));
}

}  // namespace
}  // namespace mazescan::jobs

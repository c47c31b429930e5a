#include "evaluator/jobs/part_lock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>

#include "core/error.h"
#include "datasets/array_task.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::jobs {
namespace {

constexpr datasets::ArrayTask kWhole{1, 1}, kFirstOfTwo{1, 2}, kSecondOfTwo{2, 2}, kSecondOfThree{2, 3};

TEST(PartLock, PartsOfOneDivisionWorkSideBySide) {
  const TemporaryFolder folder;
  const PartLock first(folder.path(), datasets::kScan, kFirstOfTwo);
  const PartLock second(folder.path(), datasets::kScan, kSecondOfTwo);
  const PartLock recording(folder.path(), datasets::kRecording, kWhole);  // another kind of job
}

TEST(PartLock, OnePartIsOneJobs) {
  const TemporaryFolder folder;
  const PartLock held(folder.path(), datasets::kScan, kFirstOfTwo);
  EXPECT_USER_ERROR(PartLock(folder.path(), datasets::kScan, kFirstOfTwo), "part 1 of 2 is in use");
}

TEST(PartLock, APartKeepsAWholeScanAway) {
  const TemporaryFolder folder;
  std::optional<PartLock> part(std::in_place, folder.path(), datasets::kScan, kSecondOfTwo);
  const std::string in_use =
      fmt::format("the scan {}, part 2 of 2 (with units of this job) is in use", folder.path().string());
  EXPECT_USER_ERROR(PartLock(folder.path(), datasets::kScan, kWhole), in_use);
  EXPECT_USER_ERROR(PartLock(folder.path(), datasets::kScan, kWhole), fmt::format("process {}", getpid()));
  part.reset();
  const PartLock whole(folder.path(), datasets::kScan, kWhole);
}

TEST(PartLock, AWholeScanKeepsPartsAway) {
  const TemporaryFolder folder;
  std::optional<PartLock> whole(std::in_place, folder.path(), datasets::kScan, kWhole);
  EXPECT_USER_ERROR(PartLock(folder.path(), datasets::kScan, kFirstOfTwo),
                    fmt::format("the scan {} (with units of this job) is in use", folder.path().string()));
  whole.reset();
  const PartLock part(folder.path(), datasets::kScan, kFirstOfTwo);
}

TEST(PartLock, PartsOfTwoDivisionsKeepEachOtherAway) {
  const TemporaryFolder folder;
  std::optional<PartLock> first(std::in_place, folder.path(), datasets::kScan, kFirstOfTwo);
  EXPECT_USER_ERROR(PartLock(folder.path(), datasets::kScan, kSecondOfThree),
                    "part 1 of 2 (with units of this job) is in use");
  first.reset();
  const PartLock other(folder.path(), datasets::kScan, kSecondOfThree);
  EXPECT_USER_ERROR(PartLock(folder.path(), datasets::kScan, kFirstOfTwo),
                    "part 2 of 3 (with units of this job) is in use");
}

TEST(PartLock, WaitsForJobsWithItsUnits) {
  const TemporaryFolder folder;
  std::optional<PartLock> part(std::in_place, folder.path(), datasets::kScan, kFirstOfTwo);
  std::thread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    part.reset();
  });
  EXPECT_NO_THROW(PartLock(folder.path(), datasets::kScan, kWhole, /*lock_timeout_s=*/30));
  end.join();
}

}  // namespace
}  // namespace mazescan::jobs

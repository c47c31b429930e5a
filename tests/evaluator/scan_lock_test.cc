#include "evaluator/scan_lock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include "core/error.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

constexpr ScanPart kWhole{1, 1}, kFirstOfTwo{1, 2}, kSecondOfTwo{2, 2}, kSecondOfThree{2, 3};

TEST(ScanLock, PartsOfOneDivisionWorkSideBySide) {
  const TemporaryFolder folder;
  const ScanLock first(folder.path(), kFirstOfTwo);
  const ScanLock second(folder.path(), kSecondOfTwo);
}

TEST(ScanLock, OnePartIsOneJobs) {
  const TemporaryFolder folder;
  const ScanLock held(folder.path(), kFirstOfTwo);
  EXPECT_USER_ERROR(ScanLock(folder.path(), kFirstOfTwo), "part 1 of 2 is in use");
}

TEST(ScanLock, APartKeepsAWholeScanAway) {
  const TemporaryFolder folder;
  std::optional<ScanLock> part(std::in_place, folder.path(), kSecondOfTwo);
  const std::string told =
      fmt::format("the scan {}, part 2 of 2 (with units of this job) is in use", folder.path().string());
  EXPECT_USER_ERROR(ScanLock(folder.path(), kWhole), told);
  EXPECT_USER_ERROR(ScanLock(folder.path(), kWhole), fmt::format("process {}", getpid()));
  part.reset();
  const ScanLock whole(folder.path(), kWhole);
}

TEST(ScanLock, AWholeScanKeepsPartsAway) {
  const TemporaryFolder folder;
  std::optional<ScanLock> whole(std::in_place, folder.path(), kWhole);
  EXPECT_USER_ERROR(ScanLock(folder.path(), kFirstOfTwo),
                    fmt::format("the scan {} (with units of this job) is in use", folder.path().string()));
  whole.reset();
  const ScanLock part(folder.path(), kFirstOfTwo);
}

TEST(ScanLock, PartsOfTwoDivisionsKeepEachOtherAway) {
  const TemporaryFolder folder;
  std::optional<ScanLock> first(std::in_place, folder.path(), kFirstOfTwo);
  EXPECT_USER_ERROR(ScanLock(folder.path(), kSecondOfThree),
                    "part 1 of 2 (with units of this job) is in use");
  first.reset();
  const ScanLock other(folder.path(), kSecondOfThree);
  EXPECT_USER_ERROR(ScanLock(folder.path(), kFirstOfTwo), "part 2 of 3 (with units of this job) is in use");
}

TEST(ScanLock, WaitsForJobsWithItsUnits) {
  const TemporaryFolder folder;
  std::optional<ScanLock> part(std::in_place, folder.path(), kFirstOfTwo);
  std::thread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    part.reset();
  });
  EXPECT_NO_THROW(ScanLock(folder.path(), kWhole, /*patience=*/30));
  end.join();
}

}  // namespace
}  // namespace mazescan

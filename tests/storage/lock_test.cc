#include "storage/lock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "storage/atomic_file.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::storage {
namespace {

TEST(JobLock, ExcludesOthersAndNamesTheHolder) {
  const TemporaryFolder folder;
  const auto path = folder / "lock";
  const JobLock held(path, "the run directory runs/a");
  EXPECT_USER_ERROR(JobLock(path, "the run directory runs/a"), "the run directory runs/a is in use");
  EXPECT_USER_ERROR(JobLock(path, ""), fmt::format("process {}", getpid()));
  EXPECT_EQ(run_in_child([&] { JobLock(path, "from another process"); }), 99 << 8);
  EXPECT_NE(lock_holder(path).value_or("no process").find(fmt::format("process {}", getpid())),
            std::string::npos);
}

TEST(JobLock, IsFreeAfterDestruction) {
  const TemporaryFolder folder;
  const auto path = folder / "lock";
  { const JobLock first(path, ""); }
  EXPECT_EQ(lock_holder(path), std::nullopt);
  EXPECT_EQ(read_file(path), "") << "no text that looks like a holder";
  const JobLock second(path, "");
  EXPECT_NE(lock_holder(path), std::nullopt);
}

TEST(JobLock, IsFreeAfterAKill) {
  const TemporaryFolder folder;
  const auto path = folder / "lock";
  kill_during(
      [&] {
        const JobLock held(path, "");
        pause();
      },
      200);
  EXPECT_NE(read_file(path), "") << "the child had the lock";
  EXPECT_EQ(lock_holder(path), std::nullopt) << "the name of a dead holder is not a lock";
  const JobLock next(path, "");
}

TEST(JobLock, TheHolderNoticesThatItsFileIsGone) {
  const TemporaryFolder folder;
  const auto path = folder / "lock";
  const JobLock first(path, "the run directory runs/a");
  first.require_held();
  std::filesystem::remove(path);
  EXPECT_USER_ERROR(first.require_held(), "the run directory runs/a is no longer locked by this job");
  const JobLock second(path, "the run directory runs/a");
  second.require_held();
  EXPECT_USER_ERROR(first.require_held(), "another job may have begun");
}

TEST(JobLock, WaitsForTheHolder) {
  const TemporaryFolder folder;
  const auto path = folder / "lock";
  std::optional<JobLock> held(std::in_place, path, "");
  std::thread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    held.reset();
  });
  EXPECT_NO_THROW(JobLock(path, "", /*timeout_s=*/30));
  end.join();
}

TEST(JobLock, WaitUntilFreeTakesNoLock) {
  const TemporaryFolder folder;
  const auto path = folder / "lock";
  wait_until_free(path, "", /*timeout_s=*/0);
  EXPECT_EQ(folder.entries(), 0U) << "the lock file is not created";
  std::optional<JobLock> held(std::in_place, path, "");
  EXPECT_USER_ERROR(wait_until_free(path, "the run directory runs/a", /*timeout_s=*/0),
                    "the run directory runs/a is in use");
  std::thread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    held.reset();
  });
  EXPECT_NO_THROW(wait_until_free(path, "", /*timeout_s=*/30));
  end.join();
  EXPECT_EQ(lock_holder(path), std::nullopt);
}

TEST(JobLock, LockHolderTakesNoLock) {
  const TemporaryFolder folder;
  EXPECT_EQ(lock_holder(folder / "no such file"), std::nullopt);
  EXPECT_EQ(folder.entries(), 0U);
  EXPECT_USER_ERROR(JobLock(folder / "none/lock", ""), "none/lock");
}

}  // namespace
}  // namespace mazescan::storage

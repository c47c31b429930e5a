#include "storage/background_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace mazescan::storage {
namespace {

TEST(BackgroundWriter, RunsTasksInOrderBesideTheCaller) {
  BackgroundWriter writer(100);
  std::vector<int> seen;
  std::thread::id thread;
  for (int i = 0; i < 1000; ++i)
    writer.push(10, [&, i] {
      seen.push_back(i);
      thread = std::this_thread::get_id();
    });
  writer.finish();
  ASSERT_EQ(seen.size(), 1000U);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(seen[static_cast<size_t>(i)], i);
  EXPECT_NE(thread, std::this_thread::get_id());
}

TEST(BackgroundWriter, TheQueueIsBounded) {
  BackgroundWriter writer(100);
  std::atomic<int> held{0}, most{0};
  for (int i = 0; i < 50; ++i) {
    // Also counts the task of a push that blocks: one more than fit into the queue.
    writer.push(30, [&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      --held;
    });
    most = std::max<int>(most, ++held);
  }
  writer.finish();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 2);
}

TEST(BackgroundWriter, ATaskThatIsTooLargeRunsAlone) {
  BackgroundWriter writer(100);
  int done = 0;
  writer.push(1000, [&] { ++done; });
  writer.push(1000, [&] { ++done; });
  writer.finish();
  EXPECT_EQ(done, 2);
}

TEST(BackgroundWriter, FailuresReachTheCallerAndDropLaterTasks) {
  BackgroundWriter writer(1);
  std::atomic<int> after{0};
  writer.push(1, [] { throw std::runtime_error("full"); });
  EXPECT_THROW(
      {
        for (int i = 0; i < 1000; ++i) writer.push(1, [&] { ++after; });
      },
      std::runtime_error);
  EXPECT_THROW(writer.finish(), std::runtime_error);
  EXPECT_EQ(after, 0);
}

TEST(BackgroundWriter, DropsWaitingTasksOnDestruction) {
  std::atomic<int> done{0};
  {
    BackgroundWriter writer(1000);
    for (int i = 0; i < 100; ++i)
      writer.push(1, [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        ++done;
      });
  }
  EXPECT_LT(done, 100);
}

}  // namespace
}  // namespace mazescan::storage

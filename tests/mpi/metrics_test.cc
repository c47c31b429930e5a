#include "trainer/metrics.h"

#include <gtest/gtest.h>

#include "tests/mpi/mpi_main.h"

namespace mazescan {
namespace {

TEST(UpdateMetrics, ReduceMeansOverSamplesAndSumsTallies) {
  const World& world = test_world();
  const int ranks = world.size();
  const double rank = world.rank(), rank_sum = ranks * (ranks - 1) / 2.0;
  ShardStatistics first;
  first.loss.policy = 10 + rank;
  first.loss.value = 20;
  first.loss.entropy = 30;
  first.loss.kl = 40;
  first.loss.clipped = 5;
  first.loss.samples = 100;
  first.collected.network_seconds = rank;
  first.collected.reward = 8;
  first.collected.finished[3] = {10, 5, 20, 15};
  ShardStatistics second;  // another 100 samples, of which little is to be told
  second.loss.samples = 100;
  if (world.is_root()) second.collected.finished[101] = {1, 0, 0, 0};

  UpdateMetrics m;
  m.finished[7] = {1, 1, 1, 1};  // of before
  m.reduce(world, {first, second}, 50L * ranks);
  EXPECT_DOUBLE_EQ(m.policy_loss, (10.0 * ranks + rank_sum) / (200 * ranks));
  EXPECT_DOUBLE_EQ(m.value_loss, 0.1);
  EXPECT_DOUBLE_EQ(m.entropy, 0.15);
  EXPECT_DOUBLE_EQ(m.kl, 0.2);
  EXPECT_DOUBLE_EQ(m.clip_fraction, 0.025);
  EXPECT_DOUBLE_EQ(m.mean_reward, 8.0 / 50);
  EXPECT_DOUBLE_EQ(m.network_seconds, rank_sum / ranks);
  EXPECT_EQ(m.finished.size(), 2U);
  EXPECT_EQ(m.finished[3].episodes, 10 * ranks);
  EXPECT_EQ(m.finished[3].successes, 5 * ranks);
  EXPECT_EQ(m.finished[3].steps, 20 * ranks);
  EXPECT_EQ(m.finished[3].optimal, 15 * ranks);
  EXPECT_EQ(m.finished[101].episodes, 1);
}

}  // namespace
}  // namespace mazescan

#include "trainer/metrics.h"

#include <gtest/gtest.h>

#include "tests/mpi/mpi_main.h"

namespace mazescan {
namespace {

TEST(UpdateMetrics, ReduceMeansOverSamplesAndSumsTallies) {
  const cluster::Communicator& communicator = test_communicator();
  const int ranks = communicator.size();
  const double rank = communicator.rank(), rank_sum = ranks * (ranks - 1) / 2.0;
  trainer::PartitionStatistics first;
  first.loss.terms = {{"policy_loss", 10 + rank}, {"activation_l1", 20}};
  first.loss.change.kl = 40;
  first.loss.change.clipped = 5;
  first.loss.weight = 100;
  first.collected.steps = 30;
  first.collected.evaluated = 20;
  first.loss.samples = 200;
  first.loss.evaluated = 120;
  first.value_error = {60, 30, 45, 6, 12};
  first.collected.network_seconds = rank;
  first.collected.reward = 8;
  first.collected.finished[3] = {10, 5, 20, 15};
  trainer::PartitionStatistics second;  // another 100 samples whose sums are 0
  second.loss.terms = {{"policy_loss", 0}, {"activation_l1", 0}};
  second.loss.weight = 100;
  second.collected.steps = 20;
  second.value_error = {40, 20, 30, 4, 8};
  // An environment may have any sizes.
  if (communicator.is_root()) second.collected.finished[1000000] = {1, 0, 0, 0};
  second.collected.finished[-ranks] = {1, 1, 2, 2};

  trainer::UpdateMetrics m;
  m.finished[7] = {1, 1, 1, 1};  // from an earlier update
  m.loss["value_loss"] = 1;
  m.reduce(communicator, {first, second});
  ASSERT_EQ(m.loss.size(), 2U);
  EXPECT_DOUBLE_EQ(m.loss["policy_loss"], (10.0 * ranks + rank_sum) / (200 * ranks));
  EXPECT_DOUBLE_EQ(m.loss["activation_l1"], 0.1);
  EXPECT_DOUBLE_EQ(m.kl, 0.2);
  EXPECT_DOUBLE_EQ(m.clip_fraction, 0.025);
  EXPECT_DOUBLE_EQ(m.mean_reward, 8.0 / 50);
  EXPECT_EQ(m.states, 100 * ranks);
  EXPECT_DOUBLE_EQ(m.evaluated_share, 0.2);
  EXPECT_DOUBLE_EQ(m.distinct_share, 0.6);
  EXPECT_DOUBLE_EQ(m.explained_variance, 1 - (0.2 - 0.01) / (0.75 - 0.25));
  EXPECT_DOUBLE_EQ(m.network_seconds, rank_sum / ranks);
  EXPECT_EQ(m.finished.size(), 3U);
  EXPECT_EQ(m.finished[3].episodes, 10 * ranks);
  EXPECT_EQ(m.finished[3].successes, 5 * ranks);
  EXPECT_EQ(m.finished[3].steps, 20 * ranks);
  EXPECT_EQ(m.finished[3].optimal, 15 * ranks);
  EXPECT_EQ(m.finished[1000000].episodes, 1);
  EXPECT_EQ(m.finished[-ranks].steps, 2 * ranks);
}

}  // namespace
}  // namespace mazescan

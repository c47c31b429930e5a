#include "trainer/partition.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "envs/maze/maze_config.h"
#include "tests/trainer/tiny_training.h"

namespace mazescan::trainer {
namespace {

Partition make_partition(const TrainerConfig& config, int index = 0) {
  return Partition(config, index, config.train.partitions,
                   config.environment.own<maze::MazeConfig>().world_dim, local_environments(config));
}

void collect(Partition& partition, const policy::Network& network, CollectStatistics& statistics) {
  partition.begin_rollout();
  for (int t = 0; t < partition.horizon(); ++t) {
    partition.act(network, statistics);
    partition.receive_step(statistics);
  }
  partition.end_rollout(network, statistics);
}

// Returns the observation of each sample.
torch::Tensor observations_of(const Minibatch& batch) {
  return batch.states.defined() ? batch.observations.index_select(0, batch.states) : batch.observations;
}

// Returns the bytes of each sample of a minibatch: observation, action and numbers.
std::vector<std::string> rows(const Minibatch& batch) {
  std::vector<std::string> out;
  for (int64_t i = 0; i < batch.actions.size(0); ++i) {
    ByteWriter row;
    const int64_t state = batch.states.defined() ? batch.states[i].item<int64_t>() : i;
    const torch::Tensor observation = batch.observations[state].contiguous();
    row.put_bytes({static_cast<const char*>(observation.data_ptr()), observation.nbytes()});
    row.put(batch.actions[i].item<int64_t>());
    for (const auto* t : {&batch.log_probabilities, &batch.values, &batch.advantages, &batch.returns})
      row.put((*t)[i].item<float>());
    out.push_back(row.take());
  }
  return out;
}

TEST(Partition, ARolloutHoldsTheOutputsOfTheNetwork) {
  const TrainerConfig config = tiny_training();
  const policy::Network network = tiny_network(config);
  Partition partition = make_partition(config);
  ASSERT_EQ(partition.samples(), 16);
  CollectStatistics statistics;
  collect(partition, network, statistics);
  partition.shuffle();
  const auto batch = partition.minibatch(0, partition.samples(), torch::kCPU);
  const auto output = network.forward(observations_of(batch));
  const torch::Tensor log_probabilities =
      torch::log_softmax(output.logits, 1).gather(1, batch.actions.unsqueeze(1)).squeeze(1);
  EXPECT_TRUE(torch::allclose(batch.log_probabilities, log_probabilities, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(batch.values, output.value, 1e-4, 1e-5));
  EXPECT_TRUE(torch::equal(batch.returns, batch.advantages + batch.values));
  EXPECT_GT(output.value.std().item<double>(), 1e-3) << "values differ between states";
  EXPECT_GT(batch.actions.max().item<int64_t>(), batch.actions.min().item<int64_t>());
  EXPECT_GT(statistics.network_seconds, 0);
}

// Frames are stored channels last; the network takes them channels first.
TEST(Partition, FramesHaveTheirChannelsFirst) {
  TrainerConfig config = tiny_training();
  config.environment.own<maze::MazeConfig>().observation = envs::Interface::rgb;
  const policy::Network network = tiny_network(config);
  Partition partition = make_partition(config);
  const int64_t mazes = partition.samples() / config.train.horizon;
  envs::Batch same(config.environment, static_cast<int32_t>(config.seed), 0, static_cast<int>(mazes), 1);
  torch::Tensor frames = torch::empty({mazes, 64, 64, 3}, torch::kUInt8);
  same.observe(frames.data_ptr<uint8_t>());
  CollectStatistics statistics;
  collect(partition, network, statistics);
  const auto first = partition.minibatch(0, mazes, torch::kCPU);
  EXPECT_TRUE(torch::equal(observations_of(first), frames.permute({0, 3, 1, 2})));
  const auto batch = partition.minibatch(0, partition.samples(), torch::kCPU);
  EXPECT_TRUE(torch::allclose(batch.values, network.forward(observations_of(batch)).value, 1e-3, 1e-4));
  EXPECT_GT(batch.values.std().item<double>(), 1e-3) << "values differ between states";
}

// A mouse that walks into walls shows the same state again and again.
TEST(Partition, EqualStatesAreEvaluatedOnce) {
  TrainerConfig config = tiny_training();
  config.train.horizon = 64;
  const policy::Network network = tiny_network(config);
  Partition partition = make_partition(config);
  CollectStatistics statistics;
  collect(partition, network, statistics);
  const auto batch = partition.minibatch(0, partition.samples(), torch::kCPU);
  std::set<std::string> distinct;
  for (int64_t i = 0; i < batch.observations.size(0); ++i) {
    const torch::Tensor observation = batch.observations[i].contiguous();
    distinct.emplace(static_cast<const char*>(observation.data_ptr()), observation.nbytes());
  }
  EXPECT_EQ(static_cast<int64_t>(distinct.size()), batch.observations.size(0)) << "no state twice";
  EXPECT_LT(2 * batch.observations.size(0), partition.samples());
  EXPECT_EQ(statistics.evaluated, static_cast<double>(distinct.size()));
  EXPECT_EQ(statistics.steps, static_cast<double>(partition.samples()));
}

TEST(Partition, TheNextRolloutBeginsWhereTheLastEnded) {
  const TrainerConfig config = tiny_training();
  const policy::Network network = tiny_network(config);
  TrainerConfig long_config = config;
  long_config.train.horizon = 16;
  Partition twice = make_partition(config), once = make_partition(long_config);
  CollectStatistics statistics;
  collect(once, network, statistics);
  const Minibatch whole = once.minibatch(0, once.samples(), torch::kCPU);
  collect(twice, network, statistics);
  collect(twice, network, statistics);
  const Minibatch second = twice.minibatch(0, twice.samples(), torch::kCPU);
  // Without shuffling, samples are in order of time. The estimates of the last steps are equal too, because
  // both rollouts end in the same states; up to rounding, because the longer rollout evaluates fewer states.
  const auto last = [](const torch::Tensor& t) { return t.narrow(0, 16, 16); };
  EXPECT_TRUE(torch::equal(last(observations_of(whole)), observations_of(second)));
  EXPECT_TRUE(torch::equal(last(whole.actions), second.actions));
  for (const auto tensor :
       {&Minibatch::log_probabilities, &Minibatch::values, &Minibatch::advantages, &Minibatch::returns})
    EXPECT_TRUE(torch::allclose(last(whole.*tensor), second.*tensor, 1e-4, 1e-6));
}

TEST(Partition, ShuffleIsAPermutationAndSlicesTileIt) {
  const TrainerConfig config = tiny_training();
  Partition partition = make_partition(config);
  CollectStatistics statistics;
  collect(partition, tiny_network(config), statistics);
  auto natural = rows(partition.minibatch(0, 16, torch::kCPU));
  partition.shuffle();
  const auto first = rows(partition.minibatch(0, 16, torch::kCPU));
  std::vector<std::string> slices;
  for (int64_t begin = 0; begin < 16; begin += 4)
    for (auto& row : rows(partition.minibatch(begin, 4, torch::kCPU))) slices.push_back(row);
  EXPECT_EQ(slices, first);
  partition.shuffle();
  auto second = rows(partition.minibatch(0, 16, torch::kCPU));
  EXPECT_NE(first, natural);
  EXPECT_NE(second, first);
  EXPECT_NE(second, natural);
  std::sort(natural.begin(), natural.end());
  ASSERT_EQ(std::unique(natural.begin(), natural.end()), natural.end()) << "all samples differ";
  for (auto shuffled : {first, second}) {
    std::sort(shuffled.begin(), shuffled.end());
    EXPECT_EQ(shuffled, natural);
  }
}

// Each sample comes first with probability 1/16, also the one that was first before.
TEST(Partition, ShuffleIsUniform) {
  const TrainerConfig config = tiny_training();
  Partition partition = make_partition(config);
  CollectStatistics statistics;
  collect(partition, tiny_network(config), statistics);
  constexpr int kShuffles = 3200;
  std::map<std::string, int> firsts;
  for (const std::string& row : rows(partition.minibatch(0, 16, torch::kCPU))) firsts[row] = 0;
  ASSERT_EQ(firsts.size(), 16U);
  for (int i = 0; i < kShuffles; ++i) {
    partition.shuffle();
    ++firsts.at(rows(partition.minibatch(0, 1, torch::kCPU))[0]);
  }
  for (const auto& [row, count] : firsts) EXPECT_NEAR(count, 200, 5 * std::sqrt(200.0 * 15 / 16));
}

TEST(Partition, PartitionsPlayDifferentLevels) {
  const TrainerConfig config = tiny_training();
  const policy::Network network = tiny_network(config);
  CollectStatistics statistics;
  std::vector<std::vector<std::string>> seen;
  for (int index = 0; index < 4; ++index) {
    Partition partition = make_partition(config, index), same = make_partition(config, index);
    collect(partition, network, statistics);
    collect(same, network, statistics);
    seen.push_back(rows(partition.minibatch(0, 16, torch::kCPU)));
    EXPECT_EQ(rows(same.minibatch(0, 16, torch::kCPU)), seen.back());
    for (int before = 0; before < index; ++before) EXPECT_NE(seen[before], seen[index]);
  }
}

TEST(Partition, NormalisedAdvantages) {
  const TrainerConfig config = tiny_training();
  Partition partition = make_partition(config);
  CollectStatistics statistics;
  collect(partition, tiny_network(config), statistics);
  const torch::Tensor advantages = partition.minibatch(0, 16, torch::kCPU).advantages.to(torch::kFloat64);
  const auto [sum, squares] = partition.advantage_moments();
  EXPECT_NEAR(sum, advantages.sum().item<double>(), 1e-9);
  EXPECT_NEAR(squares, advantages.square().sum().item<double>(), 1e-9);
  partition.normalise_advantages(0.5, 2);
  const torch::Tensor after = partition.minibatch(0, 16, torch::kCPU).advantages.to(torch::kFloat64);
  EXPECT_TRUE(torch::allclose(after, (advantages - 0.5) / 2, 1e-5, 1e-6));
}

// With lambda 0, a return is the reward plus the discounted value of the next state: here the value is 4 in
// every state and the discount 0.5. A truncated episode has that value too, unless bootstrapping is off; an
// episode that reached the cheese has not.
void expect_returns_of_truncated_episodes(bool bootstrap, float truncated_return) {
  TrainerConfig config = tiny_training();
  config.environment.own<maze::MazeConfig>().world_dim = 3;
  config.environment.time_limit = 20;
  config.train.horizon = 512;
  config.train.ppo.bootstrap_timeouts = bootstrap;
  config.train.ppo.gamma = 0.5;
  config.train.ppo.lambda = 0;
  const policy::Network network(config.network, {3, 3, 3, 1, 5});  // all weights 0: uniformly random actions
  network.parameter(network.layout().size() - 1).detach().fill_(4);  // fc_value.bias
  Partition partition = make_partition(config);
  CollectStatistics statistics;
  collect(partition, network, statistics);
  std::map<float, double> counts;
  const torch::Tensor returns = partition.minibatch(0, partition.samples(), torch::kCPU).returns;
  for (int64_t i = 0; i < partition.samples(); ++i) ++counts[returns[i].item<float>()];

  ASSERT_EQ(statistics.finished.size(), 1U);
  const SizeTally tally = statistics.finished.at(3);
  EXPECT_GT(tally.successes, 3);
  EXPECT_GT(static_cast<double>(tally.episodes) - tally.successes, 3);
  EXPECT_GE(tally.steps, tally.optimal);
  std::map<float, double> expected;
  expected[static_cast<float>(config.environment.reward)] = tally.successes;
  expected[truncated_return] += static_cast<double>(tally.episodes) - tally.successes;
  expected[2] += static_cast<double>(partition.samples() - tally.episodes);
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(statistics.reward, tally.successes * config.environment.reward);
}

TEST(Partition, TruncatedEpisodesAreBootstrapped) {
  expect_returns_of_truncated_episodes(true, 2);
}

TEST(Partition, WithoutBootstrappingTruncatedEpisodesReturnNothing) {
  expect_returns_of_truncated_episodes(false, 0);
}

TEST(Partition, ResumesFromASavedStateBitForBit) {
  const TrainerConfig config = tiny_training();
  const policy::Network network = tiny_network(config);
  CollectStatistics statistics;
  Partition partition = make_partition(config);
  collect(partition, network, statistics);
  partition.shuffle();
  ByteWriter streams, environments;
  partition.save_streams(streams);
  partition.save_environments(environments);
  EXPECT_EQ(streams.bytes().size(), Partition::kStreams * sizeof(RandomStream::State));

  Partition resumed = make_partition(config);
  ByteReader streams_in(streams.bytes(), "streams"), environments_in(environments.bytes(), "environments");
  resumed.restore_streams(streams_in);
  resumed.restore_environments(environments_in);
  EXPECT_TRUE(streams_in.at_end());
  EXPECT_TRUE(environments_in.at_end());
  for (int rollout = 0; rollout < 2; ++rollout) {
    for (Partition* s : {&partition, &resumed}) {
      collect(*s, network, statistics);
      s->shuffle();
    }
    EXPECT_EQ(rows(resumed.minibatch(0, 16, torch::kCPU)), rows(partition.minibatch(0, 16, torch::kCPU)));
  }
}

}  // namespace
}  // namespace mazescan::trainer

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "envs/maze/maze_config.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/rollout.h"

namespace mazescan {
namespace {

Shard make_shard(const TrainerConfig& config, int index = 0) {
  return Shard(config, index, config.train.shards, config.environment.own<MazeConfig>().world_dim,
               local_environments(config));
}

void collect(Shard& shard, const Network& network, CollectStatistics& statistics) {
  shard.begin_rollout();
  for (int t = 0; t < shard.horizon(); ++t) {
    shard.act(network, statistics);
    shard.take_in(statistics);
  }
  shard.end_rollout(network, statistics);
}

// One text a sample of the minibatch, with all that belongs to it.
std::vector<std::string> rows(const Shard::Minibatch& batch) {
  std::vector<std::string> out;
  for (int64_t i = 0; i < batch.actions.size(0); ++i) {
    ByteWriter row;
    const torch::Tensor observation = batch.observations[i].contiguous();
    row.put_bytes({static_cast<const char*>(observation.data_ptr()), observation.nbytes()});
    row.put(batch.actions[i].item<int64_t>());
    for (const auto* t : {&batch.log_probabilities, &batch.values, &batch.advantages, &batch.returns})
      row.put((*t)[i].item<float>());
    out.push_back(row.take());
  }
  return out;
}

TEST(Shard, ARolloutIsWhatTheNetworkSaidOfItsObservations) {
  const TrainerConfig config = tiny_training();
  const Network network = tiny_network(config);
  Shard shard = make_shard(config);
  ASSERT_EQ(shard.samples(), 16);
  CollectStatistics statistics;
  collect(shard, network, statistics);
  shard.shuffle();
  const auto batch = shard.minibatch(0, shard.samples(), torch::kCPU);
  const auto output = network.forward(batch.observations);
  const torch::Tensor log_probabilities =
      torch::log_softmax(output.logits, 1).gather(1, batch.actions.unsqueeze(1)).squeeze(1);
  EXPECT_TRUE(torch::allclose(batch.log_probabilities, log_probabilities, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(batch.values, output.value, 1e-4, 1e-5));
  EXPECT_TRUE(torch::equal(batch.returns, batch.advantages + batch.values));
  EXPECT_GT(output.value.std().item<double>(), 1e-3) << "values that differ, or the test sees nothing";
  EXPECT_GT(batch.actions.max().item<int64_t>(), batch.actions.min().item<int64_t>());
  EXPECT_GT(statistics.network_seconds, 0);
}

// Frames lie in memory with the colours last; the network is shown them with the colours first.
TEST(Shard, FramesArriveTheRightWayRound) {
  TrainerConfig config = tiny_training();
  config.environment.own<MazeConfig>().observation = Interface::rgb;
  const Network network = tiny_network(config);
  Shard shard = make_shard(config);
  const int64_t mazes = shard.samples() / config.train.horizon;
  Batch same(config.environment, static_cast<int32_t>(config.seed), 0, static_cast<int>(mazes), 1);
  torch::Tensor frames = torch::empty({mazes, 64, 64, 3}, torch::kUInt8);
  same.observe(frames.data_ptr<uint8_t>());
  CollectStatistics statistics;
  collect(shard, network, statistics);
  const auto first = shard.minibatch(0, mazes, torch::kCPU);
  EXPECT_TRUE(torch::equal(first.observations, frames.permute({0, 3, 1, 2})));
  const auto batch = shard.minibatch(0, shard.samples(), torch::kCPU);
  EXPECT_TRUE(torch::allclose(batch.values, network.forward(batch.observations).value, 1e-3, 1e-4));
  EXPECT_GT(batch.values.std().item<double>(), 1e-3) << "values that differ, or the test sees nothing";
}

TEST(Shard, TheNextRolloutBeginsWhereTheLastEnded) {
  const TrainerConfig config = tiny_training();
  const Network network = tiny_network(config);
  TrainerConfig long_config = config;
  long_config.train.horizon = 16;
  Shard twice = make_shard(config), once = make_shard(long_config);
  CollectStatistics statistics;
  collect(once, network, statistics);
  const auto whole = rows(once.minibatch(0, once.samples(), torch::kCPU));
  collect(twice, network, statistics);
  collect(twice, network, statistics);
  const auto second = rows(twice.minibatch(0, twice.samples(), torch::kCPU));
  // Unshuffled they are in order of time. The last steps' estimates are equal too, as they see the same end.
  EXPECT_EQ(std::vector<std::string>(whole.begin() + 16, whole.end()), second);
}

TEST(Shard, ShuffleIsAPermutationAndSlicesTileIt) {
  const TrainerConfig config = tiny_training();
  Shard shard = make_shard(config);
  CollectStatistics statistics;
  collect(shard, tiny_network(config), statistics);
  auto natural = rows(shard.minibatch(0, 16, torch::kCPU));
  shard.shuffle();
  const auto first = rows(shard.minibatch(0, 16, torch::kCPU));
  std::vector<std::string> slices;
  for (int64_t begin = 0; begin < 16; begin += 4)
    for (auto& row : rows(shard.minibatch(begin, 4, torch::kCPU))) slices.push_back(row);
  EXPECT_EQ(slices, first);
  shard.shuffle();
  auto second = rows(shard.minibatch(0, 16, torch::kCPU));
  EXPECT_NE(first, natural);
  EXPECT_NE(second, first);
  EXPECT_NE(second, natural);
  std::sort(natural.begin(), natural.end());
  ASSERT_EQ(std::unique(natural.begin(), natural.end()), natural.end()) << "samples that can be told apart";
  for (auto shuffled : {first, second}) {
    std::sort(shuffled.begin(), shuffled.end());
    EXPECT_EQ(shuffled, natural);
  }
}

// Which sample comes first: each with a chance of 1/16, the one that was first before among them.
TEST(Shard, ShuffleIsUniform) {
  const TrainerConfig config = tiny_training();
  Shard shard = make_shard(config);
  CollectStatistics statistics;
  collect(shard, tiny_network(config), statistics);
  constexpr int kShuffles = 3200;
  std::map<std::string, int> firsts;
  for (const std::string& row : rows(shard.minibatch(0, 16, torch::kCPU))) firsts[row] = 0;
  ASSERT_EQ(firsts.size(), 16U);
  for (int i = 0; i < kShuffles; ++i) {
    shard.shuffle();
    ++firsts.at(rows(shard.minibatch(0, 1, torch::kCPU))[0]);
  }
  for (const auto& [row, count] : firsts) EXPECT_NEAR(count, 200, 5 * std::sqrt(200.0 * 15 / 16));
}

TEST(Shard, ShardsDoNotPlayTheSame) {
  const TrainerConfig config = tiny_training();
  const Network network = tiny_network(config);
  CollectStatistics statistics;
  std::vector<std::vector<std::string>> seen;
  for (int index = 0; index < 4; ++index) {
    Shard shard = make_shard(config, index), same = make_shard(config, index);
    collect(shard, network, statistics);
    collect(same, network, statistics);
    seen.push_back(rows(shard.minibatch(0, 16, torch::kCPU)));
    EXPECT_EQ(rows(same.minibatch(0, 16, torch::kCPU)), seen.back());
    for (int before = 0; before < index; ++before) EXPECT_NE(seen[before], seen[index]);
  }
}

TEST(Shard, NormalisedAdvantages) {
  const TrainerConfig config = tiny_training();
  Shard shard = make_shard(config);
  CollectStatistics statistics;
  collect(shard, tiny_network(config), statistics);
  const torch::Tensor advantages = shard.minibatch(0, 16, torch::kCPU).advantages.to(torch::kFloat64);
  const auto [sum, squares] = shard.advantage_moments();
  EXPECT_NEAR(sum, advantages.sum().item<double>(), 1e-9);
  EXPECT_NEAR(squares, advantages.square().sum().item<double>(), 1e-9);
  shard.normalise_advantages(0.5, 2);
  const torch::Tensor after = shard.minibatch(0, 16, torch::kCPU).advantages.to(torch::kFloat64);
  EXPECT_TRUE(torch::allclose(after, (advantages - 0.5) / 2, 1e-5, 1e-6));
}

// With lambda 0 a return is the reward and what the value says of the next state: here 4 of every state,
// halved. An episode that was cut is worth that too, unless bootstrapping is off; one that reached the cheese
// is not.
void expect_returns_of_cut_episodes(bool bootstrap, float cut_worth) {
  TrainerConfig config = tiny_training();
  config.environment.own<MazeConfig>().world_dim = 3;
  config.environment.time_limit = 20;
  config.train.horizon = 512;
  config.train.ppo.bootstrap_timeouts = bootstrap;
  config.train.ppo.gamma = 0.5;
  config.train.ppo.lambda = 0;
  const Network network(config.network, {3, 3, 3, 1, 5});            // all weights 0: moves at random
  network.parameter(network.layout().size() - 1).detach().fill_(4);  // fc_value.bias
  Shard shard = make_shard(config);
  CollectStatistics statistics;
  collect(shard, network, statistics);
  std::map<float, int64_t> counts;
  for (int64_t i = 0; i < shard.samples(); ++i) ++counts[shard.returns().flatten()[i].item<float>()];

  ASSERT_EQ(statistics.finished.size(), 1U);
  const SizeTally tally = statistics.finished.at(3);
  EXPECT_GT(tally.successes, 3);
  EXPECT_GT(tally.episodes - tally.successes, 3);
  EXPECT_GE(tally.steps, tally.optimal);
  std::map<float, int64_t> expected;
  expected[static_cast<float>(config.environment.reward)] = tally.successes;
  expected[cut_worth] += tally.episodes - tally.successes;
  expected[2] += shard.samples() - tally.episodes;
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(statistics.reward, static_cast<double>(tally.successes) * config.environment.reward);
}

TEST(Shard, CutEpisodesAreWorthWhatTheValueSays) {
  expect_returns_of_cut_episodes(true, 2);
}

TEST(Shard, WithoutBootstrappingCutEpisodesAreWorthNothing) {
  expect_returns_of_cut_episodes(false, 0);
}

TEST(Shard, GoesOnFromWhatWasSavedBitForBit) {
  const TrainerConfig config = tiny_training();
  const Network network = tiny_network(config);
  CollectStatistics statistics;
  Shard shard = make_shard(config);
  collect(shard, network, statistics);
  shard.shuffle();
  ByteWriter streams, environments;
  shard.save_streams(streams);
  shard.save_environments(environments);
  EXPECT_EQ(streams.bytes().size(), Shard::kStreams * sizeof(RandomStream::State));

  Shard resumed = make_shard(config);
  ByteReader streams_in(streams.bytes(), "streams"), environments_in(environments.bytes(), "environments");
  resumed.restore_streams(streams_in);
  resumed.restore_environments(environments_in);
  EXPECT_TRUE(streams_in.at_end());
  EXPECT_TRUE(environments_in.at_end());
  for (int rollout = 0; rollout < 2; ++rollout) {
    for (Shard* s : {&shard, &resumed}) {
      collect(*s, network, statistics);
      s->shuffle();
    }
    EXPECT_EQ(rows(resumed.minibatch(0, 16, torch::kCPU)), rows(shard.minibatch(0, 16, torch::kCPU)));
  }
}

}  // namespace
}  // namespace mazescan

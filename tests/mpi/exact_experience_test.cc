#include "trainer/exact_experience.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <numeric>

#include "envs/maze/maze_config.h"
#include "tests/mpi/mpi_main.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/level_solution.h"
#include "trainer/metrics.h"

namespace mazescan::trainer {
namespace {

constexpr int kPartitions = 4;

TrainerConfig exact_training() {
  TrainerConfig config = tiny_exact_training();
  config.network.activation = "tanh";  // smooth, for finite differences
  config.environment.own<maze::MazeConfig>().world_dim = 7;
  config.train.exact.mix = 0.3;
  config.train.loss.coefficients["entropy"] = {0, 0};
  config.train.loss.coefficients["value_loss"] = {0, 0};
  return config;
}

// One update's experience, of this rank.
struct Made {
  explicit Made(const TrainerConfig& config)
      : experience(config, test_communicator(), kPartitions, 7),
        statistics(static_cast<size_t>(kPartitions / test_communicator().size())),
        loss(loss_terms(), config.train.loss, 0) {}

  // Returns the sum over all partitions of all ranks, before it is divided.
  torch::Tensor gradient(const policy::Network& network) {
    network.gradients().zero_();
    for (size_t p = 0; p < statistics.size(); ++p)
      experience.add_gradients(loss, network, p, 0, statistics[p]);
    const auto* mine = network.gradients().data_ptr<float>();
    const auto count = static_cast<size_t>(network.gradients().numel());
    const std::vector<double> all = test_communicator().all_gather(std::vector<double>(mine, mine + count));
    torch::Tensor total = torch::zeros({static_cast<int64_t>(count)}, torch::kFloat64);
    for (size_t i = 0; i < all.size(); ++i) total[static_cast<int64_t>(i % count)] += all[i];
    return total;
  }

  ExactExperience experience;
  std::vector<PartitionStatistics> statistics;
  Loss loss;
};

// Returns the probabilities of a network's moves in the states of a level.
MoveTable policy_on(const envs::Environment& level, const envs::StateGraph& graph,
                    const TrainerConfig& config, const policy::Network& network) {
  const envs::ObservationShape shape = level.observation_shape();
  torch::Tensor observations =
      torch::empty({graph.goal(), shape.channels, shape.height, shape.width}, torch::kUInt8);
  for (int s = 0; s < graph.goal(); ++s)
    level.observe_state(graph.states[static_cast<size_t>(s)], observations[s].data_ptr<uint8_t>());
  const torch::Tensor p =
      torch::softmax(network.forward(observations).logits.to(torch::kFloat64), 1).contiguous();
  MoveTable policy(graph.states.size());
  for (size_t s = 0; s < policy.size(); ++s)
    for (int a = 0; a < p.size(1); ++a)
      policy[s][static_cast<size_t>(envs::move_of(config.environment.actions, a))] +=
          p.data_ptr<double>()[static_cast<int64_t>(s) * p.size(1) + a];
  return policy;
}

// Returns the sum over the levels of the first update of mix x mean log V + (1 - mix) x log V of the start.
double sum_of_log_values(const TrainerConfig& config, const policy::Network& network) {
  torch::NoGradGuard no_grad;
  envs::Batch levels(config.environment, static_cast<int32_t>(config.seed), 0, config.train.mazes, 1);
  levels.reset();
  double sum = 0;
  for (int i = 0; i < levels.count(); ++i) {
    const envs::StateGraph graph = levels.environment(i).state_graph();
    const MoveTable policy = policy_on(levels.environment(i), graph, config, network);
    const LevelSolution solution = solve_level(graph, policy, config.train.ppo.gamma, config.train.exact.mix);
    double mean = 0;
    for (const double value : solution.values) mean += std::log(value) / graph.goal();
    sum += config.train.exact.mix * mean + (1 - config.train.exact.mix) * std::log(solution.values[0]);
  }
  return sum;
}

// Also with procgen's fifteen actions, of which several make the same move.
TEST(ExactExperience, TheGradientOfTheNetworkIsThatOfLogV) {
  for (const auto actions : {envs::ActionSet::moves, envs::ActionSet::procgen}) {
    TrainerConfig config = exact_training();
    config.environment.actions = actions;
    policy::Network network(config.network, {3, 7, 7, 1, envs::action_count(actions)});
    RandomStream random(1, "network");
    for (int64_t i = 0; i < network.parameters().numel(); ++i)
      network.parameters().data_ptr<float>()[i] = (random.uniform() - 0.5F) * 0.6F;
    Made made(config);
    made.experience.collect(network, 7, made.statistics);
    EXPECT_EQ(made.experience.begin_epoch(), 1);
    const torch::Tensor gradient = made.gradient(network);
    const torch::Tensor start = network.parameters().clone();
    torch::manual_seed(1);
    for (int i = 0; i < 3; ++i) {
      torch::Tensor direction =
          torch::randn({start.size(0)}, torch::kFloat64) + 5 * gradient / gradient.norm();
      direction /= direction.norm();
      const auto at = [&](double step) {
        network.parameters().copy_(start + step * direction);
        return sum_of_log_values(config, network);
      };
      constexpr double kStep = 1e-2;
      const double slope = (at(kStep) - at(-kStep)) / (2 * kStep);
      network.parameters().copy_(start);
      const double mine = -(gradient * direction).sum().item<double>() * (1 - config.train.ppo.gamma);
      EXPECT_GT(std::abs(slope), 0.01);
      EXPECT_NEAR(mine, slope, 0.01 * std::abs(slope) + 1e-4);
    }
  }
}

// The levels of an update, and which of them stay for the next, from what a checkpoint would hold.
struct Saved {
  Saved(const TrainerConfig& config, int count, const ExactExperience& experience)
      : levels(config.environment, static_cast<int32_t>(config.seed), 0, count, 1) {
    ByteWriter out;
    experience.save_environments(out);
    const std::string bytes = test_communicator().broadcast(std::string(out.bytes()));
    ByteReader in(bytes, "environments");
    levels.restore(in);
    while (!in.at_end()) stay.push_back(in.get<int32_t>());
  }
  envs::Batch levels;
  std::vector<int> stay;
};

TEST(ExactExperience, LevelsOfTheGreatestRegretStay) {
  TrainerConfig config = exact_training();
  config.train.mazes = 8;
  config.train.exact.replay = 0.5;
  policy::Network network(config.network, {3, 7, 7, 1, 5});
  RandomStream random(4, "network");
  network.initialise(random);
  Made made(config);
  std::vector<int32_t> seeds;
  std::vector<int> stay;
  for (int update = 0; update < 4; ++update) {
    for (PartitionStatistics& statistics : made.statistics) statistics = {};
    made.experience.collect(network, 7, made.statistics);
    const Saved saved(config, 12, made.experience);
    for (const int level : stay)
      EXPECT_EQ(saved.levels.level_seeds()[static_cast<size_t>(level)], seeds[static_cast<size_t>(level)]);
    if (update > 0) {
      int changed = 0;
      for (size_t i = 0; i < seeds.size(); ++i) changed += saved.levels.level_seeds()[i] != seeds[i] ? 1 : 0;
      EXPECT_EQ(changed, 8) << "all others are new";
    }
    std::vector<double> regrets;
    for (int i = 0; i < 12; ++i) {
      const envs::StateGraph graph = saved.levels.environment(i).state_graph();
      const double gamma = config.train.ppo.gamma;
      const MoveTable policy = policy_on(saved.levels.environment(i), graph, config, network);
      regrets.push_back(std::pow(gamma, envs::moves_to_goal(graph).front() - 1) -
                        solve_level(graph, policy, gamma, 0).values.front());
    }
    EXPECT_EQ(saved.stay.size(), 4U);
    for (int i = 0; i < 12; ++i) {
      const bool stays = std::count(saved.stay.begin(), saved.stay.end(), i) == 1;
      const auto greater = std::count_if(regrets.begin(), regrets.end(), [&](double regret) {
        return regret > regrets[static_cast<size_t>(i)] + 1e-6;
      });
      if (stays)
        EXPECT_LT(greater, 4) << "level " << i;
      else
        EXPECT_GE(
            std::count_if(regrets.begin(), regrets.end(),
                          [&](double regret) { return regret > regrets[static_cast<size_t>(i)] - 1e-6; }),
            5)
            << "level " << i;
    }
    UpdateMetrics metrics;
    metrics.reduce(test_communicator(), made.statistics);
    double of_new = 0, of_replayed = 0;
    for (int i = 0; i < 12; ++i) {
      if (std::count(stay.begin(), stay.end(), i) == 0)
        of_new += regrets[static_cast<size_t>(i)] / (update == 0 ? 12 : 8);
      if (std::count(saved.stay.begin(), saved.stay.end(), i) == 1)
        of_replayed += regrets[static_cast<size_t>(i)] / 4;
    }
    EXPECT_NEAR(metrics.regret.at("new"), of_new, 1e-5);
    EXPECT_NEAR(metrics.regret.at("replayed"), of_replayed, 1e-5);
    EXPECT_EQ(metrics.line(0, 0).at("regret"), nlohmann::json(metrics.regret));
    stay = saved.stay;
    seeds = saved.levels.level_seeds();
  }
}

// The success of an update is that of new levels: those that stay are harder.
TEST(ExactExperience, EpisodesOfLevelsThatStayAreNotCounted) {
  TrainerConfig config = exact_training();
  config.train.mazes = 8;
  config.train.exact.replay = 0.5;
  policy::Network network(config.network, {3, 7, 7, 1, 5});
  Made made(config);
  double episodes = 0;
  for (const int expected : {12, 8, 8}) {  // in the first update no level has stayed
    for (PartitionStatistics& statistics : made.statistics) statistics = {};
    made.experience.collect(network, 7, made.statistics);
    made.experience.begin_epoch();
    made.gradient(network);
    episodes = 0;
    for (const PartitionStatistics& statistics : made.statistics)
      for (const auto& [size, tally] : statistics.collected.finished) episodes += tally.episodes;
    const std::vector<double> of_ranks = test_communicator().all_gather({episodes});
    EXPECT_EQ(std::accumulate(of_ranks.begin(), of_ranks.end(), 0.0), expected);
  }
}

TEST(ExactExperience, PartitionsHaveNearlyEqualNumbersOfStates) {
  TrainerConfig config = exact_training();
  config.environment.own<maze::MazeConfig>().world_dim = 25;
  config.train.mazes = 16;
  const policy::Network network(config.network, {3, 25, 25, 1, 5});
  ExactExperience experience(config, test_communicator(), kPartitions, 25);
  const Loss loss(loss_terms(), config.train.loss, 0);
  for (int update = 0; update < 3; ++update) {
    std::vector<PartitionStatistics> statistics(
        static_cast<size_t>(kPartitions / test_communicator().size()));
    experience.collect(network, 25, statistics);
    experience.begin_epoch();
    std::vector<double> mine;
    for (size_t p = 0; p < statistics.size(); ++p) {
      experience.add_gradients(loss, network, p, 0, statistics[p]);
      mine.push_back(statistics[p].value_error.states);
    }
    const std::vector<double> all = test_communicator().all_gather(mine);
    EXPECT_EQ(all.size(), static_cast<size_t>(kPartitions));
    const double total = std::accumulate(all.begin(), all.end(), 0.0);
    EXPECT_EQ(total, static_cast<double>(experience.step_total().states));
    for (const double states : all) EXPECT_NEAR(states, total / kPartitions, 0.1 * total / kPartitions);
  }
}

// Drawn states carry larger weights: over many draws the gradient is that of all states.
TEST(ExactExperience, TheGradientOfDrawnStatesIsUnbiased) {
  TrainerConfig config = exact_training();
  config.train.loss.coefficients["entropy"] = {0.01, 0.01};
  config.train.loss.coefficients["value_loss"] = {0.1, 0.1};
  policy::Network network(config.network, {3, 7, 7, 1, 5});
  RandomStream random(3, "network");
  network.initialise(random);
  torch::Tensor all = torch::zeros({network.parameters().numel()}, torch::kFloat64), drawn = all.clone();
  double squared_error = 0, weight = 0, drawn_weight = 0, states = 0, drawn_states = 0;
  constexpr int kUpdates = 60;
  TrainerConfig some = config;
  some.train.exact.backward = 0.25;
  Made whole(config), part(some);
  for (int update = 0; update < kUpdates; ++update) {
    for (Made* made : {&whole, &part}) {
      made->experience.collect(network, 7, made->statistics);
      made->experience.begin_epoch();
    }
    const torch::Tensor exact = whole.gradient(network), sample = part.gradient(network);
    all += exact;
    drawn += sample;
    squared_error += (exact - sample).square().sum().item<double>();
    EXPECT_NEAR(part.experience.step_total().weight, whole.experience.step_total().weight, 1e-3);
  }
  for (size_t p = 0; p < whole.statistics.size(); ++p) {
    weight += whole.statistics[p].loss.weight;
    drawn_weight += part.statistics[p].loss.weight;
    states += whole.statistics[p].value_error.states;
    drawn_states += part.statistics[p].value_error.states;
    EXPECT_NEAR(part.statistics[p].collected.reward, whole.statistics[p].collected.reward, 1e-3);
  }
  EXPECT_EQ(states, drawn_states) << "all states are evaluated";
  EXPECT_NEAR(drawn_weight, weight, 0.1 * weight);
  EXPECT_GT(squared_error, 0);
  // The errors of the updates are independent, so that of the sum has the sum of their variances.
  EXPECT_LT((drawn - all).square().sum().item<double>(), 4 * squared_error);
  EXPECT_LT((drawn - all).norm().item<double>(), 0.2 * all.norm().item<double>());
}

TEST(ExactExperience, EveryPartitionDrawsAState) {
  TrainerConfig config = exact_training();
  config.train.exact.backward = 0.001;
  const policy::Network network = [&] {
    policy::Network made(config.network, {3, 7, 7, 1, 5});
    RandomStream random(3, "network");
    made.initialise(random);
    return made;
  }();
  Made made(config);
  for (int update = 0; update < 20; ++update) {
    made.experience.collect(network, 7, made.statistics);
    made.experience.begin_epoch();
    for (PartitionStatistics& partition : made.statistics) partition = {};
    made.gradient(network);
    for (const PartitionStatistics& partition : made.statistics) {
      EXPECT_GE(partition.loss.samples, 1);
      EXPECT_LT(partition.loss.samples, 4);
    }
  }
}

// With the probabilities of the first epoch, the clipped surrogate has another gradient in the second one,
// and none where all ratios are clipped.
TEST(ExactExperience, LaterEpochsKeepTheAdvantagesOfTheFirst) {
  const TrainerConfig config = exact_training();
  policy::Network network(config.network, {3, 7, 7, 1, 5});
  RandomStream random(2, "network");
  network.initialise(random);
  Made made(config);
  made.experience.collect(network, 7, made.statistics);
  made.experience.begin_epoch();
  const torch::Tensor first = made.gradient(network);
  const double weight = made.experience.step_total().weight;
  EXPECT_GT(weight, 0);
  made.experience.begin_epoch();
  EXPECT_TRUE(torch::equal(made.gradient(network), first)) << "nothing moved";
  EXPECT_EQ(made.experience.step_total().weight, weight);
  network.parameters().sub_(first.to(torch::kFloat32), 0.05 / first.norm().item<double>());
  made.experience.begin_epoch();
  const torch::Tensor second = made.gradient(network);
  EXPECT_FALSE(torch::equal(second, first));
  double kl = 0;
  for (const PartitionStatistics& partition : made.statistics) kl += partition.loss.change.kl;
  EXPECT_GT(kl, 0);
}

TEST(ExactExperience, EveryUpdateHasNewLevelsAndTheCurriculumLimitsThem) {
  const TrainerConfig config = exact_training();
  const policy::Network network = tiny_network(config);
  ExactExperience experience(config, test_communicator(), kPartitions, 3);
  std::vector<PartitionStatistics> statistics(static_cast<size_t>(kPartitions / test_communicator().size()));
  std::vector<int64_t> states;
  for (const int largest : {3, 7, 7, 7}) {
    experience.collect(network, largest, statistics);
    experience.begin_epoch();
    for (auto& partition : statistics) partition = {};
    const Loss loss(loss_terms(), config.train.loss, 0);
    for (size_t p = 0; p < statistics.size(); ++p)
      experience.add_gradients(loss, network, p, 0, statistics[p]);
    for (const auto& partition : statistics)
      for (const auto& [size, tally] : partition.collected.finished) EXPECT_LE(size, largest);
    states.push_back(experience.step_total().states);
  }
  EXPECT_LE(states[0], 8 * 6);
  EXPECT_NE(states[1], states[2]);
  EXPECT_NE(states[2], states[3]);
}

}  // namespace
}  // namespace mazescan::trainer

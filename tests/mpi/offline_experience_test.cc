#include "trainer/offline_experience.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/hash.h"
#include "policy/action_distribution.h"
#include "policy/decision_transformer.h"
#include "tests/datasets/episodes/sample_episodes.h"
#include "tests/mpi/mpi_main.h"
#include "tests/storage/temporary_folder.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/learner.h"
#include "trainer/offline_terms.h"

namespace mazescan::trainer {
namespace {

using States = std::map<std::string, std::string>;

class Offline : public testing::Test {
 protected:
  Offline() {
    if (test_communicator().is_root()) folder_.emplace();
    path_ = test_communicator().broadcast(folder_ ? folder_->path().string() : "");
    config_ = tiny_training();
    config_.environment.time_limit = 20;
    config_.environment.reward = 1;
    config_.train.advantages = Advantages::offline;
    config_.train.offline.steps = 20;
    config_.train.offline.update = 5;
    config_.train.ppo.gamma = 0.9;
  }

  ~Offline() override {
    test_communicator().barrier();
  }  // before rank 0 removes the folder: others may still read

  // Prepares a training that takes seconds. Its bits are the same on any number of ranks.
  void learn_seriously() {
    config_.network.channels = {8};
    config_.network.fc = 32;
    config_.train.partitions = 1;
    config_.train.offline.steps = 1000;
    config_.train.offline.update = 50;
  }

  // Writes the data of all ranks.
  void write(const episodes::Dataset& dataset, const std::string& name = episodes::kFileName) {
    config_.train.offline.data = path_ + "/" + name;
    test_communicator().barrier();  // others may still read what is replaced
    if (test_communicator().is_root()) write_file(config_.train.offline.data, dataset);
    test_communicator().barrier();
  }
  void choose(OfflineLearner learner) {
    config_.train.offline.learner = learner;
    config_.network.head = head_of(learner).empty() ? "fc" : head_of(learner);
  }
  Learner make() { return Learner(config_, test_communicator(), *collective_, local_environments(config_)); }
  // Returns the network after a whole training.
  policy::Network trained() {
    Learner learner = make();
    while (!learner.finished()) learner.update();
    return with_options(learner.network(), {});
  }
  // Returns a network with the same parameters and these options of the head.
  policy::Network with_options(const policy::Network& original, std::map<std::string, double> options) const {
    policy::NetworkConfig network_config = config_.network;
    if (!options.empty()) network_config.head_options = policy::Options(std::move(options));
    policy::Network network(network_config, config_.network_interface());
    network.parameters().copy_(original.parameters());
    return network;
  }
  static States shared_state(const Learner& learner) {
    States state = learner.state();
    for (const char* name :
         {"counters.bin", "environments.bin", "optimiser.safetensors", "policy.safetensors", "streams.bin"})
      state[name] = test_communicator().broadcast(state[name]);
    return state;
  }
  static std::string bits(const torch::Tensor& t) {
    return hash_hex({static_cast<const char*>(t.data_ptr()), t.nbytes()});
  }

  // Returns the share of new levels on which the network's likeliest actions lead to the goal.
  double success(const policy::Network& network, int levels = 200) const {
    const torch::NoGradGuard no_grad;
    const auto task = make_task(config_.environment);
    const envs::ObservationShape shape = task->observation_shape();
    torch::Tensor observation = torch::empty({1, shape.channels, shape.height, shape.width}, torch::kUInt8);
    int reached = 0;
    for (int i = 0; i < levels; ++i) {
      const auto rule = [&](const envs::MazeState& state) {
        task->observe(state, observation.data_ptr<uint8_t>());
        return static_cast<envs::Move>(network.forward(observation).logits.argmax(1).item<int64_t>());
      };
      reached += episodes::play(config_.environment, 100'000 + i,
                                sizes_[static_cast<size_t>(i) % sizes_.size()], rule)
                         .terminated
                     ? 1
                     : 0;
    }
    return static_cast<double>(reached) / levels;
  }

  std::vector<int> sizes_ = {3, 5};  // of the levels of success()
  std::optional<TemporaryFolder> folder_;
  std::string path_;
  TrainerConfig config_;
  std::unique_ptr<cluster::Collective> collective_ = cluster::make_mpi_collective(test_communicator());
};

TEST_F(Offline, EveryLearnerIsTheSameOnEveryRankAndResumesBitForBit) {
  write(episodes::play_levels(config_.environment, {3, 5}, 30, episodes::random_moves(1)));
  for (const auto learner : {OfflineLearner::clone, OfflineLearner::best_clone, OfflineLearner::bcq,
                             OfflineLearner::cql, OfflineLearner::decision_transformer}) {
    choose(learner);
    Learner whole = make();
    const UpdateMetrics first = whole.update();
    EXPECT_EQ(first.steps, 5 * 32);
    EXPECT_GT(first.gradient_norm, 0);
    EXPECT_TRUE(first.finished.empty()) << "nothing is played";
    EXPECT_GT(first.mean_reward, 0);
    EXPECT_LT(first.mean_reward, 1);
    const nlohmann::json line = first.line(0, 0);
    EXPECT_EQ(line.count("kl"), 0U);
    EXPECT_EQ(line.count("explained_variance"), learns_q(learner) ? 1U : 0U);
    EXPECT_EQ(first.loss.size(), offline_terms(learner).size());
    const std::string mine = bits(whole.network().parameters());
    for (const std::string& other : test_communicator().gather(mine)) EXPECT_EQ(other, mine);

    const States saved = shared_state(whole);
    Learner resumed = make();
    resumed.restore(saved);
    EXPECT_EQ(shared_state(resumed), saved);
    while (!whole.finished()) EXPECT_EQ(whole.update().loss, resumed.update().loss);
    EXPECT_EQ(whole.updates(), 4);
    EXPECT_EQ(shared_state(resumed), shared_state(whole));
  }
}

TEST_F(Offline, CloningAPerfectPolicyReachesIt) {
  if (test_communicator().size() > 1) GTEST_SKIP() << "one rank is enough";
  learn_seriously();
  write(episodes::play_levels(config_.environment, {3, 5}, 400, episodes::shortest_path));
  choose(OfflineLearner::clone);
  EXPECT_GE(success(trained()), 0.99);
  EXPECT_LT(success(make().network()), 0.5) << "before the training";
}

TEST_F(Offline, RewardsMakeNoDifferenceToAClone) {
  const episodes::Dataset data =
      episodes::play_levels(config_.environment, {3, 5}, 30, episodes::random_moves(1));
  episodes::Dataset shuffled = data;
  RandomStream random(1, "shuffle");
  std::vector<float*> rewards;
  for (episodes::Episode& episode : shuffled.episodes)
    for (float& reward : episode.rewards) rewards.push_back(&reward);
  for (size_t i = rewards.size() - 1; i > 0; --i)
    std::swap(*rewards[i], *rewards[random.below(static_cast<uint32_t>(i + 1))]);
  for (const auto learner : {OfflineLearner::clone, OfflineLearner::best_clone, OfflineLearner::cql}) {
    choose(learner);
    std::string hashes[2];
    for (const bool with_shuffled : {false, true}) {
      write(with_shuffled ? shuffled : data, with_shuffled ? "shuffled.bin" : "data.bin");
      hashes[with_shuffled ? 1 : 0] = bits(trained().parameters());
    }
    EXPECT_EQ(hashes[0] == hashes[1], !learns_q(learner)) << name_of(learner);
  }
}

// From a mouse that moves at random: Q-learning combines its steps, a clone repeats them.
TEST_F(Offline, LearnersOfQFindTheGoalInPoorData) {
  if (test_communicator().size() > 1) GTEST_SKIP() << "one rank is enough";
  learn_seriously();
  config_.train.ppo.minibatch = 64;
  config_.train.loss.coefficients["conservative"] =
      config_.train.loss.coefficients["imitation"] = {0.02, 0.02};
  sizes_ = {3};
  write(episodes::play_levels(config_.environment, sizes_, 400, episodes::random_moves(1)));
  for (const auto learner : {OfflineLearner::bcq, OfflineLearner::cql}) {
    choose(learner);
    EXPECT_GE(success(trained()), 0.95) << name_of(learner);
  }
  config_.train.loss.coefficients["imitation"] = {1, 1};
  choose(OfflineLearner::clone);
  EXPECT_LT(success(trained()), 0.7);
}

// Half of the episodes are of a perfect mouse, half of a random one. For "never" a decision transformer acts like those
// that did not arrive, for an expert's returns like those that did; with shuffled returns it cannot tell them apart.
TEST_F(Offline, ADecisionTransformerActsForItsReturn) {
  if (test_communicator().size() > 1) GTEST_SKIP() << "one rank is enough";
  learn_seriously();
  config_.train.ppo.minibatch = 64;
  choose(OfflineLearner::decision_transformer);
  config_.train.ppo.learning_rate = {3e-3, 1e-4};
  config_.train.offline.steps = 500;
  std::map<std::string, double> options = {{"width", 16}, {"layers", 1}};
  config_.network.head_options = policy::Options(options);
  sizes_ = {3};
  episodes::Dataset data = episodes::play_levels(config_.environment, sizes_, 400, episodes::shortest_path);
  const episodes::Dataset random =
      episodes::play_levels(config_.environment, sizes_, 400, episodes::random_moves(1));
  data.episodes.insert(data.episodes.end(), random.episodes.begin(), random.episodes.end());
  write(data);
  options["return_bin"] = policy::kReturnBins - 1;  // never
  const policy::Network network = trained();
  EXPECT_GE(success(network), 0.99);
  EXPECT_LT(success(with_options(network, options)), 0.5);

  config_.train.offline.shuffle_returns = true;
  const policy::Network shuffled = trained();
  EXPECT_NEAR(success(shuffled), success(with_options(shuffled, options)), 0.1);
}

TEST_F(Offline, ATrainingResumesOnItsOwnDataOnly) {
  write(episodes::play_levels(config_.environment, {3, 5}, 30, episodes::random_moves(1)));
  Learner learner = make();
  learner.update();
  const States saved = shared_state(learner);
  write(episodes::play_levels(config_.environment, {3, 5}, 30, episodes::random_moves(2)));
  Learner other = make();
  EXPECT_USER_ERROR(other.restore(saved), "has other episodes than before");
}

}  // namespace
}  // namespace mazescan::trainer

#include "trainer/learner.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/hash.h"
#include "policy/formats/safetensors.h"
#include "policy/policy_file.h"
#include "tests/mpi/mpi_main.h"
#include "tests/policy/keep_largest.h"
#include "tests/storage/temporary_folder.h"
#include "tests/trainer/tiny_training.h"

namespace mazescan {
namespace {

using Blobs = std::map<std::string, std::string>;

class LearnerTest : public testing::Test {
 protected:
  trainer::Learner make(const trainer::TrainerConfig& config = tiny_training()) {
    return trainer::Learner(config, test_communicator(), *collective_, trainer::local_environments(config));
  }

  // Returns state() as every rank reads it from a checkpoint.
  static Blobs shared_state(const trainer::Learner& learner) {
    Blobs state = learner.state();
    EXPECT_EQ(state.empty(), !test_communicator().is_root());
    for (const char* name :
         {"counters.bin", "environments.bin", "optimiser.safetensors", "policy.safetensors", "streams.bin"})
      state[name] = test_communicator().broadcast(state[name]);
    return state;
  }

  std::unique_ptr<cluster::Collective> collective_ = cluster::make_mpi_collective(test_communicator());
};

std::string bits(const torch::Tensor& t) {
  return hash_hex({static_cast<const char*>(t.data_ptr()), t.nbytes()});
}

TEST_F(LearnerTest, EveryRankHoldsTheSameNetworkAndMetrics) {
  trainer::Learner learner = make();
  const std::string before = bits(learner.network().parameters());
  for (int update = 1; update <= 2; ++update) {
    trainer::UpdateMetrics metrics = learner.update();
    metrics.update_seconds = 1;  // differ between ranks
    EXPECT_EQ(metrics.update, update);
    EXPECT_EQ(metrics.steps, 64 * update);
    EXPECT_GT(metrics.loss.at("entropy"), 0);
    EXPECT_GT(metrics.gradient_norm, 0);
    const std::string mine = bits(learner.network().parameters()) + metrics.line(0, 0).dump();
    for (const std::string& other : test_communicator().gather(mine)) EXPECT_EQ(other, mine);
  }
  EXPECT_NE(bits(learner.network().parameters()), before);
  EXPECT_EQ(learner.steps(), 128);
}

TEST_F(LearnerTest, ExactTrainingIsTheSameOnEveryRankAndResumesBitForBit) {
  for (const auto advantages : {trainer::Advantages::exact, trainer::Advantages::clone}) {
    trainer::TrainerConfig config = tiny_exact_training();
    config.train.advantages = advantages;
    trainer::Learner whole = make(config);
    const trainer::UpdateMetrics first = whole.update();
    EXPECT_GE(first.steps, 8 * 5) << "the levels of an update have 5 states or more";
    EXPECT_GT(first.gradient_norm, 0);
    int64_t episodes = 0;
    for (const auto& [size, tally] : first.finished) {
      episodes += tally.episodes;
      EXPECT_GT(tally.successes, 0);
      EXPECT_LT(tally.successes, static_cast<double>(tally.episodes));
      EXPECT_GE(tally.steps, tally.optimal);
    }
    EXPECT_EQ(episodes, 8);
    const std::string mine = bits(whole.network().parameters());
    for (const std::string& other : test_communicator().gather(mine)) EXPECT_EQ(other, mine);

    const Blobs saved = shared_state(whole);
    trainer::Learner resumed = make(config);
    resumed.restore(saved);
    EXPECT_EQ(resumed.steps(), whole.steps());
    EXPECT_EQ(shared_state(resumed), saved);
    while (!whole.finished()) EXPECT_EQ(whole.update().loss, resumed.update().loss);
    EXPECT_EQ(whole.updates(), 4);
    EXPECT_EQ(shared_state(resumed), shared_state(whole));
  }
}

TEST_F(LearnerTest, SchedulesAndEnd) {
  trainer::Learner learner = make();
  std::vector<double> rates;
  while (!learner.finished()) rates.push_back(learner.update().learning_rate);
  ASSERT_EQ(rates.size(), 4U);
  EXPECT_DOUBLE_EQ(rates[0], 1e-2);
  for (size_t i = 1; i < rates.size(); ++i) EXPECT_LT(rates[i], rates[i - 1]);
  EXPECT_GE(rates.back(), 1e-3);
}

TEST_F(LearnerTest, LossTermsAreMeasuredUnderTheirNames) {
  trainer::TrainerConfig config = tiny_training();
  const auto names = [](const std::map<std::string, double>& values) {
    std::vector<std::string> keys;
    for (const auto& [name, value] : values) keys.push_back(name);
    return keys;
  };
  const std::vector<std::string> measured = {"entropy", "policy_loss", "value_loss"};
  EXPECT_EQ(names(make(config).update().loss), measured);
  config.train.loss.coefficients["activation_l1"] = {0.5, 0.5};
  config.train.loss.coefficients["weight_l2"] = {0, 0.5};  // at the first update still 0
  trainer::Learner learner = make(config);
  EXPECT_EQ(names(learner.update().loss),
            (std::vector<std::string>{"activation_l1", "entropy", "policy_loss", "value_loss"}));
  const trainer::UpdateMetrics metrics = learner.update();
  EXPECT_EQ(metrics.loss.size(), 5U);
  EXPECT_EQ(names(metrics.loss_coefficients), names(metrics.loss));
  EXPECT_DOUBLE_EQ(metrics.loss_coefficients.at("weight_l2"), 0.125);
  const double norm = learner.network().parameters().square().sum().item<double>() / 2;
  EXPECT_NEAR(metrics.loss.at("weight_l2"), norm, 0.2 * norm);
}

TEST_F(LearnerTest, ResumesFromItsStateBitForBit) {
  trainer::Learner whole = make();
  whole.update();
  const Blobs saved = shared_state(whole);
  trainer::Learner resumed = make();
  resumed.restore(saved);
  EXPECT_EQ(resumed.updates(), 1);
  EXPECT_EQ(shared_state(resumed), saved);
  for (int update = 0; update < 2; ++update) {
    const trainer::UpdateMetrics a = whole.update(), b = resumed.update();
    EXPECT_EQ(a.loss, b.loss);
    EXPECT_EQ(a.gradient_norm, b.gradient_norm);
  }
  EXPECT_EQ(shared_state(resumed), shared_state(whole));
  EXPECT_EQ(resumed.policy_bytes(), whole.policy_bytes());
}

TEST_F(LearnerTest, StateOfLayersIsTrainedAndRestored) {
  const KeepLargestInTable in_table;
  trainer::TrainerConfig config = tiny_training();
  config.network.activation = "keep_largest";
  trainer::Learner whole = make(config);
  EXPECT_EQ(whole.network().state().abs().sum().item<float>(), 0);
  whole.update();
  EXPECT_GT(whole.network().state().max().item<float>(), 0);
  EXPECT_LE(whole.network().state().max().item<float>(), 1) << "a share of the samples";
  const std::string mine = bits(whole.network().state());
  for (const std::string& other : test_communicator().gather(mine)) EXPECT_EQ(other, mine);
  const Blobs saved = shared_state(whole);
  trainer::Learner resumed = make(config);
  resumed.restore(saved);
  EXPECT_TRUE(torch::equal(resumed.network().state(), whole.network().state()));
  whole.update();
  resumed.update();
  EXPECT_EQ(shared_state(resumed), shared_state(whole));
}

TEST_F(LearnerTest, ThePolicyFileIsTheNetwork) {
  trainer::Learner learner = make();
  learner.update();
  const policy::Policy policy = policy::decode_policy(learner.policy_bytes(), "policy");
  EXPECT_TRUE(torch::equal(policy.network.parameters(), learner.network().parameters()));
  EXPECT_EQ(policy.network.interface().height, 5);
  EXPECT_EQ(policy.network.interface().actions, 5);
  EXPECT_NE(policy.environment.find("world_dim: 5"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(policy.training)["updates"], 1);
}

TEST_F(LearnerTest, TheStateOfAnotherTrainingIsRefused) {
  trainer::Learner learner = make();
  const Blobs saved = shared_state(learner);
  trainer::TrainerConfig other = tiny_training();
  other.train.ppo.gamma = 0.5;
  trainer::Learner changed = make(other);
  EXPECT_USER_ERROR(changed.restore(saved),
                    "'train.ppo.gamma' is 0.5, but the checkpoint was trained with 0.999");
  other = tiny_training();
  other.run = "runs/elsewhere";
  other.train.threads = 2;
  other.train.checkpoint = {7, 7};
  trainer::Learner elsewhere = make(other);
  EXPECT_NO_THROW(elsewhere.restore(saved));
}

TEST_F(LearnerTest, DamagedStatesAreRefused) {
  trainer::Learner learner = make();
  const Blobs saved = shared_state(learner);
  for (const auto& [name, bytes] : saved) {
    Blobs damaged = saved;
    damaged.erase(name);
    EXPECT_USER_ERROR(learner.restore(damaged), "the checkpoint has no '" + name + "'");
    damaged[name] = bytes.substr(0, bytes.size() / 2);
    EXPECT_THROW(learner.restore(damaged), UserError) << name;
    damaged[name] = "";
    EXPECT_THROW(learner.restore(damaged), UserError) << name;
  }
  Blobs other = saved;
  formats::TensorFile optimiser = formats::decode_safetensors(saved.at("optimiser.safetensors"), "f");
  optimiser.tensors.at("adam.first_moment") = torch::zeros({3});
  other["optimiser.safetensors"] = formats::encode_safetensors(optimiser);
  EXPECT_USER_ERROR(learner.restore(other), "no fitting 'adam.first_moment'");
}

// With one partition for each rank, a different number of ranks would be a different training.
TEST_F(LearnerTest, AnotherNumberOfPartitionsIsRefused) {
  trainer::TrainerConfig config = tiny_training();
  config.train.partitions = 0;
  config.train.deterministic = false;
  trainer::Learner learner = make(config);
  Blobs saved = shared_state(learner);
  EXPECT_NO_THROW(learner.restore(saved));
  ++saved.at("counters.bin")[2 * sizeof(int64_t)];  // the number of partitions, after updates and steps
  EXPECT_USER_ERROR(learner.restore(saved), "start as many ranks as before");
}

}  // namespace
}  // namespace mazescan

// Environments that other ranks step equal those that this rank steps. Rank 0 is the learner; the others are
// its workers.
#include "trainer/workers.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "envs/maze/maze_config.h"
#include "tests/mpi/mpi_main.h"
#include "tests/trainer/tiny_training.h"
#include "trainer/worker.h"

namespace mazescan {
namespace {

constexpr int kFirst = 3, kCount = 7;

trainer::TrainerConfig training(envs::Interface observation, frame::View view, bool sequential) {
  trainer::TrainerConfig config = tiny_training();
  config.environment.own<maze::MazeConfig>().world_dim = 7;
  config.environment.own<maze::MazeConfig>().observation = observation;
  config.environment.own<maze::MazeConfig>().view = view;
  config.environment.sequential = sequential;
  config.environment.time_limit = 25;
  return config;
}

// Holds environments and the buffers of a step.
struct Player {
  explicit Player(std::unique_ptr<trainer::VectorEnv> vector)
      : environments(std::move(vector)),
        rewards(kCount),
        terminated(kCount),
        truncated(kCount),
        observations(kCount * environments->shape().bytes()) {}

  std::string saved() const {
    ByteWriter out;
    environments->save(out);
    return out.take();
  }
  void restore(const std::string& bytes) const {
    ByteReader in(bytes, "saved");
    environments->restore(in);
    EXPECT_TRUE(in.at_end());
  }
  void wait() {
    environments->step_wait(rewards.data(), terminated.data(), truncated.data(), observations.data());
  }

  std::unique_ptr<trainer::VectorEnv> environments;
  std::vector<float> rewards;
  std::vector<uint8_t> terminated, truncated, observations;
};

std::vector<int32_t> actions_at(int t, int actions) {
  std::vector<int32_t> chosen(kCount);
  for (int i = 0; i < kCount; ++i) {
    RandomStream random(7, "actions", static_cast<uint64_t>(t) * kCount + static_cast<uint64_t>(i));
    chosen[i] =
        random.below(40) == 0 ? -1 : static_cast<int32_t>(random.below(static_cast<uint32_t>(actions)));
  }
  return chosen;
}

void expect_same_step(const Player& here, const Player& elsewhere, const std::string& when) {
  EXPECT_EQ(here.rewards, elsewhere.rewards) << when;
  EXPECT_EQ(here.terminated, elsewhere.terminated) << when;
  EXPECT_EQ(here.truncated, elsewhere.truncated) << when;
  EXPECT_TRUE(here.observations == elsewhere.observations) << when;
  const auto &a = here.environments->finished(), &b = elsewhere.environments->finished();
  ASSERT_EQ(a.size(), b.size()) << when;
  const size_t bytes = here.environments->shape().bytes();
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].index, b[i].index) << when;
    EXPECT_EQ(a[i].truncated, b[i].truncated) << when;
    EXPECT_EQ(a[i].episode.level_seed, b[i].episode.level_seed) << when;
    EXPECT_EQ(a[i].episode.size, b[i].episode.size) << when;
    EXPECT_EQ(a[i].episode.steps, b[i].episode.steps) << when;
    EXPECT_EQ(a[i].episode.optimal, b[i].episode.optimal) << when;
    EXPECT_EQ(a[i].episode.success, b[i].episode.success) << when;
    ASSERT_EQ(a[i].final_observation == nullptr, b[i].final_observation == nullptr) << when;
    if (a[i].final_observation == nullptr) continue;
    EXPECT_EQ(std::memcmp(a[i].final_observation, b[i].final_observation, bytes), 0) << when;
  }
}

// Steps local and remote environments with the same actions; two remote groups step at the same time.
void play(const trainer::TrainerConfig& config, trainer::Workers& workers) {
  const auto remote = workers.environments(config);
  const auto local = trainer::local_environments(config);
  Player here(local(kFirst, kCount, 5)), there(remote(kFirst, kCount, 5)), other(remote(kFirst, kCount, 5));
  ASSERT_EQ(here.environments->action_count(), there.environments->action_count());
  ASSERT_EQ(here.observations.size(), there.observations.size());
  for (Player* player : {&here, &there}) player->environments->observe(player->observations.data());
  ASSERT_TRUE(here.observations == there.observations);
  size_t ended = 0, cut = 0;
  for (int t = 0; t < 300; ++t) {
    if (t == 100)
      for (Player* player : {&here, &there, &other}) player->environments->set_largest_size(7);
    const auto actions = actions_at(t, here.environments->action_count());
    for (Player* player : {&here, &there, &other}) player->environments->step_async(actions.data());
    for (Player* player : {&here, &there, &other}) player->wait();
    expect_same_step(here, there, "step " + std::to_string(t));
    expect_same_step(here, other, "other group, step " + std::to_string(t));
    ended += here.environments->finished().size();
    for (const uint8_t truncated : here.truncated) cut += truncated;
    if (t == 150) {  // both save the same bytes, and each continues from the bytes of the other
      const std::string saved = here.saved(), saved_there = there.saved();
      EXPECT_TRUE(saved == saved_there);
      for (int more = 0; more < 5; ++more)
        for (Player* player : {&here, &there}) {
          player->environments->step_async(actions.data());
          player->wait();
        }
      here.restore(saved_there);
      there.restore(saved);
      for (Player* player : {&here, &there}) player->environments->observe(player->observations.data());
      EXPECT_TRUE(here.observations == there.observations);
    }
  }
  EXPECT_GT(ended, 30U);
  EXPECT_GT(cut, 10U);
}

void play_or_serve(const trainer::TrainerConfig& config) {
  const cluster::Communicator& communicator = test_communicator();
  if (!communicator.is_root()) return trainer::serve_learner(config, communicator, 0);
  std::vector<int> ranks;
  for (int rank = 1; rank < communicator.size(); ++rank) ranks.push_back(rank);
  trainer::Workers workers(communicator, ranks);
  play(config, workers);
}

TEST(Workers, PlanesEqualThoseOfLocalEnvironments) {
  play_or_serve(training(envs::Interface::planes, frame::View::world, false));
}

TEST(Workers, FramesEqualThoseOfLocalEnvironments) {
  play_or_serve(training(envs::Interface::rgb, frame::View::world, false));
}

TEST(Workers, FramesAroundTheMouseEqualThoseOfLocalEnvironments) {
  play_or_serve(training(envs::Interface::rgb, frame::View::mouse, false));
}

TEST(Workers, SequentialLevels) {
  play_or_serve(training(envs::Interface::planes, frame::View::world, true));
}

}  // namespace
}  // namespace mazescan

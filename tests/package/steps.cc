// Steps 16 mazes of the cheese policy's training distribution at random and prints how many episodes ended.
#include <envs/batch.h>

#include <cstdio>
#include <random>

int main() {
  using namespace mazescan::envs;
  EnvironmentConfig config("maze_aisc");
  config.set("world_dim", "9");
  Batch batch(config, /*rand_seed=*/7, /*first=*/0, /*count=*/16, /*threads=*/2);
  std::vector<int32_t> actions(16);
  std::vector<float> rewards(16);
  std::vector<uint8_t> terminated(16), truncated(16), observations(16 * batch.shape().bytes());
  std::mt19937 random;
  size_t episodes = 0;
  for (int step = 0; step < 1000; ++step) {
    for (int32_t& action : actions) action = static_cast<int32_t>(random() % batch.action_count());
    batch.step(actions.data(), rewards.data(), terminated.data(), truncated.data(), observations.data());
    episodes += batch.finished().size();
  }
  std::printf("%zu episodes\n", episodes);
}

// Recorded episodes: any bytes are either rejected with a UserError, or read as episodes whose states can be
// made and observed.
#include <vector>

#include "core/error.h"
#include "tests/datasets/episodes/sample_episodes.h"
#include "tests/fuzz/fuzz_target.h"

namespace mazescan {
namespace {

std::string sample_episodes(const std::string& environment) {
  envs::EnvironmentConfig config(environment);
  config.set("world_dim", "7");
  config.actions = envs::ActionSet::moves;
  config.time_limit = 25;
  return encode(episodes::play_levels(config, {5, 7}, 3, episodes::random_moves(1)));
}

}  // namespace
}  // namespace mazescan

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mazescan;
  try {
    const episodes::Dataset dataset = episodes::decode({reinterpret_cast<const char*>(data), size}, "input");
    const auto environment = parse_config<envs::EnvironmentConfig>(dataset.environment, "input");
    const auto task = make_task(environment);
    std::vector<uint8_t> picture(task->observation_shape().bytes());
    for (const episodes::Episode& episode : dataset.episodes)
      for (const envs::MazeState& state : states_of(episode, *task, environment.actions))
        task->observe(state, picture.data());
  } catch (const UserError&) {
  }
  return 0;
}

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const char* environment : {"maze_aisc", "maze_cues", "keys_and_chests"})
    seeds.push_back(mazescan::sample_episodes(environment));
  return seeds;
}

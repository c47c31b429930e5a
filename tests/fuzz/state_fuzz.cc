// Compact states from another rank: any bytes are either rejected with a UserError, or read as a state that
// is safe to observe. One observer reads all of them in turn, as in training.
#include <vector>

#include "core/error.h"
#include "envs/environment.h"
#include "envs/maze/maze_config.h"
#include "tests/fuzz/fuzz_target.h"

namespace mazescan {
namespace {

envs::EnvironmentConfig config_of(envs::Interface observation, frame::View view) {
  envs::EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = 9;
  config.own<maze::MazeConfig>().observation = observation;
  config.own<maze::MazeConfig>().view = view;
  return config;
}

// Plays a few steps and returns the states that the environment writes.
std::string states_of(const envs::EnvironmentConfig& config, uint32_t seed) {
  const auto environment = envs::make_environment(config, seed);
  environment->reset();
  ByteWriter out;
  environment->write_state(out, true);
  for (int t = 0; t < 12; ++t) {
    const bool over =
        environment->step((t * 7 + static_cast<int>(seed)) % environment->action_count()).level_over;
    environment->write_state(out, false);
    if (!over) continue;
    environment->reset();
    environment->write_state(out, true);
  }
  return out.take();
}

}  // namespace
}  // namespace mazescan

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mazescan;
  struct Viewer {
    explicit Viewer(const envs::EnvironmentConfig& config)
        : observer(envs::make_state_observer(config)),
          picture(envs::make_environment(config, 0)->observation_shape().bytes()) {}
    std::unique_ptr<envs::StateObserver> observer;
    std::vector<uint8_t> picture;
  };
  static Viewer viewers[] = {Viewer(config_of(envs::Interface::planes, frame::View::world)),
                             Viewer(config_of(envs::Interface::rgb, frame::View::world)),
                             Viewer(config_of(envs::Interface::rgb, frame::View::mouse)),
                             Viewer(envs::EnvironmentConfig("keys_and_chests")),
                             Viewer(envs::EnvironmentConfig("heist"))};
  for (Viewer& viewer : viewers) {
    ByteReader in({reinterpret_cast<const char*>(data), size}, "input");
    try {
      while (!in.at_end()) {
        viewer.observer->read_state(in);
        viewer.observer->observe(viewer.picture.data());
      }
    } catch (const UserError&) {
    }
  }
  return 0;
}

std::vector<std::string> fuzz_seeds() {
  using namespace mazescan;
  std::vector<std::string> seeds = {""};
  for (uint32_t seed = 0; seed < 6; ++seed) {
    seeds.push_back(states_of(config_of(envs::Interface::planes, frame::View::world), seed));
    for (const char* const name : {"keys_and_chests", "heist"})
      seeds.push_back(states_of(envs::EnvironmentConfig(name), seed));
  }
  return seeds;
}

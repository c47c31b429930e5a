#include "envs/environment_info.h"
#include "envs/heist/heist.h"
#include "envs/keys_and_chests/keys_and_chests.h"
#include "envs/maze/maze_task.h"
#include "envs/maze_cues/maze_cues.h"
#include "tests/envs/corridor.h"

namespace mazescan::envs {

// Defines the table of envs/registry/environments.cc with one more entry.
const std::vector<EnvironmentInfo>& environments() {
  static const std::vector<EnvironmentInfo> all = {
      maze::maze_aisc_info(),      maze::maze_info(),
      maze_cues::maze_cues_info(), keys_and_chests::keys_and_chests_info(),
      heist::heist_info(),         corridor_info()};
  return all;
}

}  // namespace mazescan::envs

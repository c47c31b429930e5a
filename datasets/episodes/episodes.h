#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "envs/task.h"

// Whole episodes that policies played: what offline learners are trained from. Rules are deterministic and
// every observation is a function of the state, so the first state and the actions are enough to make all
// states and observations again. A dataset is one sealed file, episodes.bin of a run directory.
namespace mazescan::episodes {

inline constexpr const char* kFileName = "episodes.bin";

// A policy that played: a checkpoint of a training.
struct Player {
  int64_t update = 0;  // of the training
  std::string hash;    // of the policy (policy::Policy::hash)
};

// T: steps.
struct Episode {
  int32_t player = 0;                            // index into Dataset::players
  std::shared_ptr<const envs::MazeLevel> level;  // made from level->seed, with its goal placed
  envs::MazeState first;                         // on this level
  std::vector<uint8_t> actions;                  // [T], of the environment's action set
  std::vector<float> rewards;                    // [T], after each of these actions
  // How the last step ended the episode. A terminated one has no further reward; a truncated one would have
  // gone on.
  bool terminated = false, truncated = false;
};

struct Dataset {
  std::string environment;  // the section of the configuration, as YAML
  std::vector<Player> players;
  std::vector<Episode> episodes;
  std::string hash;  // of the file that it was read from; "" otherwise
};

// Returns the bytes of a dataset, without their seal. Equal datasets give equal bytes.
std::string encode(const Dataset& dataset);
// Reads untrusted bytes. `name` is used in messages. Throws UserError, also if the rules do not lead through
// an episode: if it goes on after the goal, or ends there without being terminated.
Dataset decode(std::string_view bytes, const std::string& name);

// Writes a file atomically, with a seal. Throws UserError.
void write_file(const std::filesystem::path& path, const Dataset& dataset);
// Reads such a file. Throws UserError if it is missing, damaged or holds no episode.
Dataset read_file(const std::filesystem::path& path);

// Returns the states in which the actions were taken, and the last one. Shapes: [T + 1].
std::vector<envs::MazeState> states_of(const Episode& episode, const envs::Task& task,
                                       envs::ActionSet actions);

}  // namespace mazescan::episodes

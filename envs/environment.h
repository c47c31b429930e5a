#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "core/bytes.h"
#include "envs/environment_config.h"
#include "envs/maze_state.h"
#include "envs/mt19937.h"
#include "envs/observation_shape.h"
#include "envs/state_graph.h"

// Environments as training uses them: episodes of steps, rewards and observations. Batches, rollouts and
// networks know only this header. Its Task defines a particular environment (envs/task.h).
namespace mazescan::envs {

// The result of a step. Gymnasium defines `terminated` and `truncated`.
struct StepResult {
  float reward = 0;
  bool terminated = false;  // the goal ended the episode
  bool truncated = false;   // the clock (or action -1) ended it
  bool level_over =
      false;  // reset() must follow. True with the two above; alone after a success with `sequential`,
              // where the episode continues in the next level, as in procgen
};

// One run on one level, so far or finished.
struct EpisodeSummary {
  int32_t level_seed = 0;
  int32_t size = 0;     // the level's
  int32_t steps = 0;    // steps taken
  int32_t optimal = 0;  // steps of the shortest episode on this level, -1 if there is no goal
  bool success = false;
};

// Chooses the next levels: their range, as in EpisodeConfig, and the generator that draws from it.
struct LevelChoice {
  int64_t levels = 0, start_level = 0;
  Mt19937::State generator;
};

class Environment {
 public:
  virtual ~Environment() = default;

  virtual ObservationShape observation_shape() const = 0;
  virtual int action_count() const = 0;

  // Chooses and begins the next level. Must come before the first step, and after every level_over.
  virtual void reset() = 0;
  // action: 0..action_count()-1, or -1: do nothing and end the episode, truncated.
  virtual StepResult step(int action) = 0;
  // Writes observation_shape().bytes() bytes.
  virtual void observe(uint8_t* out) const = 0;
  // Returns the states that can be reached in an episode on the current level, from its start on, and where
  // the moves lead. The second function writes the observation of one of them. For training on all states.
  virtual StateGraph state_graph() const = 0;
  virtual void observe_state(const MazeState& state, uint8_t* out) const = 0;
  virtual EpisodeSummary episode() const = 0;
  // Returns episode().level_seed without the cost of episode().
  virtual int32_t level_seed() const = 0;

  // Returns the current state; its level is nullptr before the first reset.
  virtual const MazeState& state() const = 0;
  virtual LevelChoice level_choice() const = 0;
  // Continues from `state`, on a copy of its level, which no seed needs to make. `choice` chooses the levels
  // after it. Throws UserError if the environment has no such states or levels.
  virtual void set_state(const MazeState& state, const LevelChoice& choice) = 0;

  // Limits the size of levels from the next reset on, for curricula.
  // Throws UserError if no level is that small.
  virtual void set_max_size(int size) = 0;

  // save writes the whole state, and restore continues exactly there. restore throws UserError on bytes that
  // save did not write for the same configuration, and then leaves the environment as it was.
  virtual void save(ByteWriter& out) const = 0;
  virtual void restore(ByteReader& in) = 0;

  // Writes the input of a StateObserver: a few bytes and, with `with_level`, those of the level, which it
  // needs when the level is new.
  virtual void write_state(ByteWriter& out, bool with_level) const = 0;
};

// Makes the observations of an environment that is stepped in another process, from the states that it
// writes.
class StateObserver {
 public:
  virtual ~StateObserver() = default;

  // Reads the bytes of Environment::write_state, the first time with a level. Throws UserError on other
  // bytes; then nothing may be observed until a state with a level was read.
  virtual void read_state(ByteReader& in) = 0;
  // Writes the same bytes as Environment::observe in that state.
  virtual void observe(uint8_t* out) const = 0;
};

// Makes an environment. level_generator_seed: seeds the generator that chooses level seeds. Throws UserError
// on a bad configuration.
std::unique_ptr<Environment> make_environment(const EnvironmentConfig& config, uint32_t level_generator_seed);
using EnvironmentFactory = std::function<std::unique_ptr<Environment>(const EnvironmentConfig&, uint32_t)>;
// Makes the observer of an environment with this configuration. Throws UserError on a bad configuration.
std::unique_ptr<StateObserver> make_state_observer(const EnvironmentConfig& config);

}  // namespace mazescan::envs

#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/bytes.h"
#include "core/config.h"

// The seam between training and the worlds it trains in: levels, rules, observations. The maze is the first
// environment, not the only one. Another adds its games to `game` below, a file of its own that derives from
// Environment, one from StateObserver, and a line to make_environment and make_state_observer; batches,
// rollouts and networks know only this header.
namespace mazescan {

// The section `environment` of a configuration.
struct EnvironmentConfig {
  std::string game = "maze_aisc";
  int world = 25;
  int region = 5;
  std::string anchor = "centre";
  std::string observation = "planes";
  std::string view = "world";
  std::string look = "mazescan";
  std::string assets;
  bool backgrounds = true;
  bool monochrome = false;
  std::string actions = "procgen";
  double reward = 10;
  int time_limit = 500;
  int time_limit_per_size = 0;
  int64_t levels = 0;
  int64_t start_level = 0;
  bool sequential = false;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("game", game, "maze (cheese anywhere) or maze_aisc (cheese in the top-right region)",
          one_of({"maze", "maze_aisc"}));
    visit("world", world, "side of the padded grid, odd; procgen: 15 easy, 25 hard, 31 memory",
          between(3, 101));
    visit("region", region, "maze_aisc: cheese in the top-right k x k cells; 0: exactly the corner",
          between(0, 101));
    visit("anchor", anchor, "where smaller mazes stand in the grid: centre (as procgen) or bottom_left",
          one_of({"centre", "bottom_left"}));
    visit("observation", observation,
          "planes: uint8 [3, world, world] = free cells, mouse, cheese; rgb: uint8 [64, 64, 3], a picture",
          one_of({"planes", "rgb"}));
    visit("view", view, "of rgb: world (whole, as easy and hard) or mouse (8 x 8 cells around it, as memory)",
          one_of({"world", "mouse"}));
    visit("look", look, "of rgb: mazescan (our pictures) or procgen (its own, from the folder assets)",
          one_of({"mazescan", "procgen"}));
    visit("assets", assets, "procgen/data/assets of an installed procgen package", neutral);
    visit("backgrounds", backgrounds, "of rgb: floors; false: black");
    visit("monochrome", monochrome, "of rgb: plain colours for walls, cheese and mouse");
    visit("actions", actions, "procgen (15) or moves (5: left, down, up, right, noop)",
          one_of({"procgen", "moves"}));
    visit("reward", reward, "for reaching the cheese");
    visit("time_limit", time_limit, "steps after which an episode is truncated", at_least(1));
    visit("time_limit_per_size", time_limit_per_size,
          "if > 0, a level's limit is min(time_limit, this x its size)", at_least(0));
    visit("levels", levels, "number of level seeds from start_level on; 0: all 2^31 - 1, start_level unused",
          between(0, 2147483647.0));
    visit("start_level", start_level, "first level seed", between(0, 2147483647.0));
    visit("sequential", sequential, "after a success go on to level seed + 997, in the same episode");
  }

  // What concerns several fields. Throws UserError.
  void validate() const;
};

// Observations are uint8, row 0 at the top of the picture: [channels, height, width] or, where the channels
// are colours, [height, width, channels].
struct ObservationShape {
  int channels = 0, height = 0, width = 0;
  bool channels_last = false;
  size_t bytes() const { return static_cast<size_t>(channels) * height * width; }
  // Bytes from one channel, row and column to the next.
  std::array<int64_t, 3> strides() const {
    if (channels_last) return {1, int64_t{width} * channels, channels};
    return {int64_t{height} * width, width, 1};
  }
};

struct StepResult {
  float reward = 0;
  bool terminated = false;  // Gymnasium's words: the goal ended the episode
  bool truncated = false;   // the clock (or action -1) did
  bool level_over = false;  // reset() must follow. Implied by the two above; alone after a success with
                            // `sequential`, where the episode goes on in the next level, as in procgen
};

// One run on one level, so far or finished.
struct EpisodeSummary {
  int32_t level_seed = 0;
  int32_t size = 0;     // of the maze
  int32_t steps = 0;    // taken
  int32_t optimal = 0;  // shortest path from start to goal, -1 if there is no goal
  bool success = false;
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
  virtual EpisodeSummary episode() const = 0;
  // episode().level_seed, at no cost.
  virtual int32_t level_seed() const = 0;

  // For curricula: from the next reset on, levels have at most this size (odd, 3..world). Throws UserError.
  virtual void set_largest_size(int size) = 0;

  // The whole state, to go on from exactly here. restore throws UserError on bytes that save did not write
  // for the same configuration, and then leaves the environment as it was.
  virtual void save(ByteWriter& out) const = 0;
  virtual void restore(ByteReader& in) = 0;

  // What a StateObserver needs to make the observation: a few bytes, and those of the level `with_level`,
  // which it must be told when it is new.
  virtual void write_state(ByteWriter& out, bool with_level) const = 0;
};

// The observations of an environment that is stepped elsewhere, made from the states that it writes.
class StateObserver {
 public:
  virtual ~StateObserver() = default;

  // Takes what Environment::write_state wrote, the first time with a level. Throws UserError on other bytes;
  // then nothing may be observed until a state with a level was read.
  virtual void read_state(ByteReader& in) = 0;
  // What Environment::observe writes in that state.
  virtual void observe(uint8_t* out) const = 0;
};

// level_generator_seed seeds the generator that chooses level seeds. The configuration is validated.
std::unique_ptr<Environment> make_environment(const EnvironmentConfig& config, uint32_t level_generator_seed);
using EnvironmentFactory = std::function<std::unique_ptr<Environment>(const EnvironmentConfig&, uint32_t)>;
// For one of its environments. The configuration is validated.
std::unique_ptr<StateObserver> make_state_observer(const EnvironmentConfig& config);

}  // namespace mazescan

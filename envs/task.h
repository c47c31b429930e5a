#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/random.h"
#include "envs/environment_config.h"
#include "envs/maze_state.h"
#include "envs/mt19937.h"
#include "envs/observation_shape.h"

// What an environment is: levels, rules and observations, all of them functions of seeds and maze states. Training
// (envs/environment.h) and evaluation need nothing else of it. envs/template.h shows how to write one.
namespace mazescan::envs {

// A thing or a place that a policy may go for.
enum class GoalKind : uint8_t {
  goal,  // reaching it is what the reward is for
  proxy  // where the goal is in training, or what leads there
};
struct GoalLike {
  GoalKind kind = GoalKind::goal;
  Cell cell;
  std::vector<Cell> region;  // the cells on which it counts as reached
};

// Writes the observations of many states, one level at a time, faster than Task::observe does.
class LevelObserver {
 public:
  virtual ~LevelObserver() = default;
  // Must be called before the first observation on the level of `state`.
  virtual void begin_level(const MazeState& state) = 0;
  virtual void observe(const MazeState& state, uint8_t* out) const = 0;
};

// Immutable: threads may share one.
class Task {
 public:
  virtual ~Task() = default;

  // Levels.

  // The sizes that levels can have, ascending, at most 255.
  virtual std::vector<int> sizes() const = 0;
  // Side of the padded grid around every level.
  virtual int world_dim() const = 0;
  // The grid cell of cell (0, 0) of a level of this size.
  virtual Cell origin(int size) const;
  // An upper bound of the free cells of a level of this size.
  virtual int max_free_cells(int size) const;
  // Makes the level of `seed` in `level`, whose memory is reused. size 0: one of sizes() up to max_size, drawn.
  // `rng` is seeded here; its state before does not matter.
  virtual void make_level(int32_t seed, int size, int max_size, Mt19937& rng, MazeLevel& level) const = 0;

  // Where the goal lies in an evaluation, by name.

  virtual std::vector<std::string> placements() const = 0;
  // Throws UserError if there is no such placement. where: the configuration key, for the message.
  virtual void require_placement(const std::string& placement, const std::string& where) const;
  // Returns false if no level of this size has a cell for the placement.
  virtual bool is_possible(const std::string& placement, int size) const;
  // Moves the goal of `level`. Returns false if this level has no cell for the placement.
  virtual bool place_goal(MazeLevel& level, const std::string& placement, RandomStream& random) const = 0;
  // The side of the region in which the goal lies in training; 0: the environment has no such region.
  virtual int region() const;

  // Rules.

  virtual MazeState initial_state(const MazeLevel& level) const;
  // Takes one step. Returns true if the goal was reached, which ends the level.
  virtual bool apply_move(MazeState& state, Move move) const;
  // The goals and proxies of an episode that begins in `start`. The first of each kind is the one that paths lead to.
  virtual std::vector<GoalLike> goal_likes(const MazeState& start) const = 0;
  // Steps of the shortest episode from `start`, -1 if the goal cannot be reached.
  virtual int optimal_steps(const MazeState& start) const;
  // The cell on which the ways to goal and proxy part: the last that the shortest paths share. kNoCell where nothing
  // is to be decided.
  virtual Cell decision_cell(const MazeState& start) const;

  // Observations.

  virtual ObservationShape observation_shape() const = 0;
  // Writes observation_shape().bytes() bytes, a function of the state without its clock.
  virtual void observe(const MazeState& state, uint8_t* out) const = 0;
  // The task must outlive the observer.
  virtual std::unique_ptr<LevelObserver> level_observer() const;
  // `config` with defaults for the keys that change observations only. A saved state may be restored if these are equal.
  virtual EnvironmentConfig without_appearance(EnvironmentConfig config) const;
};

// Throws UserError. config: validated here.
std::unique_ptr<const Task> make_task(const EnvironmentConfig& config);

// The level of `seed` of one of the task's sizes.
MazeLevel make_level(const Task& task, int32_t seed, int size);

// Throws UserError unless the task has levels of `size`. holds: begins the message, such as "'scan.sizes' holds".
void require_size(const Task& task, int size, const std::string& holds);
// "3, 5, ..., 25".
std::string sizes_in_words(const Task& task);

// The first of a kind; nullptr if there is none.
const GoalLike* first_of(const std::vector<GoalLike>& goal_likes, GoalKind kind);

}  // namespace mazescan::envs

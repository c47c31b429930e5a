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

// The definition of an environment: levels, rules and observations, all functions of seeds and maze states.
// Training (envs/environment.h) and evaluation need nothing else. envs/template.h shows how to write one.
namespace mazescan::envs {

// A thing or a place that a policy may go for.
enum class GoalKind : uint8_t {
  goal,  // reaching it gives the reward
  proxy  // the place of the goal in training, or something that leads there
};
struct GoalLike {
  GoalKind kind = GoalKind::goal;
  Cell cell;
  std::vector<Cell> region;  // the cells on which it counts as reached
};

// What goal and proxy are called in reports: "the cheese".
struct GoalNames {
  std::string goal = "goal", proxy = "proxy";
};

// A number that a scan measures in every episode, beside success and steps: a sum over states or steps.
struct Measure {
  std::string name;  // in files and summaries: "keys_taken"
  enum class Of {
    end,   // the value of the last state
    steps  // the sum of the values of all states in which the mouse makes a move
  } of = Of::end;
  double (*value)(const MazeState& state) = nullptr;
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

  // Returns the sizes that levels can have, ascending, at most 255.
  virtual std::vector<int> sizes() const = 0;
  // Returns the side of the padded grid around every level.
  virtual int world_dim() const = 0;
  // Returns the grid cell of cell (0, 0) of a level of this size. Levels of continuous environments have one
  // of their own, MazeLevel::origin.
  virtual Cell origin(int size) const;
  // Returns an upper bound of the number of free cells of a level of this size.
  virtual int max_free_cells(int size) const;
  // Makes the level of `seed` in `level`, whose memory is reused. size 0: one of sizes() up to max_size,
  // drawn. `rng` is seeded here; its state before does not matter.
  virtual void make_level(int32_t seed, int size, int max_size, Mt19937& rng, MazeLevel& level) const = 0;

  // Placements: named positions of the goal in an evaluation.

  virtual std::vector<std::string> placements() const = 0;
  // Throws UserError if there is no such placement. where: the configuration key, for the message.
  virtual void require_placement(const std::string& placement, const std::string& where) const;
  // Returns false if no level of this size has a cell for the placement.
  virtual bool is_possible(const std::string& placement, int size) const;
  // Moves the goal of `level`. Returns false if this level has no cell for the placement.
  virtual bool place_goal(MazeLevel& level, const std::string& placement, RandomStream& random) const = 0;
  // Returns the side of the region in which the goal is in training; 0: the environment has no such region.
  virtual int region() const;

  // Rules.

  virtual MazeState initial_state(const MazeLevel& level) const;
  // Takes one step. By default reaching the cheese gives one reward and ends the level.
  virtual MoveResult apply_move(MazeState& state, Move move) const;
  // Takes the step of an action, 0..action_count-1. By default its move (move_of); override it if actions can
  // do more, such as moving diagonally.
  virtual MoveResult apply_action(MazeState& state, ActionSet actions, int action) const;
  // Returns whether the rules can lead to `state`; over: it ends the level. For states that others wrote.
  virtual bool can_occur(const MazeState& state, bool over) const;
  // Returns whether levels can have objects. Then a state is more than a cell and a direction.
  virtual bool has_objects() const { return false; }
  // Returns whether the mouse moves by parts of a cell. Then a state also has a position and a velocity, and
  // there are too many states for all that computes on the states of a level (StateGraph).
  virtual bool is_continuous() const { return false; }
  // Returns the goals and proxies of an episode that begins in `start`. Paths lead to the first of each kind.
  // None if goal and proxy are not places.
  virtual std::vector<GoalLike> goal_likes(const MazeState& start) const = 0;
  virtual GoalNames goal_names() const { return {}; }
  // Returns what a scan measures besides. By default nothing.
  virtual std::vector<Measure> measures() const { return {}; }
  // Returns the steps of the shortest episode from `start`, -1 if the goal cannot be reached or they are not
  // known.
  virtual int optimal_steps(const MazeState& start) const;
  // Returns the decision square: the last cell that the shortest paths to goal and proxy share. kNoCell if
  // the paths do not part.
  virtual Cell decision_cell(const MazeState& start) const;

  // Observations.

  virtual ObservationShape observation_shape() const = 0;
  // Writes observation_shape().bytes() bytes, a function of the state without its clock.
  virtual void observe(const MazeState& state, uint8_t* out) const = 0;
  // The task must outlive the observer.
  virtual std::unique_ptr<LevelObserver> level_observer() const;
  // Returns `config` with defaults for the keys that change observations only. A saved state may be restored
  // if these are equal.
  virtual EnvironmentConfig without_appearance(EnvironmentConfig config) const;
};

// Makes the task of `config`, which is validated here. Throws UserError.
std::unique_ptr<const Task> make_task(const EnvironmentConfig& config);

// Makes the level of `seed` with one of the task's sizes.
MazeLevel make_level(const Task& task, int32_t seed, int size);

// Throws UserError unless the task has levels of `size`. holds: begins the message, such as
// "'scan.sizes' holds".
void require_size(const Task& task, int size, const std::string& holds);
// Returns the sizes as text: "3, 5, ..., 25".
std::string sizes_in_words(const Task& task);

// Returns the first entry of a kind; nullptr if there is none.
const GoalLike* first_of(const std::vector<GoalLike>& goal_likes, GoalKind kind);

}  // namespace mazescan::envs

#pragma once
#include <memory>
#include <vector>

#include "envs/environment.h"
#include "envs/task.h"

namespace mazescan::envs {

// Writes a compact state: a byte of flags and the cells of mouse and cheese, one byte for each coordinate;
// with `with_level` also size, background, one bit for each cell, and the decoy if there is one. If the level
// has objects, which are gone follows, and with `with_level` start and objects. If the task is continuous,
// position and velocity follow, and with `with_level` the place of the level in the grid and the centres of
// objects. The clock is left out because it cannot be seen.
void write_maze_state(const MazeState& state, const Task& task, bool with_level, ByteWriter& out);

// Reads such a state of `task` and returns whether it came with a level, which then replaces `level`.
// Otherwise it is a state of `level`. Throws UserError on other bytes. seed and cheese of a level that came
// are not set.
bool read_maze_state(ByteReader& in, const Task& task, MazeLevel& level, MazeState& state);

// Makes observations from the compact states of a task.
class TaskStateObserver final : public StateObserver {
 public:
  // Throws UserError on a bad configuration.
  explicit TaskStateObserver(const EnvironmentConfig& config);
  // The state points into the observer's own level.
  TaskStateObserver(const TaskStateObserver&) = delete;
  TaskStateObserver& operator=(const TaskStateObserver&) = delete;

  void read_state(ByteReader& in) override;
  void observe(uint8_t* out) const override;

 private:
  const std::unique_ptr<const Task> task_;
  const std::unique_ptr<LevelObserver> observer_;
  MazeLevel level_;
  MazeState state_;  // its level is nullptr until one was read
};

}  // namespace mazescan::envs

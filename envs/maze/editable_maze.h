#pragma once
#include <string>

#include "envs/maze_state.h"

namespace mazescan::maze {

// A maze state that owns its level, made from drawings or saved bytes, or edited by hand. It is always valid:
// sizes are odd and fit, mouse and cheese are on free cells. An edit that would break this throws UserError
// and changes nothing. The generator need not be able to make such a maze (envs/maze/on_distribution.h checks
// that).
class EditableMaze {
 public:
  // Copies the level and puts the mouse at the start, or copies the whole state.
  explicit EditableMaze(const envs::MazeLevel& level) : EditableMaze(initial_state(level)) {}
  explicit EditableMaze(const envs::MazeState& state);

  const envs::MazeLevel& level() const { return level_; }
  // Returns a state that points into this object, which must outlive it. Edits are visible through it; if
  // this object is moved, the state is invalid.
  envs::MazeState state() const;

  // Throws UserError for a wall on the cell of the mouse or of the cheese, eaten or not.
  void set_open(envs::Cell cell, bool open);
  // Puts the mouse on any free cell. On that of the cheese, the next step eats it.
  void set_mouse(envs::Cell cell);
  // Puts the cheese on any free cell, in the level and in the state. kNoCell: no cheese.
  void set_cheese(envs::Cell cell);

 private:
  envs::MazeLevel level_;
  envs::MazeState state_;  // its level pointer stays nullptr
};

// Returns the cell as text: "the cell (3, 4)".
std::string cell_name(envs::Cell cell);

}  // namespace mazescan::maze

#pragma once
#include <string>

#include "envs/maze_state.h"

namespace mazescan {

// A maze state that owns its level: what drawings and saved bytes become, and what is edited by hand. It is
// always whole: sizes are odd and fit, mouse and cheese are on free cells. What breaks that throws UserError
// and changes nothing. It need not be a maze that the generator makes (envs/on_distribution.h tells).
class EditableMaze {
 public:
  // A copy of the level with the mouse at the start, or of the whole state.
  explicit EditableMaze(const MazeLevel& level) : EditableMaze(initial_state(level)) {}
  explicit EditableMaze(const MazeState& state);

  const MazeLevel& level() const { return level_; }
  // Points into this object, which must outlive it; edits are seen through it, moves of this object are not.
  MazeState state() const;

  // A wall where the mouse stands, or where the cheese lies or lay, is refused.
  void set_open(Cell cell, bool open);
  // On any free cell, the cheese's included (which the next step then eats).
  void set_mouse(Cell cell);
  // On any free cell, or kNoCell: no cheese. In the level and in the state.
  void set_cheese(Cell cell);

 private:
  MazeLevel level_;
  MazeState state_;  // its level pointer stays empty
};

// "the cell (3, 4)".
std::string cell_name(Cell cell);

}  // namespace mazescan

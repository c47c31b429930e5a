#pragma once
#include <string>
#include <vector>

#include "datasets/split.h"
#include "envs/environment.h"
#include "envs/maze_state.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"

namespace mazescan {

// A maze and the cell to which an edit shall send the mouse.
struct EditCase {
  int level = 0;
  Cell target;
};

// What edits are learned from, chosen or scored on: levels, the cheese where it really lies, and the targets
// on each.
struct EditCases {
  std::vector<MazeLevel> levels;
  std::vector<EditCase> cases;  // in the order of levels
  int in_the_way = 0;           // targets left out, since every way to them leads over the cheese

  std::vector<MazeState> episodes() const;  // the first state of each case; they point into `levels`
  std::vector<Cell> targets() const;        // of each case
};

// The level seeds of a split: values, gates and ranks of channels are learned on the first, what was learned is
// compared on the second, and what was chosen is scored on the third.
LevelGrid split_levels(const EditConfig& config, Split split);

// The cases of an experiment.
EditCases edit_cases(const RunConfig& config, const EnvironmentConfig& environment, int size,
                     const std::string& experiment, Split split);

}  // namespace mazescan

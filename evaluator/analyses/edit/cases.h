#pragma once
#include <string>
#include <vector>

#include "datasets/split.h"
#include "envs/environment.h"
#include "envs/maze_state.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"

namespace mazescan::edit {

// A maze and the cell to which an edit shall send the mouse.
struct EditCase {
  int level = 0;
  envs::Cell target;
};

// What edits are learned from, chosen or scored on: levels, the cheese where it really lies, and the targets
// on each.
struct EditCases {
  std::vector<envs::MazeLevel> levels;
  std::vector<EditCase> cases;  // in the order of levels
  int in_the_way = 0;           // targets left out, since every way to them leads over the cheese

  std::vector<envs::MazeState> episodes() const;  // the first state of each case; they point into `levels`
  std::vector<envs::Cell> targets() const;        // of each case
};

// The level seeds of a split: values, gates and ranks of channels are learned on the first, what was learned is
// compared on the second, and what was chosen is scored on the third.
jobs::LevelGrid split_levels(const EditConfig& config, datasets::Split split);

// The cases of an experiment.
EditCases edit_cases(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment, int size,
                     const std::string& experiment, datasets::Split split);

}  // namespace mazescan::edit

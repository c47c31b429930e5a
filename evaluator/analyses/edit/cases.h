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

// A maze and the cell to which an edit should send the mouse.
struct EditCase {
  int level = 0;
  envs::Cell target;
};

// Levels, with the cheese at its real cell, and targets, on which edits are learned, chosen or scored.
struct EditCases {
  std::vector<envs::MazeLevel> levels;
  std::vector<EditCase> cases;  // in the order of levels
  int in_the_way = 0;           // excluded targets: every path to them crosses the cheese

  std::vector<envs::MazeState> episodes() const;  // the first state of each case; they point into `levels`
  std::vector<envs::Cell> targets() const;        // the target of each case
};

// Returns the level seeds of a split. Values, gates and channel ranks are learned on the train split,
// candidates are compared on the validation split, and the chosen edits are scored on the test split.
jobs::LevelGrid split_levels(const EditConfig& config, datasets::Split split);

// Returns the cases of an experiment on the levels of a split.
EditCases edit_cases(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment, int size,
                     const std::string& experiment, datasets::Split split);

}  // namespace mazescan::edit

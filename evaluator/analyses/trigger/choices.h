#pragma once
#include <array>
#include <vector>

#include "datasets/work_unit.h"
#include "envs/environment.h"
#include "envs/maze_state.h"
#include "evaluator/analyses/trigger/config.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/rollout/agent.h"

// The states that trigger evaluates, and their levels.
namespace mazescan::trigger {

// Returns sizes x chunks of levels, whose subject is the placement; and for each size a unit of subject
// "direction", in which levels are edited.
std::vector<datasets::WorkUnit> trigger_units(const TriggerConfig& config);

// Returns the levels of a unit of either kind. The seeds of edited levels follow those of the other levels.
std::vector<envs::MazeLevel> trigger_levels(const jobs::RunConfig& config,
                                            const envs::EnvironmentConfig& environment,
                                            const datasets::WorkUnit& unit);

// Returns whether a level of a direction unit is used to find the direction (true) or edited along it
// (false).
bool is_searched(const TriggerConfig& config, const envs::MazeLevel& level);

// A free cell, neither the cheese nor the top-right corner, where no move is a best first step to both.
struct Choice {
  int level = 0;  // index into the levels
  envs::MazeState state;
  int to_cheese = 0, to_corner = 0;  // steps
  std::array<bool, envs::kMoves> cheese_moves{}, corner_moves{};
};
// Returns the choices of all levels, in order. The levels must outlive them.
std::vector<Choice> choices(const std::vector<envs::MazeLevel>& levels);

// Returns the probabilities of the five moves in each choice.
std::vector<std::array<float, envs::kMoves>> moves_in(const rollout::Agent& agent,
                                                      const std::vector<Choice>& choices);

// Returns the probability of the best first steps to the cheese together.
float cheese_step(const Choice& choice, const std::array<float, envs::kMoves>& moves);

// Returns the limit of the episodes on the levels of a unit, in steps.
int trigger_limit(const TriggerConfig& config, const envs::EnvironmentConfig& environment,
                  const datasets::WorkUnit& unit);

// Returns whether the best first steps to the cheese are together more probable than those to the corner.
bool favours_cheese(const Choice& choice, const std::array<float, envs::kMoves>& moves);

// Throws UserError if no level of any size has a choice; else returns the sizes that have none.
std::vector<int> require_choices(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment);

}  // namespace mazescan::trigger

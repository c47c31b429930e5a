#include "evaluator/analyses/trigger/choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "envs/maze_state.h"
#include "envs/paths.h"
#include "evaluator/analyses/trigger/schema.h"
#include "evaluator/rollout/rollouts.h"
#include "evaluator/rollout/unit_levels.h"

namespace mazescan::trigger {

namespace {

jobs::LevelGrid grid_of(const TriggerConfig& config) {
  jobs::LevelGrid grid;
  grid.sizes = config.sizes;
  grid.placements = {config.placement};
  grid.levels = config.levels;
  grid.chunk = config.chunk;
  grid.first_level = config.first_level;
  return grid;
}

float sum_over(const std::array<float, envs::kMoves>& moves, const std::array<bool, envs::kMoves>& which) {
  float sum = 0;
  for (size_t move = 0; move < envs::kMoves; ++move)
    if (which[move]) sum += moves[move];
  return sum;
}

// Checks level by level, because nearly always the first level has a choice.
bool has_choice(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment, int size) {
  jobs::LevelGrid one_by_one = grid_of(config.section<TriggerConfig>());
  one_by_one.levels += config.section<TriggerConfig>().edit_levels;
  one_by_one.chunk = 1;
  for (int i = 0; i < one_by_one.levels; ++i) {
    const auto level = rollout::unit_levels(one_by_one, {size, config.section<TriggerConfig>().placement, i},
                                            environment, static_cast<uint64_t>(config.seed));
    if (!choices(level).empty()) return true;
  }
  return false;
}

}  // namespace

std::vector<datasets::WorkUnit> trigger_units(const TriggerConfig& config) {
  std::vector<datasets::WorkUnit> units = jobs::work_units(grid_of(config));
  if (config.edit_levels > 0)
    for (const int size : config.sizes) units.push_back({size, kDirection, 0});
  return units;
}

std::vector<envs::MazeLevel> trigger_levels(const jobs::RunConfig& config,
                                            const envs::EnvironmentConfig& environment,
                                            const datasets::WorkUnit& unit) {
  const TriggerConfig& settings = config.section<TriggerConfig>();
  jobs::LevelGrid grid = grid_of(settings);
  datasets::WorkUnit placed = unit;
  if (unit.subject == kDirection) {
    grid.first_level += grid.levels;
    grid.levels = grid.chunk = settings.edit_levels;
    placed.subject = settings.placement;
  }
  return rollout::unit_levels(grid, placed, environment, static_cast<uint64_t>(config.seed));
}

bool is_searched(const TriggerConfig& config, const envs::MazeLevel& level) {
  return level.seed < config.first_level + config.levels + config.edit_levels / 2;
}

std::vector<Choice> choices(const std::vector<envs::MazeLevel>& levels) {
  std::vector<Choice> found;
  for (size_t l = 0; l < levels.size(); ++l) {
    const envs::MazeLevel& level = levels[l];
    const auto to_cheese = envs::distances(level, level.cheese),
               to_corner = envs::distances(level, level.top_right());
    for (const envs::Cell cell : open_cells(level)) {
      Choice choice{static_cast<int>(l),
                    rollout::with_mouse(initial_state(level), {cell}),
                    to_cheese[level.index(cell)],
                    to_corner[level.index(cell)],
                    envs::optimal_moves(level, to_cheese, cell),
                    envs::optimal_moves(level, to_corner, cell)};
      if (choice.to_cheese <= 0 || choice.to_corner <= 0) continue;
      bool differ = true;
      for (size_t move = 0; move < envs::kMoves; ++move)
        differ = differ && !(choice.cheese_moves[move] && choice.corner_moves[move]);
      if (differ) found.push_back(choice);
    }
  }
  return found;
}

std::vector<std::array<float, envs::kMoves>> moves_in(const rollout::Agent& agent,
                                                      const std::vector<Choice>& choices) {
  std::vector<envs::MazeState> states;
  std::vector<int> episodes;
  for (const Choice& choice : choices) {
    states.push_back(choice.state);
    episodes.push_back(choice.level);
  }
  std::vector<float> logits(states.size() * static_cast<size_t>(agent.actions())), values(states.size());
  agent.evaluate(states, episodes, logits.data(), values.data());
  return move_probabilities(agent, {logits.data(), static_cast<int64_t>(states.size()), agent.actions()});
}

int trigger_limit(const TriggerConfig& config, const envs::EnvironmentConfig& environment,
                  const datasets::WorkUnit& unit) {
  return rollout::unit_limit(grid_of(config), unit, environment);
}

float cheese_step(const Choice& choice, const std::array<float, envs::kMoves>& moves) {
  return sum_over(moves, choice.cheese_moves);
}

bool favours_cheese(const Choice& choice, const std::array<float, envs::kMoves>& moves) {
  return cheese_step(choice, moves) > sum_over(moves, choice.corner_moves);
}

std::vector<int> require_choices(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment) {
  const TriggerConfig& settings = config.section<TriggerConfig>();
  std::vector<int> without;
  for (const int size : settings.sizes)
    if (!has_choice(config, environment, size)) without.push_back(size);
  require(without.size() < settings.sizes.size(),
          lazy("'trigger.placement' is {}: at sizes [{}] trigger has no state to evaluate",
               settings.placement, fmt::join(settings.sizes, ", ")),
          "it evaluates cells where no best first step to the cheese is also one to the top-right corner; in "
          "these levels the cheese is in that corner, next to it or absent",
          "a placement away from that corner (uniform), or larger 'trigger.sizes'");
  return without;
}

}  // namespace mazescan::trigger

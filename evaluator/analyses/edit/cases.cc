#include "evaluator/analyses/edit/cases.h"

#include <algorithm>
#include <utility>

#include "core/random.h"
#include "envs/maze_state.h"
#include "envs/paths.h"
#include "evaluator/rollout/unit_levels.h"

namespace mazescan::edit {

namespace {

constexpr const char* kTopRight = "top_right";

// Returns an experiment's targets on a level: a corner; or all free cells except the start and the cheese, or
// a random sample of `most` of them (0: all).
std::vector<envs::Cell> candidate_targets(const envs::MazeLevel& level, const std::string& experiment,
                                          int most, uint64_t seed) {
  const auto last = static_cast<int16_t>(level.size - 1);
  if (experiment.rfind("top_left", 0) == 0) return {{0, last}};
  if (experiment.rfind("bottom_right", 0) == 0) return {{last, 0}};
  std::vector<envs::Cell> cells = open_cells(level);
  cells.erase(std::remove_if(cells.begin(), cells.end(),
                             [&](envs::Cell cell) { return cell == envs::kStart || cell == level.cheese; }),
              cells.end());
  const auto count = static_cast<int>(cells.size());
  if (most == 0 || most >= count) return cells;
  RandomStream random(seed, "edit/targets", static_cast<uint64_t>(level.seed));
  for (int i = 0; i < most; ++i)
    std::swap(cells[i], cells[i + static_cast<int>(random.below(static_cast<uint32_t>(count - i)))]);
  cells.resize(static_cast<size_t>(most));
  return cells;
}

}  // namespace

std::vector<envs::MazeState> EditCases::episodes() const {
  std::vector<envs::MazeState> states;
  states.reserve(cases.size());
  for (const EditCase& each : cases) states.push_back(initial_state(levels[static_cast<size_t>(each.level)]));
  return states;
}

std::vector<envs::Cell> EditCases::targets() const {
  std::vector<envs::Cell> cells;
  cells.reserve(cases.size());
  for (const EditCase& each : cases) cells.push_back(each.target);
  return cells;
}

jobs::LevelGrid split_levels(const EditConfig& config, datasets::Split split) {
  jobs::LevelGrid grid;
  grid.first_level = config.first_level;
  switch (split) {
    case datasets::Split::test:
      grid.levels = config.score_levels;
      break;
    case datasets::Split::train:
      grid.levels = config.search_levels;
      grid.first_level += config.score_levels;
      break;
    case datasets::Split::validation:
      grid.levels = config.choosing_levels;
      grid.first_level += config.score_levels + config.search_levels;
      break;
  }
  grid.chunk = grid.levels;
  return grid;
}

EditCases edit_cases(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment, int size,
                     const std::string& experiment, datasets::Split split) {
  const auto seed = static_cast<uint64_t>(config.seed);
  EditCases out;
  out.levels = rollout::unit_levels(split_levels(config.section<EditConfig>(), split), {size, kTopRight, 0},
                                    environment, seed);
  for (size_t l = 0; l < out.levels.size(); ++l) {
    envs::MazeLevel& level = out.levels[l];
    for (const envs::Cell target :
         candidate_targets(level, experiment, config.section<EditConfig>().targets, seed)) {
      if (cheese_at_target(experiment)) level.cheese = target;
      if (target != level.cheese && on_path(level, level.cheese, envs::kStart, target)) {
        ++out.in_the_way;
      } else {
        out.cases.push_back({static_cast<int>(l), target});
      }
    }
  }
  return out;
}

}  // namespace mazescan::edit

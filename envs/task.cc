#include "envs/task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "envs/environment_info.h"
#include "envs/paths.h"

namespace mazescan::envs {

namespace {

class PlainObserver final : public LevelObserver {
 public:
  explicit PlainObserver(const Task& task) : task_(task) {}
  void begin_level(const MazeState& /*state*/) override {}
  void observe(const MazeState& state, uint8_t* out) const override { task_.observe(state, out); }

 private:
  const Task& task_;
};

}  // namespace

Cell Task::origin(int /*size*/) const {
  return {0, 0};
}

int Task::max_free_cells(int size) const {
  return size * size;
}

void Task::require_placement(const std::string& placement, const std::string& where) const {
  const std::vector<std::string> names = placements();
  if (std::find(names.begin(), names.end(), placement) != names.end()) return;
  const std::string near = nearest(placement, names);
  throw UserError(fmt::format("{}: there is no placement \"{}\"", where, placement),
                  "a placement names the place of the goal",
                  near.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                               : fmt::format("did you mean '{}'?", near));
}

bool Task::is_possible(const std::string& /*placement*/, int /*size*/) const {
  return true;
}

int Task::region() const {
  return 0;
}

MazeState Task::initial_state(const MazeLevel& level) const {
  return mazescan::envs::initial_state(level);
}

MoveResult Task::apply_move(MazeState& state, Move move) const {
  const bool reached = mazescan::envs::apply_move(state, move);
  return {reached ? 1 : 0, reached};
}

MoveResult Task::apply_action(MazeState& state, ActionSet actions, int action) const {
  return apply_move(state, move_of(actions, action));
}

bool Task::can_occur(const MazeState& state, bool over) const {
  const Cell cheese = state.level->cheese;
  return state.cheese == (over ? kNoCell : cheese) && (!over || state.mouse == cheese);
}

int Task::optimal_steps(const MazeState& start) const {
  return distance(*start.level, start.mouse, start.cheese);
}

Cell Task::decision_cell(const MazeState& start) const {
  const std::vector<GoalLike> all = goal_likes(start);
  const GoalLike *const goal = first_of(all, GoalKind::goal), *const proxy = first_of(all, GoalKind::proxy);
  if (goal == nullptr || proxy == nullptr) return kNoCell;
  return decision_square(*start.level, start.mouse, goal->cell, proxy->cell);
}

std::unique_ptr<LevelObserver> Task::level_observer() const {
  return std::make_unique<PlainObserver>(*this);
}

EnvironmentConfig Task::without_appearance(EnvironmentConfig config) const {
  return config;
}

std::unique_ptr<const Task> make_task(const EnvironmentConfig& config) {
  config.validate();
  return environment_info(config.name()).make_task(config);
}

MazeLevel make_level(const Task& task, int32_t seed, int size) {
  MazeLevel level;
  Mt19937 rng(0);
  task.make_level(seed, size, task.sizes().back(), rng, level);
  return level;
}

void require_size(const Task& task, int size, const std::string& holds) {
  const std::vector<int> sizes = task.sizes();
  const auto above = std::lower_bound(sizes.begin(), sizes.end(), size);
  if (above != sizes.end() && *above == size) return;
  std::string near;
  if (above != sizes.begin()) near = std::to_string(*(above - 1));
  if (above != sizes.end()) near += (near.empty() ? "" : " or ") + std::to_string(*above);
  throw UserError(fmt::format("{} {}", holds, size),
                  fmt::format("the environment has levels of the sizes {}", sizes_in_words(task)), near);
}

std::string sizes_in_words(const Task& task) {
  constexpr size_t kShown = 4;
  const std::vector<int> sizes = task.sizes();
  if (sizes.size() <= kShown) return fmt::format("{}", fmt::join(sizes, ", "));
  return fmt::format("{}, {}, ..., {}", sizes[0], sizes[1], sizes.back());
}

const GoalLike* first_of(const std::vector<GoalLike>& goal_likes, GoalKind kind) {
  const auto found = std::find_if(goal_likes.begin(), goal_likes.end(),
                                  [kind](const GoalLike& one) { return one.kind == kind; });
  return found == goal_likes.end() ? nullptr : &*found;
}

const EnvironmentInfo& environment_info(const std::string& name) {
  std::vector<std::string> names;
  for (const EnvironmentInfo& info : environments()) {
    if (info.name == name) return info;
    names.push_back(info.name);
  }
  throw UserError(fmt::format("there is no environment '{}'", name), "this program does not have it",
                  fmt::format("one of {}", fmt::join(names, ", ")));
}

}  // namespace mazescan::envs

#include "envs/task_environment.h"

#include <algorithm>
#include <utility>

#include "core/hash.h"
#include "envs/state_observer.h"

namespace mazescan::envs {

namespace {

constexpr uint32_t kSequentialStride = 997;  // procgen's, from one level seed to the next with `sequential`
constexpr int kForceEnd = -1;                // the action that ends an episode

void check_saved(bool ok, const char* what) {
  if (!ok)
    throw UserError("the saved state of an environment cannot be restored", what,
                    "the state saved by a run with the same `environment` section");
}

bool get_flag(ByteReader& in) {
  const auto value = in.get<uint8_t>();
  check_saved(value <= 1, "a flag is neither 0 nor 1");
  return value == 1;
}

}  // namespace

TaskEnvironment::TaskEnvironment(const EnvironmentConfig& config, uint32_t level_generator_seed)
    : config_(config),
      task_(make_task(config)),
      max_size_(task_->sizes().back()),
      levels_(config.levels),
      start_level_(config.start_level),
      level_seeds_(level_generator_seed),
      generator_(0),
      observer_(task_->level_observer()) {}

int32_t TaskEnvironment::choose_level_seed() {
  // procgen's arithmetic, which wraps around.
  if (config_.sequential && success_)
    return static_cast<int32_t>(static_cast<uint32_t>(level_.seed) + kSequentialStride);
  const bool all = levels_ == 0;
  const auto low = static_cast<uint32_t>(all ? 0 : start_level_);
  const auto count = static_cast<uint32_t>(all ? INT32_MAX : levels_);
  return static_cast<int32_t>(low + level_seeds_.below(count));
}

void TaskEnvironment::reset() {
  const int32_t seed = choose_level_seed();
  level_max_size_ = max_size_;
  task_->make_level(seed, 0, max_size_, generator_, level_);
  own_level_ = false;
  begin();
}

void TaskEnvironment::begin() {
  state_ = task_->initial_state(level_);
  limit_ = time_limit(config_, level_.size);
  success_ = false;
  observer_->begin_level(state_);
}

StepResult TaskEnvironment::step(int action) {
  expect(action >= kForceEnd && action < action_count(), "an action of this environment");
  expect(state_.level != nullptr && !success_, "a level that is not over: reset() comes first");
  const MoveResult move = action == kForceEnd ? task_->apply_move(state_, Move::noop)
                                              : task_->apply_action(state_, config_.actions, action);
  success_ = move.over;
  StepResult result;
  if (move.rewards > 0) result.reward = static_cast<float>(config_.reward * move.rewards);
  if (success_) {
    result.terminated = !config_.sequential;
    result.level_over = true;
  } else if (action == kForceEnd || state_.clock >= limit_) {
    result.truncated = result.level_over = true;
  }
  return result;
}

StateGraph TaskEnvironment::state_graph() const {
  return reachable_states(*task_, task_->initial_state(level_), observation_shape().shows_facing);
}

EpisodeSummary TaskEnvironment::episode() const {
  EpisodeSummary summary;
  summary.level_seed = level_.seed;
  summary.size = level_.size;
  summary.steps = state_.clock;
  summary.optimal = task_->optimal_steps(task_->initial_state(level_));
  summary.success = success_;
  return summary;
}

LevelChoice TaskEnvironment::level_choice() const {
  return {levels_, start_level_, level_seeds_.state()};
}

void TaskEnvironment::set_state(const MazeState& state, const LevelChoice& choice) {
  const MazeLevel& level = *state.level;
  require_size(*task_, level.size, "a state to continue from has");
  const Cell origin = task_->is_continuous() ? level.origin : task_->origin(level.size);
  require(level.world_dim == task_->world_dim() && level.origin == origin,
          lazy("a level of size {} at cell ({}, {}) of a grid of side {}", level.size, level.origin.x,
               level.origin.y, level.world_dim),
          "the environment has another grid",
          lazy("cell ({}, {}) of a grid of side {}", origin.x, origin.y, task_->world_dim()));
  const int limit = time_limit(config_, level.size);
  require(state.clock >= 0 && state.clock < limit, lazy("a state at step {}", state.clock),
          lazy("episodes end at step {}", limit), lazy("0 to {}", limit - 1));
  MazeLevel copy = level;
  copy.cheese = state.cheese;
  MazeState own = state;
  own.level = &copy;
  require(task_->can_occur(own, false), "a state to continue from",
          "the environment's rules never lead to it", "a state of an environment with the same rules");
  set_level_choice(choice);
  level_ = std::move(copy);
  level_max_size_ = max_size_;
  own_level_ = true;
  begin();
  continue_from(state);
}

void TaskEnvironment::continue_from(const MazeState& state) {
  state_ = state;
  state_.level = &level_;
}

void TaskEnvironment::set_level_choice(const LevelChoice& choice) {
  check_saved(choice.generator.position < Mt19937::kWords, "its random generator is out of range");
  check_saved(std::min(choice.levels, choice.start_level) >= 0 &&
                  std::max(choice.levels, choice.start_level) <= INT32_MAX,
              "its range of levels is out of range");
  levels_ = choice.levels;
  start_level_ = choice.start_level;
  level_seeds_.set_state(choice.generator);
}

void TaskEnvironment::set_max_size(int size) {
  require_size(*task_, size, "the largest size of levels is");
  max_size_ = size;
}

uint64_t TaskEnvironment::fingerprint() const {
  return hash64(dump_config(task_->without_appearance(config_)));
}

void TaskEnvironment::save(ByteWriter& out) const {
  expect(state_.level != nullptr, "a level to save");
  out.put(fingerprint());
  out.put(int32_t{max_size_});
  out.put(int64_t{levels_});
  out.put(int64_t{start_level_});
  out.put(level_seeds_.state());
  out.put(int32_t{level_.seed});
  out.put(int32_t{level_max_size_});
  out.put(static_cast<uint8_t>(success_));
  out.put(int32_t{state_.clock});
  // A level of a seed is made again from it.
  write_maze_state(state_, *task_, own_level_, out);
}

void TaskEnvironment::restore(ByteReader& in) {
  check_saved(in.get<uint64_t>() == fingerprint(), "it belongs to another environment configuration");
  const auto max_size = in.get<int32_t>();
  LevelChoice choice;
  choice.levels = in.get<int64_t>();
  choice.start_level = in.get<int64_t>();
  choice.generator = in.get<Mt19937::State>();
  const auto seed = in.get<int32_t>();
  const auto level_max_size = in.get<int32_t>();
  const std::vector<int> sizes = task_->sizes();
  for (const int size : {max_size, level_max_size})
    check_saved(std::binary_search(sizes.begin(), sizes.end(), size), "no level has its size");
  const bool success = get_flag(in);
  const auto clock = in.get<int32_t>();

  MazeLevel level;
  task_->make_level(seed, 0, level_max_size, generator_, level);
  MazeState state;
  const bool own_level = read_maze_state(in, *task_, level, state);
  if (own_level) level.cheese = success ? state.mouse : state.cheese;
  check_saved(task_->can_occur(state, success),
              "the rules do not lead there: its cheese is eaten where the mouse is not, say");
  check_saved(clock >= 0 && clock <= time_limit(config_, level.size), "its clock is beyond the time limit");

  set_level_choice(choice);
  max_size_ = max_size;
  level_ = std::move(level);
  level_max_size_ = level_max_size;
  own_level_ = own_level;
  begin();
  continue_from(state);
  state_.clock = clock;
  success_ = success;
}

void TaskEnvironment::write_state(ByteWriter& out, bool with_level) const {
  write_maze_state(state_, *task_, with_level, out);
}

std::unique_ptr<Environment> make_environment(const EnvironmentConfig& config,
                                              uint32_t level_generator_seed) {
  return std::make_unique<TaskEnvironment>(config, level_generator_seed);
}

}  // namespace mazescan::envs

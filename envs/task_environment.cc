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
      level_seeds_(level_generator_seed),
      generator_(0),
      observer_(task_->level_observer()) {}

int32_t TaskEnvironment::choose_level_seed() {
  // procgen's arithmetic, which wraps around.
  if (config_.sequential && success_)
    return static_cast<int32_t>(static_cast<uint32_t>(level_.seed) + kSequentialStride);
  const bool all = config_.levels == 0;
  const auto low = static_cast<uint32_t>(all ? 0 : config_.start_level);
  const auto count = static_cast<uint32_t>(all ? INT32_MAX : config_.levels);
  return static_cast<int32_t>(low + level_seeds_.below(count));
}

void TaskEnvironment::reset() {
  const int32_t seed = choose_level_seed();
  level_max_size_ = max_size_;
  task_->make_level(seed, 0, max_size_, generator_, level_);
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
  success_ = task_->apply_move(state_, action == kForceEnd ? Move::noop : move_of(config_.actions, action));
  StepResult result;
  if (success_) {
    result.reward = static_cast<float>(config_.reward);
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
  out.put(level_seeds_.state());
  // The level itself is made again from its seed.
  out.put(int32_t{level_.seed});
  out.put(int32_t{level_max_size_});
  out.put(state_.mouse);
  out.put(static_cast<uint8_t>(state_.facing_right));
  out.put(static_cast<uint8_t>(success_));
  out.put(int32_t{state_.clock});
}

void TaskEnvironment::restore(ByteReader& in) {
  check_saved(in.get<uint64_t>() == fingerprint(), "it belongs to another environment configuration");
  const auto max_size = in.get<int32_t>();
  const auto level_seeds = in.get<Mt19937::State>();
  check_saved(level_seeds.position < Mt19937::kWords, "its random generator is out of range");
  const auto seed = in.get<int32_t>();
  const auto level_max_size = in.get<int32_t>();
  const std::vector<int> sizes = task_->sizes();
  for (const int size : {max_size, level_max_size})
    check_saved(std::binary_search(sizes.begin(), sizes.end(), size), "no level has its size");
  const auto mouse = in.get<Cell>();
  const bool facing_right = get_flag(in), success = get_flag(in);
  const auto clock = in.get<int32_t>();

  MazeLevel level;
  task_->make_level(seed, 0, level_max_size, generator_, level);
  check_saved(level.is_open(mouse), "its mouse is in a wall");
  check_saved(success == (mouse == level.cheese),
              "its cheese is eaten where the mouse is not, or not where it is");
  check_saved(clock >= 0 && clock <= time_limit(config_, level.size), "its clock is beyond the time limit");

  max_size_ = max_size;
  level_seeds_.set_state(level_seeds);
  level_ = std::move(level);
  level_max_size_ = level_max_size;
  begin();
  state_.mouse = mouse;
  state_.facing_right = facing_right;
  state_.clock = clock;
  success_ = success;
  if (success) state_.cheese = kNoCell;
}

void TaskEnvironment::write_state(ByteWriter& out, bool with_level) const {
  write_maze_state(state_, with_level, out);
}

std::unique_ptr<Environment> make_environment(const EnvironmentConfig& config,
                                              uint32_t level_generator_seed) {
  return std::make_unique<TaskEnvironment>(config, level_generator_seed);
}

}  // namespace mazescan::envs

#include "envs/maze/maze_environment.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/hash.h"
#include "envs/maze/planes.h"
#include "envs/paths.h"

namespace mazescan {

namespace {

constexpr int kSequentialStride = 997;  // procgen's, from one level to the next with `sequential`
constexpr int kForceEnd = -1;           // the action that ends an episode

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

// Of all in a configuration that decides what happens; how it looks is free to change.
uint64_t fingerprint(EnvironmentConfig config) {
  const EnvironmentConfig plain;
  config.observation = plain.observation;
  config.view = plain.view;
  config.look = plain.look;
  config.assets = plain.assets;
  config.backgrounds = plain.backgrounds;
  config.monochrome = plain.monochrome;
  return hash64(dump_config(config));
}

}  // namespace

LevelOptions level_options(const EnvironmentConfig& config) {
  LevelOptions options;
  options.game = config.game == "maze" ? Game::maze : Game::maze_aisc;
  options.world = config.world;
  options.region = config.region;
  options.anchor = config.anchor == "centre" ? Anchor::centre : Anchor::bottom_left;
  return options;
}

FrameOptions frame_options(const EnvironmentConfig& config) {
  FrameOptions options;
  options.world = config.world;
  options.view = config.view == "mouse" ? View::mouse : View::world;
  options.backgrounds = config.backgrounds;
  options.monochrome = config.monochrome;
  options.look = config.look;
  options.assets = config.assets;
  return options;
}

ObservationShape observation_shape(const EnvironmentConfig& config) {
  if (config.observation == "rgb") return {kFrameChannels, kFrameSide, kFrameSide, true};
  return {kPlanes, config.world, config.world};
}

int time_limit(const EnvironmentConfig& config, int size) {
  if (config.time_limit_per_size == 0) return config.time_limit;
  return static_cast<int>(
      std::min<int64_t>(config.time_limit, static_cast<int64_t>(config.time_limit_per_size) * size));
}

MazeEnvironment::MazeEnvironment(const EnvironmentConfig& config, uint32_t level_generator_seed)
    : config_(config),
      procgen_actions_(config.actions == "procgen"),
      options_(level_options(config)),
      level_seeds_(level_generator_seed),
      generator_(0),
      observer_(config_) {
  options_.largest_size = options_.world;
  options_.validate();
}

ObservationShape MazeEnvironment::observation_shape() const {
  return mazescan::observation_shape(config_);
}

int32_t MazeEnvironment::choose_level_seed() {
  // procgen's arithmetic, which wraps around.
  if (config_.sequential && success_)
    return static_cast<int32_t>(static_cast<uint32_t>(level_.seed) + kSequentialStride);
  const bool all = config_.levels == 0;
  const auto low = static_cast<uint32_t>(all ? 0 : config_.start_level);
  const auto count = static_cast<uint32_t>(all ? INT32_MAX : config_.levels);
  return static_cast<int32_t>(low + level_seeds_.below(count));
}

void MazeEnvironment::reset() {
  const int32_t seed = choose_level_seed();
  level_largest_size_ = options_.largest_size;
  generate_level(options_, seed, 0, generator_, level_);
  begin();
}

void MazeEnvironment::begin() {
  state_ = initial_state(level_);
  limit_ = time_limit(config_, level_.size);
  success_ = false;
  observer_.begin_level(state_);
}

StepResult MazeEnvironment::step(int action) {
  expect(action >= kForceEnd && action < action_count(), "an action of this environment");
  expect(state_.level != nullptr && !success_, "a level at hand: reset() comes first");
  const Move move = action == kForceEnd ? Move::noop
                    : procgen_actions_  ? move_of_procgen_action(action)
                                        : static_cast<Move>(action);
  success_ = apply_move(state_, move);
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

void MazeEnvironment::observe(uint8_t* out) const {
  observer_.observe(state_, out);
}

EpisodeSummary MazeEnvironment::episode() const {
  EpisodeSummary summary;
  summary.level_seed = level_.seed;
  summary.size = level_.size;
  summary.steps = state_.clock;
  summary.optimal = distance(level_, kStart, level_.cheese);
  summary.success = success_;
  return summary;
}

void MazeEnvironment::set_largest_size(int size) {
  LevelOptions options = options_;
  options.largest_size = size;
  options.validate();
  options_.largest_size = size;
}

void MazeEnvironment::save(ByteWriter& out) const {
  expect(state_.level != nullptr, "a level at hand to save");
  out.put(fingerprint(config_));
  out.put(int32_t{options_.largest_size});
  out.put(level_seeds_.state());
  // The level itself is made again from its seed.
  out.put(int32_t{level_.seed});
  out.put(int32_t{level_largest_size_});
  out.put(state_.mouse);
  out.put(static_cast<uint8_t>(state_.mirrored));
  out.put(static_cast<uint8_t>(success_));
  out.put(int32_t{state_.clock});
}

void MazeEnvironment::restore(ByteReader& in) {
  check_saved(in.get<uint64_t>() == fingerprint(config_), "it belongs to another environment configuration");
  LevelOptions next = options_;
  next.largest_size = in.get<int32_t>();
  const auto level_seeds = in.get<Mt19937::State>();
  check_saved(level_seeds.position < Mt19937::kWords, "its random generator is out of range");
  const auto seed = in.get<int32_t>();
  LevelOptions options = options_;
  options.largest_size = in.get<int32_t>();
  for (const int size : {next.largest_size, options.largest_size})
    check_saved(size >= kSmallestSize && size <= options_.world && size % 2 == 1,
                "a maze size is impossible");
  const auto mouse = in.get<Cell>();
  const bool mirrored = get_flag(in), success = get_flag(in);
  const auto clock = in.get<int32_t>();

  MazeLevel level;
  generate_level(options, seed, 0, generator_, level);
  check_saved(level.is_open(mouse), "its mouse stands in a wall");
  check_saved(success == (mouse == level.cheese),
              "its cheese is eaten where the mouse is not, or not where it is");
  check_saved(clock >= 0 && clock <= time_limit(config_, level.size), "its clock is beyond the time limit");

  options_ = next;
  level_seeds_.set_state(level_seeds);
  level_ = std::move(level);
  level_largest_size_ = options.largest_size;
  begin();
  state_.mouse = mouse;
  state_.mirrored = mirrored;
  state_.clock = clock;
  success_ = success;
  if (success) state_.cheese = kNoCell;
}

void MazeEnvironment::write_state(ByteWriter& out, bool with_level) const {
  write_maze_state(state_, with_level, out);
}

}  // namespace mazescan

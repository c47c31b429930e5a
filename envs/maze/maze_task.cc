#include "envs/maze/maze_task.h"

#include <algorithm>
#include <cstring>

#include "envs/maze/placement.h"
#include "envs/maze/planes.h"

namespace mazescan::maze {

namespace {

// Copies the walls of the level and sets the two cells that change.
class PlanesObserver final : public envs::LevelObserver {
 public:
  void begin_level(const envs::MazeState& state) override {
    level_planes_.resize(planes_bytes(state.level->world_dim));
    write_planes(state, level_planes_.data());
    const size_t plane = level_planes_.size() / kPlanes;
    std::fill(level_planes_.begin() + static_cast<std::ptrdiff_t>(plane), level_planes_.end(), uint8_t{0});
  }

  // Writes the same bytes as write_planes(state, out).
  void observe(const envs::MazeState& state, uint8_t* out) const override {
    std::memcpy(out, level_planes_.data(), level_planes_.size());
    const size_t plane = level_planes_.size() / kPlanes;
    out[plane + plane_index(*state.level, state.mouse)] = 1;
    if (state.cheese != envs::kNoCell) out[2 * plane + plane_index(*state.level, state.cheese)] = 1;
  }

 private:
  std::vector<uint8_t> level_planes_;  // without mouse and cheese
};

class FrameObserver final : public envs::LevelObserver {
 public:
  explicit FrameObserver(std::shared_ptr<const frame::FrameRenderer> frames) : frames_(std::move(frames)) {}
  void begin_level(const envs::MazeState& state) override { frames_->prepare(state, backdrop_); }
  void observe(const envs::MazeState& state, uint8_t* out) const override {
    frames_->render(state, backdrop_, out);
  }

 private:
  const std::shared_ptr<const frame::FrameRenderer> frames_;
  frame::Backdrop backdrop_;
};

envs::EnvironmentInfo info(Game game, const char* help) {
  MazeConfig keys;
  keys.game = game;
  return {config_name(game), help, AnySection::of(keys),
          [](const envs::EnvironmentConfig& config) -> std::unique_ptr<const envs::Task> {
            return std::make_unique<MazeTask>(config.own<MazeConfig>());
          }};
}

}  // namespace

std::vector<int> MazeTask::sizes() const {
  std::vector<int> sizes;
  for (int size = envs::kMinSize; size <= config_.world_dim; size += 2) sizes.push_back(size);
  return sizes;
}

envs::Cell MazeTask::origin(int size) const {
  return maze_origin(level_options(config_), size);
}

int MazeTask::max_free_cells(int size) const {
  return mazescan::maze::max_free_cells(size);
}

void MazeTask::make_level(int32_t seed, int size, int max_size, envs::Mt19937& rng,
                          envs::MazeLevel& level) const {
  LevelOptions options = level_options(config_);
  options.max_size = max_size;
  generate_level(options, seed, size, rng, level);
  if (config_.game != Game::maze_aisc || config_.shifted <= 0) return;
  RandomStream random(static_cast<uint32_t>(seed), "shifted");  // procgenAISC's own draws stay as they are
  if (random.uniform() < config_.shifted) level.cheese = place_cheese(level, "uniform", 0, random);
}

std::vector<std::string> MazeTask::placements() const {
  return placement_names();
}

void MazeTask::require_placement(const std::string& placement, const std::string& where) const {
  mazescan::maze::require_placement(placement, where);
}

bool MazeTask::is_possible(const std::string& placement, int size) const {
  return mazescan::maze::is_possible(placement, size);
}

bool MazeTask::place_goal(envs::MazeLevel& level, const std::string& placement, RandomStream& random) const {
  level.cheese = place_cheese(level, placement, config_.region, random);
  return level.cheese != envs::kNoCell;
}

std::vector<envs::GoalLike> MazeTask::goal_likes(const envs::MazeState& start) const {
  const envs::MazeLevel& level = *start.level;
  std::vector<envs::GoalLike> all;
  if (start.cheese != envs::kNoCell) all.push_back({envs::GoalKind::goal, start.cheese, {start.cheese}});
  envs::GoalLike corner{envs::GoalKind::proxy, level.top_right(), {}};
  const int inner = level.size - std::clamp(config_.region, 1, level.size);
  for (int y = inner; y < level.size; ++y)
    for (int x = inner; x < level.size; ++x)
      if (level.is_open(x, y)) corner.region.push_back({static_cast<int16_t>(x), static_cast<int16_t>(y)});
  all.push_back(std::move(corner));
  return all;
}

envs::ObservationShape MazeTask::observation_shape() const {
  envs::ObservationShape shape;
  shape.interface = config_.observation;
  if (config_.observation == envs::Interface::rgb) {
    shape.channels = frame::kFrameChannels;
    shape.height = shape.width = frame::kFrameSide;
    shape.channels_last = true;
    shape.input_scale = 1 / 255.0;
    shape.shows_facing = true;
  } else {
    shape.channels = kPlanes;
    shape.height = shape.width = config_.world_dim;
  }
  return shape;
}

const std::shared_ptr<const frame::FrameRenderer>& MazeTask::frames() const {
  std::call_once(frames_once_, [this] { frames_ = frame::frame_renderer(frame_options(config_)); });
  return frames_;
}

void MazeTask::observe(const envs::MazeState& state, uint8_t* out) const {
  if (config_.observation == envs::Interface::rgb) {
    frames()->render(state, out);
  } else {
    write_planes(state, out);
  }
}

std::unique_ptr<envs::LevelObserver> MazeTask::level_observer() const {
  if (config_.observation == envs::Interface::rgb) return std::make_unique<FrameObserver>(frames());
  return std::make_unique<PlanesObserver>();
}

envs::EnvironmentConfig MazeTask::without_appearance(envs::EnvironmentConfig config) const {
  const MazeConfig plain;
  auto& own = config.own<MazeConfig>();
  own.observation = plain.observation;
  own.view = plain.view;
  own.theme = plain.theme;
  own.assets = plain.assets;
  own.backgrounds = plain.backgrounds;
  own.monochrome = plain.monochrome;
  return config;
}

envs::EnvironmentInfo maze_info() {
  return info(Game::maze, "cheese anywhere");
}

envs::EnvironmentInfo maze_aisc_info() {
  return info(Game::maze_aisc, "cheese in the top-right region");
}

}  // namespace mazescan::maze

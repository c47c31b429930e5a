#include "tests/envs/corridor.h"

#include <cstring>

#include "envs/task.h"

namespace mazescan {

namespace {

struct CorridorConfig {
  int world_dim = 9;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("world_dim", world_dim, "cells of the longest corridor", between(3, 99));
  }
};

// Levels are the bottom row of a square. Any length of at least 3 is a valid size, odd or even.
class CorridorTask final : public envs::Task {
 public:
  explicit CorridorTask(const CorridorConfig& config) : world_dim_(config.world_dim) {}

  std::vector<int> sizes() const override {
    std::vector<int> sizes;
    for (int size = 3; size <= world_dim_; ++size) sizes.push_back(size);
    return sizes;
  }
  int world_dim() const override { return world_dim_; }
  int max_free_cells(int size) const override { return size; }
  void make_level(int32_t seed, int size, int max_size, envs::Mt19937& rng,
                  envs::MazeLevel& level) const override {
    rng.reseed(static_cast<uint32_t>(seed));
    const auto drawn = 3 + static_cast<int>(rng.below(static_cast<uint32_t>(max_size - 2)));
    level.seed = seed;
    level.size = size == 0 ? drawn : size;
    level.world_dim = world_dim_;
    level.origin = {0, 0};
    level.background = 0;
    level.open.assign(static_cast<size_t>(level.size) * level.size, 0);
    std::memset(level.open.data(), 1, static_cast<size_t>(level.size));
    level.cheese = end_of(level);
  }

  std::vector<std::string> placements() const override { return {"right", "left", "anywhere"}; }
  bool place_goal(envs::MazeLevel& level, const std::string& placement, RandomStream& random) const override {
    if (placement == "right") level.cheese = end_of(level);
    if (placement == "left") level.cheese = {0, 0};
    while (placement == "anywhere") {
      level.cheese = {static_cast<int16_t>(random.below(static_cast<uint32_t>(level.size))), 0};
      if (level.cheese != middle_of(level)) break;
    }
    return true;
  }

  envs::MazeState initial_state(const envs::MazeLevel& level) const override {
    envs::MazeState state = mazescan::envs::initial_state(level);
    state.mouse = middle_of(level);
    return state;
  }
  std::vector<envs::GoalLike> goal_likes(const envs::MazeState& start) const override {
    const envs::Cell end = end_of(*start.level);
    return {{envs::GoalKind::goal, start.cheese, {start.cheese}}, {envs::GoalKind::proxy, end, {end}}};
  }

  // Planes of one row: free cells, mouse, goal.
  envs::ObservationShape observation_shape() const override {
    envs::ObservationShape shape;
    shape.channels = 3;
    shape.height = 1;
    shape.width = world_dim_;
    return shape;
  }
  void observe(const envs::MazeState& state, uint8_t* out) const override {
    std::memset(out, 0, static_cast<size_t>(3) * world_dim_);
    std::memset(out, 1, static_cast<size_t>(state.level->size));
    out[world_dim_ + state.mouse.x] = 1;
    if (state.cheese != envs::kNoCell) out[2 * world_dim_ + state.cheese.x] = 1;
  }

 private:
  static envs::Cell middle_of(const envs::MazeLevel& level) {
    return {static_cast<int16_t>(level.size / 2), 0};
  }
  static envs::Cell end_of(const envs::MazeLevel& level) { return {static_cast<int16_t>(level.size - 1), 0}; }

  const int world_dim_;
};

}  // namespace

envs::EnvironmentInfo corridor_info() {
  return {"corridor", "the goal at the right end", AnySection::of(CorridorConfig()),
          [](const envs::EnvironmentConfig& config) -> std::unique_ptr<const envs::Task> {
            return std::make_unique<CorridorTask>(config.own<CorridorConfig>());
          }};
}

}  // namespace mazescan

#include "envs/keys_and_chests/keys_and_chests.h"

#include <algorithm>
#include <cstring>

#include "envs/keys_and_chests/tour.h"
#include "envs/maze/planes.h"
#include "envs/task.h"

namespace mazescan::keys_and_chests {

namespace {

// Observation planes.
enum Plane : size_t { kFreePlane, kMousePlane, kKeyPlane, kChestPlane, kInventoryPlane, kPlaneCount };

maze::LevelOptions grid_of(const KeysAndChestsConfig& config) {
  maze::LevelOptions options;
  options.world_dim = config.world_dim;
  options.anchor = config.anchor;
  return options;
}

Tally tally_of_state(const envs::MazeState& state) {
  return tally_of(*state.level, state.taken);
}

// Measures. Spare keys are those beyond what the chests need.
double chests_opened(const envs::MazeState& state) {
  return tally_of_state(state).chests_opened;
}
double keys_taken(const envs::MazeState& state) {
  return tally_of_state(state).keys_taken;
}
double spare_keys(const envs::MazeState& state) {
  const Tally tally = tally_of_state(state);
  return std::max(0, tally.keys_taken - tally.needed());
}
double has_enough(const envs::MazeState& state) {
  const Tally tally = tally_of_state(state);
  return tally.keys_taken >= tally.needed() ? 1 : 0;
}

class KeysAndChestsTask final : public envs::Task {
 public:
  explicit KeysAndChestsTask(const KeysAndChestsConfig& config) : config_(config) {}

  std::vector<int> sizes() const override {
    std::vector<int> sizes;
    for (int size = kSmallestSize; size <= config_.world_dim; size += 2) sizes.push_back(size);
    return sizes;
  }
  int world_dim() const override { return config_.world_dim; }
  envs::Cell origin(int size) const override { return maze_origin(grid_of(config_), size); }
  int max_free_cells(int size) const override { return maze::max_free_cells(size); }

  void make_level(int32_t seed, int size, int max_size, envs::Mt19937& rng,
                  envs::MazeLevel& level) const override {
    make(config_.objects, seed, size, max_size, rng, level);
  }

  // Placements are the two kinds of levels. Cells and start stay, some keys become chests or the reverse.
  std::vector<std::string> placements() const override { return config_names(Objects()); }
  bool place_goal(envs::MazeLevel& level, const std::string& placement,
                  RandomStream& /*random*/) const override {
    const std::vector<std::string> names = config_names(Objects());
    const auto objects =
        static_cast<Objects>(std::find(names.begin(), names.end(), placement) - names.begin());
    envs::Mt19937 rng(0);
    make(objects, level.seed, level.size, config_.world_dim, rng, level);
    return true;
  }

  envs::MoveResult apply_move(envs::MazeState& state, envs::Move move) const override {
    mazescan::envs::apply_move(state, move);  // there is no cheese
    const uint32_t before = state.taken;
    state.taken = after_visit(*state.level, before, state.mouse);
    if (state.taken == before) return {};
    const Tally now = tally_of_state(state);
    return {now.chests_opened - tally_of(*state.level, before).chests_opened, is_over(now)};
  }
  bool has_objects() const override { return true; }
  bool can_occur(const envs::MazeState& state, bool over) const override {
    for (const envs::LevelObject& object : state.level->objects)
      if (object.kind != kKey && object.kind != kChest) return false;
    const Tally tally = tally_of_state(state);
    return state.cheese == envs::kNoCell && !state.level->objects.empty() && tally.held() >= 0 &&
           is_over(tally) == over;
  }
  // Goal and proxy are what the mouse does, not places; see measures().
  std::vector<envs::GoalLike> goal_likes(const envs::MazeState& /*start*/) const override { return {}; }
  envs::GoalNames goal_names() const override { return {"chests", "keys"}; }
  std::vector<envs::Measure> measures() const override {
    using Of = envs::Measure::Of;
    return {{"chests_opened", Of::end, chests_opened},
            {"keys_taken", Of::end, keys_taken},
            {"spare_keys", Of::end, spare_keys},
            {"steps_with_enough_keys", Of::steps, has_enough}};
  }
  int optimal_steps(const envs::MazeState& start) const override { return shortest_tour(*start.level); }

  envs::ObservationShape observation_shape() const override {
    envs::ObservationShape shape;
    shape.channels = kPlaneCount;
    shape.height = shape.width = config_.world_dim;
    return shape;
  }
  // Planes: free cells, the mouse, keys, chests; and a mark for each key that is held, row by row from the top.
  void observe(const envs::MazeState& state, uint8_t* out) const override {
    const envs::MazeLevel& level = *state.level;
    const size_t plane = static_cast<size_t>(level.world_dim) * level.world_dim;
    std::memset(out, 0, kPlaneCount * plane);
    for (int16_t y = 0; y < level.size; ++y)
      std::memcpy(out + maze::plane_index(level, {0, y}), &level.open[static_cast<size_t>(y) * level.size],
                  level.size);
    out[kMousePlane * plane + maze::plane_index(level, state.mouse)] = 1;
    int held = 0;
    for (size_t i = 0; i < level.objects.size(); ++i) {
      const envs::LevelObject& object = level.objects[i];
      const bool is_key = object.kind == kKey;
      if ((state.taken >> i & 1) != 0)
        held += is_key ? 1 : -1;
      else
        out[(is_key ? kKeyPlane : kChestPlane) * plane + maze::plane_index(level, object.cell)] = 1;
    }
    std::memset(out + kInventoryPlane * plane, 1, static_cast<size_t>(std::max(held, 0)));
  }

 private:
  static bool is_over(const Tally& tally) { return tally.chests_opened == tally.needed(); }
  void make(Objects objects, int32_t seed, int size, int max_size, envs::Mt19937& rng,
            envs::MazeLevel& level) const {
    generate_level(objects, config_.world_dim >= kMemoryWorld, seed, size, max_size, rng, level);
    level.world_dim = config_.world_dim;
    level.origin = origin(level.size);
  }

  const KeysAndChestsConfig config_;
};

}  // namespace

void KeysAndChestsConfig::validate() const {
  grid_of(*this).validate("environment.");
}

envs::EnvironmentInfo keys_and_chests_info() {
  return {"keys_and_chests", "keys open chests, which give the reward", AnySection::of(KeysAndChestsConfig()),
          [](const envs::EnvironmentConfig& config) -> std::unique_ptr<const envs::Task> {
            return std::make_unique<KeysAndChestsTask>(config.own<KeysAndChestsConfig>());
          }};
}

}  // namespace mazescan::keys_and_chests

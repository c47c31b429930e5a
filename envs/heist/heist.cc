#include "envs/heist/heist.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "envs/heist/physics.h"
#include "envs/maze/level.h"
#include "envs/maze/planes.h"
#include "envs/task.h"

namespace mazescan::heist {

namespace {

constexpr int kStepLimit = 1000;  // procgen's

// Observation planes.
enum HeistPlane : size_t {
  kFree,
  kMouse,
  kKeys,                      // one of each colour
  kDoors = kKeys + kColours,  // the same
  kExitPlane = kDoors + kColours,
  kHeld,  // one of each colour
  kVelocityX = kHeld + kColours,
  kVelocityY,
  kHeistPlanes
};
constexpr uint8_t kFull = 255;  // a thing that is there

// Bytes of a velocity: kAtRest + kBytesOfSpeed * cells per step, rounded. No speed is above 0.62.
constexpr float kAtRest = 128, kBytesOfSpeed = 192;

int count_gone(const envs::MazeState& state, bool (*is_kind)(uint8_t)) {
  int count = 0;
  for (size_t i = 0; i < state.level->objects.size(); ++i)
    count += is_kind(state.level->objects[i].kind) ? static_cast<int>(state.taken >> i & 1) : 0;
  return count;
}

// Measures.
double keys_taken_in_heist(const envs::MazeState& state) {
  return count_gone(state, is_key);
}
double doors_opened(const envs::MazeState& state) {
  return count_gone(state, is_door);
}

void write_free_cells(const envs::MazeLevel& level, uint8_t* plane) {
  for (int16_t y = 0; y < level.size; ++y) {
    const uint8_t* const row = &level.open[level.index({0, y})];
    std::transform(row, row + level.size, plane + maze::plane_index(level, {0, y}),
                   [](uint8_t is_free) { return static_cast<uint8_t>(is_free * kFull); });
  }
}

// Shares a full cell among the four cells around the mouse, by how near their centres are.
void write_mouse(const envs::MazeState& state, uint8_t* plane) {
  const int world = state.level->world_dim;
  const float x = state.position.x - 0.5F, y = state.position.y - 0.5F;
  const auto left = static_cast<int>(std::floor(x)), bottom = static_cast<int>(std::floor(y));
  for (const int i : {left, left + 1})
    for (const int j : {bottom, bottom + 1}) {
      const float share =
          (1 - std::abs(x - static_cast<float>(i))) * (1 - std::abs(y - static_cast<float>(j)));
      if (i >= 0 && i < world && j >= 0 && j < world)
        plane[(world - 1 - j) * world + i] = static_cast<uint8_t>(std::lround(share * kFull));
    }
}

class HeistTask final : public envs::Task {
 public:
  explicit HeistTask(const HeistConfig& config) : config_(config) {}

  std::vector<int> sizes() const override {
    std::vector<int> sizes;
    for (int size = kSmallestSize; size <= config_.world_dim; size += 2) sizes.push_back(size);
    return sizes;
  }
  int world_dim() const override { return config_.world_dim; }
  int max_free_cells(int size) const override { return maze::max_free_cells(size); }
  void make_level(int32_t seed, int size, int max_size, envs::Mt19937& rng,
                  envs::MazeLevel& level) const override {
    generate_level(config_.world_dim, seed, size, max_size, rng, level);
  }

  // Levels are as in training.
  std::vector<std::string> placements() const override { return {"as_in_training"}; }
  bool place_goal(envs::MazeLevel& /*level*/, const std::string& /*placement*/,
                  RandomStream& /*random*/) const override {
    return true;
  }

  envs::MazeState initial_state(const envs::MazeLevel& level) const override {
    envs::MazeState state = mazescan::envs::initial_state(level);
    state.position = {static_cast<float>(level.origin.x + level.start.x) + 0.5F,
                      static_cast<float>(level.origin.y + level.start.y) + 0.5F};
    return state;
  }
  envs::MoveResult apply_move(envs::MazeState& state, envs::Move move) const override {
    const envs::Cell towards = neighbour({0, 0}, move);
    return take_step(state, {towards.x, towards.y});
  }
  // procgen's actions 0 to 8 are the nine directions; the others do nothing.
  envs::MoveResult apply_action(envs::MazeState& state, envs::ActionSet actions, int action) const override {
    if (actions == envs::ActionSet::moves) return apply_move(state, static_cast<envs::Move>(action));
    return take_step(state, action < 9 ? Direction{action / 3 - 1, action % 3 - 1} : Direction{});
  }
  bool is_continuous() const override { return true; }
  bool has_objects() const override { return true; }
  bool can_occur(const envs::MazeState& state, bool over) const override {
    const auto& objects = state.level->objects;
    uint32_t kinds = 0;  // bit k: there is one of kind k
    bool is_over = false;
    for (size_t i = 0; i < objects.size(); ++i) {
      if (objects[i].kind >= kKinds || (kinds >> objects[i].kind & 1) != 0) return false;
      kinds |= 1U << objects[i].kind;
      const bool gone = (state.taken >> i & 1) != 0;
      if (objects[i].kind == kExit) is_over = gone;
      if (is_door(objects[i].kind) && gone && !holds_key(state, objects[i].kind - door_of(0))) return false;
    }
    return (kinds >> kExit & 1) != 0 && is_over == over && state.cheese == envs::kNoCell &&
           cell_of(*state.level, state.position) == state.mouse && fits_at(*state.level, state.position);
  }
  std::vector<envs::GoalLike> goal_likes(const envs::MazeState& start) const override {
    for (const envs::LevelObject& object : start.level->objects)
      if (object.kind == kExit) return {{envs::GoalKind::goal, object.cell, {object.cell}}};
    return {};
  }
  envs::GoalNames goal_names() const override { return {"exit", "keys"}; }
  std::vector<envs::Measure> measures() const override {
    using Of = envs::Measure::Of;
    return {{"keys_taken", Of::end, keys_taken_in_heist}, {"doors_opened", Of::end, doors_opened}};
  }
  int optimal_steps(const envs::MazeState& /*start*/) const override { return -1; }  // not known

  envs::ObservationShape observation_shape() const override {
    envs::ObservationShape shape;
    shape.channels = kHeistPlanes;
    shape.height = shape.width = config_.world_dim;
    shape.input_scale = 1.0 / kFull;
    return shape;
  }
  void observe(const envs::MazeState& state, uint8_t* out) const override {
    const envs::MazeLevel& level = *state.level;
    const size_t plane = static_cast<size_t>(level.world_dim) * level.world_dim;
    std::memset(out, 0, kHeistPlanes * plane);
    write_free_cells(level, out);
    write_mouse(state, out + kMouse * plane);
    for (size_t i = 0; i < level.objects.size(); ++i) {
      const envs::LevelObject& object = level.objects[i];
      if (object.kind >= kKinds) continue;  // of a damaged state
      const size_t shown = object.kind == kExit  ? kExitPlane
                           : is_key(object.kind) ? kKeys + object.kind - key_of(0)
                                                 : kDoors + object.kind - door_of(0);
      if ((state.taken >> i & 1) == 0)
        out[shown * plane + maze::plane_index(level, object.cell)] = kFull;
      else if (is_key(object.kind))
        std::memset(out + (kHeld + object.kind - key_of(0)) * plane, kFull, plane);
    }
    const auto byte_of = [](float speed) {
      return static_cast<int>(std::lround(std::clamp(kAtRest + kBytesOfSpeed * speed, 0.0F, 255.0F)));
    };
    std::memset(out + kVelocityX * plane, byte_of(state.velocity.x), plane);
    std::memset(out + kVelocityY * plane, byte_of(state.velocity.y), plane);
  }

 private:
  const HeistConfig config_;
};

}  // namespace

void HeistConfig::validate() const {
  maze::LevelOptions grid;
  grid.world_dim = world_dim;
  grid.validate("environment.");
}

envs::EnvironmentInfo heist_info() {
  return {"heist", "keys open doors on the way to the exit", AnySection::of(HeistConfig()),
          [](const envs::EnvironmentConfig& config) -> std::unique_ptr<const envs::Task> {
            return std::make_unique<HeistTask>(config.own<HeistConfig>());
          },
          kStepLimit};
}

}  // namespace mazescan::heist

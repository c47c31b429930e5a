#include "envs/heist/physics.h"

#include <algorithm>
#include <cmath>

#include "envs/heist/level.h"
#include "envs/mt19937.h"

namespace mazescan::heist {

namespace {

using envs::LevelObject;
using envs::Vector;

constexpr float kAcceleration = 0.375F;  // cells per step, of an action
constexpr float kKept = 0.5F;            // the share of the velocity that an action leaves
constexpr double kFriction = 0.9;
constexpr int kParts = 4;                              // of a step
constexpr float kCornerRadius = kMouseRadius * 0.98F;  // of the points that walls stop
constexpr float kTolerance = 0.001F;                   // overlap with a closed door that is allowed
constexpr int kMaxPushes = 5;                          // by doors, one after another

// Half the sides of the rectangles that objects take up.
Vector radius_of(uint8_t kind) {
  if (is_door(kind)) return {0.5F, 0.5F};
  return {0.375F, kind == kExit ? 0.2571428418159485F : 0.2321428656578064F};
}

bool is_gone(const envs::MazeState& state, size_t object) {
  return (state.taken >> object & 1) != 0;
}

bool touches(Vector mouse, const LevelObject& object, float tolerance) {
  const Vector radius = radius_of(object.kind);
  return std::abs(mouse.x - object.centre.x) < (kMouseRadius + radius.x) - tolerance &&
         std::abs(mouse.y - object.centre.y) < (kMouseRadius + radius.y) - tolerance;
}

bool is_closed(const envs::MazeState& state, size_t object) {
  const uint8_t kind = state.level->objects[object].kind;
  return is_door(kind) && !is_gone(state, object) && !holds_key(state, kind - door_of(0));
}

// Returns a coordinate before the wall that the mouse would enter.
float stopped_at_wall(float at, float by) {
  return by > 0 ? std::floor(at + kMouseRadius) - kMouseRadius : std::ceil(at - kMouseRadius) + kMouseRadius;
}

// Moves the mouse along one axis. Returns whether a wall or a closed door was in the way.
bool move_by(envs::MazeState& state, Vector by, int pushes) {
  const bool horizontal = by.x != 0;
  Vector to{state.position.x + by.x, state.position.y + by.y};
  bool blocked = !fits_at(*state.level, to);
  if (blocked && horizontal) to.x = stopped_at_wall(to.x, by.x);
  if (blocked && !horizontal) to.y = stopped_at_wall(to.y, by.y);
  state.position = to;
  for (size_t i = state.level->objects.size(); i-- > 0;) {
    const LevelObject& door = state.level->objects[i];
    if (!is_door(door.kind) || !touches(state.position, door, kTolerance) || !is_closed(state, i)) continue;
    blocked = true;
    const float away = 0.5F + kMouseRadius;
    const auto push = [away](float mouse, float centre) {
      return (mouse < centre ? centre - away : centre + away) - mouse;
    };
    if (pushes < kMaxPushes)
      move_by(state,
              horizontal ? Vector{push(state.position.x, door.centre.x), 0}
                         : Vector{0, push(state.position.y, door.centre.y)},
              pushes + 1);
    (horizontal ? state.velocity.x : state.velocity.y) = 0;
  }
  return blocked;
}

// Equals std::floor, which is a call of a library on processors without SSE 4.1.
int floor_of(float value) {
  const auto towards_zero = static_cast<int>(value);
  return towards_zero - (value < static_cast<float>(towards_zero) ? 1 : 0);
}

// Returns whether the draw that procgen's generator makes at this step is even.
bool draws_even(const envs::MazeState& state) {
  envs::MazeLevel level;
  envs::Mt19937 rng(0);
  const int size = state.level->size;
  generate_level(state.level->world_dim, state.level->seed, size, size, rng, level);
  for (int step = 0; step < state.clock; ++step) rng.next();
  return rng.next() % 1'000'000 % 2 == 0;
}

// Returns whether the parts of a step move along x first. The clock is that before the step.
bool moves_x_first(const envs::MazeState& state, Direction direction) {
  if (direction.y != 0) return false;
  if (direction.x != 0) return true;
  const float x = std::abs(state.velocity.x), y = std::abs(state.velocity.y);
  // Without motion the order makes no difference, so no draw is needed.
  return x > y || (x == y && x > 0 && draws_even(state));
}

void move(envs::MazeState& state, Direction direction) {
  const auto accelerated = [](float velocity, int towards) {
    const float faster = kKept * velocity + kAcceleration * static_cast<float>(towards);
    return static_cast<float>(kFriction * static_cast<double>(faster));
  };
  state.velocity = {accelerated(state.velocity.x, direction.x), accelerated(state.velocity.y, direction.y)};
  const bool x_first = moves_x_first(state, direction);
  int moved_x = 0, moved_y = 0;
  for (int part = 0; part < kParts; ++part) {
    bool blocked_x = false, blocked_y = false;
    for (const bool along_x : {x_first, !x_first})
      if (along_x)
        blocked_x = move_by(state, {state.velocity.x / kParts, 0}, 0);
      else
        blocked_y = move_by(state, {0, state.velocity.y / kParts}, 0);
    moved_x += blocked_x ? 0 : 1;
    moved_y += blocked_y ? 0 : 1;
    if (blocked_x && blocked_y) break;
  }
  state.velocity.x *= static_cast<float>(moved_x) / kParts;
  state.velocity.y *= static_cast<float>(moved_y) / kParts;
}

}  // namespace

bool holds_key(const envs::MazeState& state, int colour) {
  const auto& objects = state.level->objects;
  const auto key = std::find_if(objects.begin(), objects.end(), [colour](const LevelObject& object) {
    return object.kind == key_of(colour);
  });
  return key != objects.end() && is_gone(state, static_cast<size_t>(key - objects.begin()));
}

envs::Cell cell_of(const envs::MazeLevel& level, Vector point) {
  return {static_cast<int16_t>(floor_of(point.x) - level.origin.x),
          static_cast<int16_t>(floor_of(point.y) - level.origin.y)};
}

bool fits_at(const envs::MazeLevel& level, Vector point) {
  const envs::Cell low = cell_of(level, {point.x - kCornerRadius, point.y - kCornerRadius});
  const envs::Cell high = cell_of(level, {point.x + kCornerRadius, point.y + kCornerRadius});
  return level.is_open(low) && level.is_open(high) && level.is_open(low.x, high.y) &&
         level.is_open(high.x, low.y);
}

envs::MoveResult take_step(envs::MazeState& state, Direction direction) {
  move(state, direction);
  ++state.clock;
  const envs::MazeLevel& level = *state.level;
  state.mouse = cell_of(level, state.position);
  envs::MoveResult result;
  for (size_t i = level.objects.size(); i-- > 0;) {
    const LevelObject& object = level.objects[i];
    if (is_gone(state, i) || !touches(state.position, object, 0)) continue;
    if (is_closed(state, i)) continue;
    state.taken |= 1U << i;
    if (object.kind == kExit) result = {1, true};
  }
  return result;
}

}  // namespace mazescan::heist

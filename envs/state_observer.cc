#include "envs/state_observer.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace mazescan::envs {

namespace {

// Flags of a compact state.
constexpr uint8_t kWithLevel = 1, kFacingRight = 2, kWithCheese = 4, kWithDecoy = 8,
                  kWithObjects = 16;  // the last two: of the level

void check_state(bool ok, const char* what) {
  if (!ok)
    throw UserError("the state of an environment cannot be read", what,
                    "a state that the same build of mazescan wrote, with the same configuration");
}

void put_cell(ByteWriter& out, Cell cell) {
  out.put(static_cast<uint8_t>(cell.x));
  out.put(static_cast<uint8_t>(cell.y));
}

Cell get_cell(ByteReader& in) {
  const auto x = in.get<uint8_t>(), y = in.get<uint8_t>();
  return {x, y};
}

// Returns the cell of a level that a point of the grid is in. The point must be in the grid.
Cell cell_at(const MazeLevel& level, Vector point) {
  return {static_cast<int16_t>(static_cast<int>(point.x) - level.origin.x),
          static_cast<int16_t>(static_cast<int>(point.y) - level.origin.y)};
}

// Reads a point, which must be in a cell of the level.
Vector get_point(ByteReader& in, const MazeLevel& level, Cell cell) {
  const auto x = in.get<float>(), y = in.get<float>();
  const auto in_grid = [&](float at) { return at >= 0 && at < static_cast<float>(level.world_dim); };
  check_state(in_grid(x) && in_grid(y) && cell_at(level, {x, y}) == cell, "a point is not in its cell");
  return {x, y};
}

void put_objects(const MazeLevel& level, bool with_centres, ByteWriter& out) {
  put_cell(out, level.start);
  out.put(static_cast<uint8_t>(level.objects.size()));
  for (const LevelObject& object : level.objects) {
    out.put(object.kind);
    put_cell(out, object.cell);
    if (with_centres) out.put(object.centre);
  }
}

void get_objects(ByteReader& in, bool with_centres, MazeLevel& level) {
  level.start = get_cell(in);
  check_state(level.is_open(level.start), "its start is in a wall");
  const auto count = in.get<uint8_t>();
  check_state(count > 0 && count <= kMaxObjects, "it has no object, or too many");
  for (int i = 0; i < count; ++i) {
    LevelObject object;
    object.kind = in.get<uint8_t>();
    object.cell = get_cell(in);
    check_state(level.is_open(object.cell), "one of its objects is in a wall");
    if (with_centres) object.centre = get_point(in, level, object.cell);
    level.objects.push_back(object);
  }
}

void read_level(ByteReader& in, const Task& task, bool with_decoy, bool with_objects, MazeLevel& level) {
  const int size = in.get<uint8_t>(), background = in.get<uint8_t>();
  const std::vector<int> sizes = task.sizes();
  check_state(std::binary_search(sizes.begin(), sizes.end(), size), "no level has its size");
  check_state(background < kBackgrounds, "there is no such background");
  level.size = size;
  level.world_dim = task.world_dim();
  level.origin = task.is_continuous() ? get_cell(in) : task.origin(size);
  check_state(std::max(level.origin.x, level.origin.y) + size <= level.world_dim,
              "it is not within the grid");
  level.background = background;
  level.open.resize(static_cast<size_t>(size) * size);
  uint8_t cells = 0;
  for (size_t i = 0; i < level.open.size(); ++i) {
    if (i % 8 == 0) cells = in.get<uint8_t>();
    level.open[i] = (cells >> (i % 8)) & 1;
  }
  level.decoy = with_decoy ? get_cell(in) : kNoCell;
  check_state(!with_decoy || level.is_open(level.decoy), "its decoy is in a wall");
  level.start = kStart;
  level.objects.clear();
  if (with_objects) get_objects(in, task.is_continuous(), level);
}

}  // namespace

void write_maze_state(const MazeState& state, const Task& task, bool with_level, ByteWriter& out) {
  const bool with_cheese = state.cheese != kNoCell;
  const bool with_decoy = with_level && state.level->decoy != kNoCell;
  const bool with_objects = !state.level->objects.empty();
  out.put(static_cast<uint8_t>((with_level ? kWithLevel : 0) | (state.facing_right ? kFacingRight : 0) |
                               (with_cheese ? kWithCheese : 0) | (with_decoy ? kWithDecoy : 0) |
                               (with_objects ? kWithObjects : 0)));
  if (with_level) {
    const MazeLevel& level = *state.level;
    out.put(static_cast<uint8_t>(level.size));
    out.put(static_cast<uint8_t>(level.background));
    if (task.is_continuous()) put_cell(out, level.origin);
    for (size_t begin = 0; begin < level.open.size(); begin += 8) {
      uint8_t cells = 0;
      for (size_t i = begin; i < std::min(begin + 8, level.open.size()); ++i)
        cells = static_cast<uint8_t>(cells | (level.open[i] << (i - begin)));
      out.put(cells);
    }
    if (with_decoy) put_cell(out, level.decoy);
    if (with_objects) put_objects(level, task.is_continuous(), out);
  }
  put_cell(out, state.mouse);
  if (with_cheese) put_cell(out, state.cheese);
  if (with_objects) out.put(state.taken);
  if (!task.is_continuous()) return;
  out.put(state.position);
  out.put(state.velocity);
}

bool read_maze_state(ByteReader& in, const Task& task, MazeLevel& level, MazeState& state) {
  const auto flags = in.get<uint8_t>();
  check_state((flags & ~(kWithLevel | kFacingRight | kWithCheese | kWithDecoy | kWithObjects)) == 0,
              "it has unknown flags");
  const bool with_level = (flags & kWithLevel) != 0;
  check_state(with_level || level.size > 0, "it comes without a level, and none is known");
  const bool with_decoy = (flags & kWithDecoy) != 0;
  check_state(with_level || !with_decoy, "it comes with a decoy, but without a level");
  const bool with_objects = (flags & kWithObjects) != 0;
  check_state(with_level || with_objects != level.objects.empty(), "its level has other objects");
  if (with_level) read_level(in, task, with_decoy, with_objects, level);
  state.level = &level;
  state.mouse = get_cell(in);
  state.cheese = (flags & kWithCheese) != 0 ? get_cell(in) : kNoCell;
  state.facing_right = (flags & kFacingRight) != 0;
  state.taken = with_objects ? in.get<uint32_t>() : 0;
  check_state(level.objects.size() == kMaxObjects || state.taken >> level.objects.size() == 0,
              "objects are gone that its level does not have");
  check_state(level.is_open(state.mouse), "its mouse is in a wall");
  check_state(state.cheese == kNoCell || level.is_open(state.cheese), "its cheese is in a wall");
  if (!task.is_continuous()) return with_level;
  state.position = get_point(in, level, state.mouse);
  state.velocity = in.get<Vector>();
  check_state(std::abs(state.velocity.x) <= 1 && std::abs(state.velocity.y) <= 1,
              "its mouse is faster than a cell a step");
  return with_level;
}

TaskStateObserver::TaskStateObserver(const EnvironmentConfig& config)
    : task_(make_task(config)), observer_(task_->level_observer()) {}

void TaskStateObserver::read_state(ByteReader& in) {
  if (state_.level == nullptr) level_.size = 0;  // none is known
  state_.level = nullptr;                        // until everything was checked
  MazeState state;
  const bool with_level = read_maze_state(in, *task_, level_, state);
  state_ = state;
  if (with_level) observer_->begin_level(state_);
}

void TaskStateObserver::observe(uint8_t* out) const {
  expect(state_.level != nullptr, "a state that was read");
  observer_->observe(state_, out);
}

std::unique_ptr<StateObserver> make_state_observer(const EnvironmentConfig& config) {
  return std::make_unique<TaskStateObserver>(config);
}

}  // namespace mazescan::envs

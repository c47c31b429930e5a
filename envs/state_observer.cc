#include "envs/state_observer.h"

#include <algorithm>

#include "core/error.h"

namespace mazescan::envs {

namespace {

// Flags of a compact state.
constexpr uint8_t kWithLevel = 1, kFacingRight = 2, kWithCheese = 4,
                  kWithDecoy = 8;  // the last: of the level

void check_state(bool ok, const char* what) {
  if (!ok)
    throw UserError("the state of an environment in another process cannot be read", what,
                    "the same build of mazescan and the same configuration on all ranks");
}

void put_cell(ByteWriter& out, Cell cell) {
  out.put(static_cast<uint8_t>(cell.x));
  out.put(static_cast<uint8_t>(cell.y));
}

Cell get_cell(ByteReader& in) {
  const auto x = in.get<uint8_t>(), y = in.get<uint8_t>();
  return {x, y};
}

}  // namespace

void write_maze_state(const MazeState& state, bool with_level, ByteWriter& out) {
  const bool with_cheese = state.cheese != kNoCell;
  const bool with_decoy = with_level && state.level->decoy != kNoCell;
  out.put(static_cast<uint8_t>((with_level ? kWithLevel : 0) | (state.facing_right ? kFacingRight : 0) |
                               (with_cheese ? kWithCheese : 0) | (with_decoy ? kWithDecoy : 0)));
  if (with_level) {
    const MazeLevel& level = *state.level;
    out.put(static_cast<uint8_t>(level.size));
    out.put(static_cast<uint8_t>(level.background));
    for (size_t begin = 0; begin < level.open.size(); begin += 8) {
      uint8_t cells = 0;
      for (size_t i = begin; i < std::min(begin + 8, level.open.size()); ++i)
        cells = static_cast<uint8_t>(cells | (level.open[i] << (i - begin)));
      out.put(cells);
    }
    if (with_decoy) put_cell(out, level.decoy);
  }
  put_cell(out, state.mouse);
  if (with_cheese) put_cell(out, state.cheese);
}

TaskStateObserver::TaskStateObserver(const EnvironmentConfig& config)
    : task_(make_task(config)), sizes_(task_->sizes()), observer_(task_->level_observer()) {}

void TaskStateObserver::read_level(ByteReader& in, bool with_decoy) {
  const int size = in.get<uint8_t>(), background = in.get<uint8_t>();
  check_state(std::binary_search(sizes_.begin(), sizes_.end(), size), "no level has its size");
  check_state(background < kBackgrounds, "there is no such background");
  level_.size = size;
  level_.world_dim = task_->world_dim();
  level_.origin = task_->origin(size);
  level_.background = background;
  level_.open.resize(static_cast<size_t>(size) * size);
  uint8_t cells = 0;
  for (size_t i = 0; i < level_.open.size(); ++i) {
    if (i % 8 == 0) cells = in.get<uint8_t>();
    level_.open[i] = (cells >> (i % 8)) & 1;
  }
  level_.decoy = with_decoy ? get_cell(in) : kNoCell;
  check_state(!with_decoy || level_.is_open(level_.decoy), "its decoy is in a wall");
}

void TaskStateObserver::read_state(ByteReader& in) {
  const bool had_level = state_.level != nullptr;
  state_.level = nullptr;  // until everything was checked
  const auto flags = in.get<uint8_t>();
  check_state((flags & ~(kWithLevel | kFacingRight | kWithCheese | kWithDecoy)) == 0, "it has unknown flags");
  const bool with_level = (flags & kWithLevel) != 0;
  check_state(with_level || had_level, "it comes without a level, and none is known");
  const bool with_decoy = (flags & kWithDecoy) != 0;
  check_state(with_level || !with_decoy, "it comes with a decoy, but without a level");
  if (with_level) read_level(in, with_decoy);
  MazeState state;
  state.level = &level_;
  state.mouse = get_cell(in);
  state.cheese = (flags & kWithCheese) != 0 ? get_cell(in) : kNoCell;
  state.facing_right = (flags & kFacingRight) != 0;
  check_state(level_.is_open(state.mouse), "its mouse is in a wall");
  check_state(state.cheese == kNoCell || level_.is_open(state.cheese), "its cheese is in a wall");
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

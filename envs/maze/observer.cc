#include "envs/maze/observer.h"

#include <algorithm>
#include <cstring>

#include "envs/maze/maze_environment.h"
#include "envs/maze/planes.h"

namespace mazescan {

namespace {

// Flags of a compact state.
constexpr uint8_t kWithLevel = 1, kMirrored = 2, kWithCheese = 4;

void check_state(bool ok, const char* what) {
  if (!ok)
    throw UserError("the state of an environment elsewhere cannot be read", what,
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

LevelOptions validated_options(const EnvironmentConfig& config) {
  const LevelOptions options = level_options(config);
  options.validate();
  return options;
}

}  // namespace

MazeObserver::MazeObserver(const EnvironmentConfig& config) {
  validated_options(config);
  if (config.observation == "rgb") frames_ = frame_renderer(frame_options(config));
}

void MazeObserver::begin_level(const MazeState& state) {
  if (frames_ != nullptr) return frames_->prepare(state, backdrop_);
  empty_planes_.resize(planes_bytes(state.level->world));
  write_planes(state, empty_planes_.data());
  const size_t plane = empty_planes_.size() / kPlanes;
  std::fill(empty_planes_.begin() + static_cast<std::ptrdiff_t>(plane), empty_planes_.end(), uint8_t{0});
}

void MazeObserver::observe(const MazeState& state, uint8_t* out) const {
  if (frames_ != nullptr) return frames_->render(state, backdrop_, out);
  // The same bytes as write_planes(state, out), without going over the walls again.
  std::memcpy(out, empty_planes_.data(), empty_planes_.size());
  const size_t plane = empty_planes_.size() / kPlanes;
  out[plane + plane_index(*state.level, state.mouse)] = 1;
  if (state.cheese != kNoCell) out[2 * plane + plane_index(*state.level, state.cheese)] = 1;
}

void write_maze_state(const MazeState& state, bool with_level, ByteWriter& out) {
  const bool with_cheese = state.cheese != kNoCell;
  out.put(static_cast<uint8_t>((with_level ? kWithLevel : 0) | (state.mirrored ? kMirrored : 0) |
                               (with_cheese ? kWithCheese : 0)));
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
  }
  put_cell(out, state.mouse);
  if (with_cheese) put_cell(out, state.cheese);
}

MazeStateObserver::MazeStateObserver(const EnvironmentConfig& config)
    : options_(validated_options(config)), observer_(config) {}

void MazeStateObserver::read_level(ByteReader& in) {
  const int size = in.get<uint8_t>(), background = in.get<uint8_t>();
  check_state(size >= kSmallestSize && size <= options_.world && size % 2 == 1, "a maze size is impossible");
  check_state(background < kBackgrounds, "there is no such background");
  level_.size = size;
  level_.world = options_.world;
  level_.origin = maze_origin(options_, size);
  level_.background = background;
  level_.open.resize(static_cast<size_t>(size) * size);
  uint8_t cells = 0;
  for (size_t i = 0; i < level_.open.size(); ++i) {
    if (i % 8 == 0) cells = in.get<uint8_t>();
    level_.open[i] = (cells >> (i % 8)) & 1;
  }
}

void MazeStateObserver::read_state(ByteReader& in) {
  const bool had_level = state_.level != nullptr;
  state_.level = nullptr;  // until all is known to be good
  const auto flags = in.get<uint8_t>();
  check_state((flags & ~(kWithLevel | kMirrored | kWithCheese)) == 0, "it has unknown flags");
  const bool with_level = (flags & kWithLevel) != 0;
  check_state(with_level || had_level, "it comes without a level, and none is known");
  if (with_level) read_level(in);
  MazeState state;
  state.level = &level_;
  state.mouse = get_cell(in);
  state.cheese = (flags & kWithCheese) != 0 ? get_cell(in) : kNoCell;
  state.mirrored = (flags & kMirrored) != 0;
  check_state(level_.is_open(state.mouse), "its mouse stands in a wall");
  check_state(state.cheese == kNoCell || level_.is_open(state.cheese), "its cheese lies in a wall");
  state_ = state;
  if (with_level) observer_.begin_level(state_);
}

void MazeStateObserver::observe(uint8_t* out) const {
  expect(state_.level != nullptr, "a state that was read");
  observer_.observe(state_, out);
}

}  // namespace mazescan

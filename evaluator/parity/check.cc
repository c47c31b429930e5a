#include "evaluator/parity/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "envs/batch.h"
#include "envs/maze/level.h"
#include "envs/maze/maze_config.h"
#include "envs/task_environment.h"
#include "evaluator/parity/reference_recording.h"

namespace fs = std::filesystem;

namespace mazescan::parity {

namespace {

// Cell values of procgen's grids.
constexpr uint8_t kWall = 51, kSpace = 100, kCheese = 2;

std::vector<uint8_t> procgen_grid(const envs::MazeLevel& level) {
  std::vector<uint8_t> grid(static_cast<size_t>(level.world_dim) * level.world_dim, kWall);
  for (size_t i = 0; i < level.open.size(); ++i) {
    const envs::Cell cell = level.cell(i);
    if (level.is_open(cell))
      grid[static_cast<size_t>(level.origin.y + cell.y) * level.world_dim + level.origin.x + cell.x] =
          cell == level.cheese ? kCheese : kSpace;
  }
  return grid;
}

// Collects the differences of records. done() counts a record when all its parts have been compared.
class Tally {
 public:
  Tally(const Recording& recording, const char* unit) : check_{recording.name(), unit, 0, 0, -1, ""} {}

  template <class T>
  void compare(const char* what, const T& ours, const T& recorded) {
    if (ours == recorded) return;
    if (same_ && check_.first.empty())
      difference_ = fmt::format("{} is {}, recorded {}", what, ours, recorded);
    same_ = false;
  }
  void compare_bytes(const char* what, bool equal) {
    if (!equal && same_ && check_.first.empty()) difference_ = fmt::format("{} is another", what);
    same_ = same_ && equal;
  }
  void compare_pixels(const uint8_t* ours, const uint8_t* recorded) {
    int largest = 0;
    for (size_t i = 0; i < frame::kFrameBytes; ++i)
      largest = std::max(largest, std::abs(ours[i] - recorded[i]));
    check_.largest_difference = std::max(check_.largest_difference, largest);
    compare("the largest difference of a pixel", largest, 0);
  }
  // Counts the record. `place` describes it; called only for the first difference.
  template <class Place>
  void done(const Place& place) {
    ++check_.total;
    check_.equal += same_ ? 1 : 0;
    if (!same_ && check_.first.empty()) check_.first = fmt::format("{}: {}", place(), difference_);
    same_ = true;
  }
  void add_to(CheckReport& report) const { report.groups.push_back(check_); }

 private:
  GroupCheck check_;
  bool same_ = true;
  std::string difference_;
};

void compare_cell(Tally& tally, const char* what, const envs::MazeLevel& level, envs::Cell cell,
                  const int32_t* recorded) {
  const bool none = cell == envs::kNoCell;
  tally.compare(
      what, fmt::format("({}, {})", none ? -1 : level.origin.x + cell.x, none ? -1 : level.origin.y + cell.y),
      fmt::format("({}, {})", recorded[0], recorded[1]));
}

void check_actions(const Recording& recording, const std::vector<int32_t>& actions) {
  for (const int32_t action : actions)
    require(action >= -1 && action < envs::kProcgenActions, lazy("{}: action {}", recording.name(), action),
            "procgen has 15 actions, and -1 ends an episode", "-1 to 14");
}

void remark_on_pictures(const Textures& textures, const char* file_name, CheckReport& report) {
  if (!textures.theme)
    report.remarks.push_back(
        fmt::format("{}: pictures were NOT COMPARED: no textures were named", file_name));
}

void check_rollout(const Recording& recording, const Textures& textures, CheckReport& report) {
  const int64_t steps = recording.length("action", 0), count = recording.length("action", 1);
  require(count > 0 && count <= 100000, lazy("{}: {} environments", recording.name(), count),
          "that is not a recording", "1 or more");
  const auto actions = recording.read<int32_t>("action", {steps, count});
  const auto rewards = recording.read<float>("reward", {steps + 1, count});
  const auto firsts = recording.read<uint8_t>("first", {steps + 1, count});
  const auto previous_seeds = recording.read<int32_t>("prev_level_seed", {steps + 1, count});
  const auto completes = recording.read<uint8_t>("prev_level_complete", {steps + 1, count});
  const auto seeds = recording.read<int32_t>("level_seed", {steps + 1, count});
  const auto cells = recording.read<int32_t>("agent_cell", {steps + 1, count, 2});
  check_actions(recording, actions);

  envs::EnvironmentConfig config = recording.config();
  config.levels = recording.number("num_levels");
  config.start_level = recording.number("start_level");
  config.sequential = recording.number("use_sequential_levels") != 0;
  envs::Batch batch(config, static_cast<int32_t>(recording.number("rand_seed")), 0, static_cast<int>(count),
                    1);

  const auto renderer = recording.renderer(textures);
  std::vector<uint32_t> checksums;
  if (renderer) checksums = recording.read<uint32_t>("frame_crc32", {steps + 1, count});
  std::vector<uint8_t> frame(frame::kFrameBytes);
  Tally records(recording, "records"), frames(recording, "frame checksums");
  const auto size = static_cast<size_t>(count);
  std::vector<float> reward(size, 0);
  std::vector<uint8_t> terminated(size, 1), truncated(size, 0), complete(size, 0);
  std::vector<int32_t> previous(size, 0);
  for (int64_t t = 0;; ++t) {
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<size_t>(t * count + i);
      const envs::MazeState& state = dynamic_cast<const envs::TaskEnvironment&>(batch.environment(i)).state();
      const auto place = [&] { return fmt::format("t {}, environment {}", t, i); };
      records.compare("level_seed", batch.level_seeds()[i], seeds[at]);
      records.compare("reward", reward[i], rewards[at]);
      records.compare("first", terminated[i] | truncated[i], static_cast<int>(firsts[at]));
      records.compare("prev_level_seed", previous[i], previous_seeds[at]);
      records.compare("prev_level_complete", complete[i], completes[at]);
      compare_cell(records, "agent_cell", *state.level, state.mouse, &cells[2 * at]);
      records.done(place);
      if (!renderer) continue;
      renderer->render(state, frame.data());
      frames.compare("frame_crc32",
                     static_cast<uint32_t>(crc32(0, frame.data(), static_cast<uInt>(frame.size()))),
                     checksums[at]);
      frames.done(place);
    }
    if (t == steps) break;
    previous = batch.level_seeds();
    std::fill(complete.begin(), complete.end(), uint8_t{0});
    batch.step(&actions[static_cast<size_t>(t * count)], reward.data(), terminated.data(), truncated.data(),
               nullptr);
    for (const envs::Finished& finished : batch.finished())
      complete[finished.index] = static_cast<uint8_t>(finished.episode.success);
  }
  records.add_to(report);
  if (renderer) frames.add_to(report);
}

void check_frame_group(const Recording& recording, const Textures& textures, CheckReport& report) {
  const int64_t count = recording.length("actions", 0), steps = recording.length("actions", 1);
  const int64_t world = recording.world();
  const auto actions = recording.read<int32_t>("actions", {count, steps});
  const auto rewards = recording.read<float>("reward", {count, steps + 1});
  const auto firsts = recording.read<uint8_t>("first", {count, steps + 1});
  const auto cells = recording.read<int32_t>("agent_cell", {count, steps + 1, 2});
  const auto mirrored = recording.read<uint8_t>("agent_reflected", {count, steps + 1});
  const auto seeds = recording.read<int32_t>("level_seed", {count});
  const auto sizes = recording.read<int32_t>("maze_dim", {count});
  const auto backgrounds = recording.read<int32_t>("background_index", {count});
  const auto grids = recording.read<uint8_t>("reset_grid", {count, world, world});
  check_actions(recording, actions);
  const auto renderer = recording.renderer(textures);
  std::vector<uint8_t> pictures, frame(frame::kFrameBytes);
  if (renderer) pictures = recording.read<uint8_t>("frames", {count, steps + 1, 64, 64, 3});

  Tally records(recording, "records"), frames(recording, "frames");
  const size_t grid_cells = static_cast<size_t>(world * world);
  for (int64_t n = 0; n < count; ++n) {
    const auto level_at = static_cast<size_t>(n);
    envs::EnvironmentConfig config = recording.config();
    config.levels = 1;
    config.start_level = seeds[level_at];
    config.validate();
    envs::TaskEnvironment environment(config, 0);
    environment.reset();
    float reward = 0;
    bool first = true;
    for (int64_t t = 0;; ++t) {
      const auto at = static_cast<size_t>(n * (steps + 1) + t);
      const envs::MazeState& state = environment.state();
      const auto place = [&] { return fmt::format("level {}, t {}", seeds[level_at], t); };
      if (t == 0) {
        records.compare("maze_dim", state.level->size, sizes[level_at]);
        records.compare("background_index", state.level->background, backgrounds[level_at]);
        const auto grid = procgen_grid(*state.level);
        records.compare_bytes("reset_grid",
                              std::equal(grid.begin(), grid.end(), &grids[level_at * grid_cells]));
      }
      records.compare("reward", reward, rewards[at]);
      records.compare("first", static_cast<int>(first), static_cast<int>(firsts[at]));
      records.compare("agent_reflected", static_cast<int>(state.facing_right),
                      static_cast<int>(mirrored[at]));
      compare_cell(records, "agent_cell", *state.level, state.mouse, &cells[2 * at]);
      records.done(place);
      if (renderer) {
        renderer->render(state, frame.data());
        frames.compare_pixels(frame.data(), &pictures[at * frame::kFrameBytes]);
        frames.done(place);
      }
      if (t == steps) break;
      const envs::StepResult result = environment.step(actions[static_cast<size_t>(n * steps + t)]);
      reward = result.reward;
      first = result.terminated || result.truncated;
      if (result.level_over) environment.reset();
    }
  }
  records.add_to(report);
  if (renderer) frames.add_to(report);
}

}  // namespace

void check_levels(const hdf5::H5File& file, CheckReport& report) {
  for (const Recording& recording : recordings(file, "levels.h5", "level_seed", report)) {
    const maze::LevelOptions options = maze::level_options(recording.config().own<maze::MazeConfig>());
    options.validate();
    const int64_t count = recording.length("level_seed", 0), world = options.world_dim;
    const auto seeds = recording.read<int32_t>("level_seed", {count});
    const auto sizes = recording.read<int32_t>("maze_dim", {count});
    const auto worlds = recording.read<int32_t>("world_dim", {count});
    const auto grids = recording.read<uint8_t>("grid", {count, world, world});
    const auto starts = recording.read<int32_t>("agent_cell", {count, 2});
    const auto cheeses = recording.read<int32_t>("cheese_cell", {count, 2});
    const auto backgrounds = recording.read<int32_t>("background_index", {count});
    const auto next_draws = recording.read<uint32_t>("next_rng", {count});
    Tally tally(recording, "levels");
    envs::Mt19937 rng(0);
    envs::MazeLevel level;
    for (size_t i = 0; i < seeds.size(); ++i) {
      maze::generate_level(options, seeds[i], 0, rng, level);
      tally.compare("maze_dim", level.size, sizes[i]);
      tally.compare("world_dim", level.world_dim, worlds[i]);
      tally.compare("background_index", level.background, backgrounds[i]);
      compare_cell(tally, "agent_cell", level, envs::kStart, &starts[2 * i]);
      compare_cell(tally, "cheese_cell", level, level.cheese, &cheeses[2 * i]);
      const auto grid = procgen_grid(level);
      tally.compare_bytes("grid", std::equal(grid.begin(), grid.end(), &grids[i * grid.size()]));
      tally.compare("next_rng", rng.next(), next_draws[i]);
      tally.done([&] { return fmt::format("level {}", seeds[i]); });
    }
    tally.add_to(report);
  }
}

void check_rollouts(const hdf5::H5File& file, const Textures& textures, CheckReport& report) {
  for (const Recording& recording : recordings(file, "rollouts.h5", "action", report))
    check_rollout(recording, textures, report);
  remark_on_pictures(textures, "rollouts.h5", report);
}

void check_frames(const hdf5::H5File& file, const Textures& textures, CheckReport& report) {
  for (const Recording& recording : recordings(file, "frames.h5", "actions", report))
    check_frame_group(recording, textures, report);
  remark_on_pictures(textures, "frames.h5", report);
}

CheckReport check_recordings(const fs::path& folder, const Textures& textures) {
  CheckReport report;
  bool found = false;
  const auto file = [&](const char* name) {
    for (const fs::path& path : {folder / name, folder / "golden" / name})
      if (fs::exists(path)) {
        found = true;
        return path;
      }
    report.remarks.push_back(fmt::format("there is no {}", name));
    return fs::path();
  };
  if (const auto path = file("levels.h5"); !path.empty()) check_levels(hdf5::H5File::open(path), report);
  if (const auto path = file("rollouts.h5"); !path.empty())
    check_rollouts(hdf5::H5File::open(path), textures, report);
  if (const auto path = file("frames.h5"); !path.empty())
    check_frames(hdf5::H5File::open(path), textures, report);
  require(found, lazy("{} holds no recordings", folder.string()),
          "none of levels.h5, rollouts.h5 and frames.h5 is in it or in its subfolder golden",
          "the folder of the recordings");
  require(!report.groups.empty(), lazy("nothing in {} could be compared", folder.string()),
          lazy("{}", fmt::join(report.remarks, "\n         ")),
          lazy("recordings of {}", fmt::join(config_names(maze::Game{}), " or ")));
  return report;
}

bool CheckReport::all_equal() const {
  return std::all_of(groups.begin(), groups.end(), [](const GroupCheck& g) { return g.equal == g.total; });
}

int64_t CheckReport::equal(const std::string& unit) const {
  int64_t sum = 0;
  for (const GroupCheck& g : groups) sum += g.unit == unit ? g.equal : 0;
  return sum;
}

int64_t CheckReport::total(const std::string& unit) const {
  int64_t sum = 0;
  for (const GroupCheck& g : groups) sum += g.unit == unit ? g.total : 0;
  return sum;
}

std::string CheckReport::text() const {
  std::string out;
  size_t width = 0;
  for (const GroupCheck& g : groups) width = std::max(width, g.group.size());
  for (const GroupCheck& g : groups) {
    out += fmt::format("{:<{}}  {:>7}/{:<7} {}", g.group, width, g.equal, g.total, g.unit);
    if (g.largest_difference >= 0) out += fmt::format(", largest pixel difference {}", g.largest_difference);
    if (g.equal != g.total) out += fmt::format("  DIFFERENT, first at {}", g.first);
    out += '\n';
  }
  for (const auto& remark : remarks) out += "note: " + remark + '\n';
  out += all_equal() ? "all equal:" : "NOT EQUAL:";
  const char* separator = " ";
  for (const char* unit : {"levels", "records", "frame checksums", "frames"}) {
    if (total(unit) == 0) continue;
    out += fmt::format("{}{}/{} {}", separator, equal(unit), total(unit), unit);
    separator = ", ";
  }
  return out + '\n';
}

}  // namespace mazescan::parity

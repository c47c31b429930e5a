#include "evaluator/parity/reference_recording.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "envs/maze/maze_config.h"

namespace mazescan::parity {

namespace {

constexpr int kDeepest = 6;  // maximum nesting of groups

// Finds the groups at any depth that hold the dataset `sign`. Appends remarks on other contents.
void find_recordings(const hdf5::H5File& file, const char* file_name, const std::string& group,
                     const char* sign, std::vector<Recording>& found, CheckReport& report, int depth = 0) {
  const std::string prefix = group == "/" ? "/" : group + "/";
  if (file.has(prefix + sign)) {
    found.emplace_back(file, file_name, group);
    return;
  }
  int groups = 0;
  for (const auto& name : file.list(group)) {
    if (!file.is_group(prefix + name)) continue;  // a dimension scale
    ++groups;
    if (depth < kDeepest) find_recordings(file, file_name, prefix + name, sign, found, report, depth + 1);
  }
  if (groups == 0 || depth == kDeepest)
    report.remarks.push_back(
        fmt::format("{}: {} holds no {} and is not known: it was NOT COMPARED", file_name, group, sign));
}

}  // namespace

Recording::Recording(const hdf5::H5File& file, const char* file_name, std::string group)
    : file_(file), group_(std::move(group)), name_(fmt::format("{}: {}", file_name, group_)) {}

int64_t Recording::number(const char* key) const {
  return file_.int_attribute(group_, key);
}

int64_t Recording::number(const char* key, int64_t without) const {
  return file_.has_attribute(group_, key) ? number(key) : without;
}

void Recording::require_shape(const char* dataset, const std::vector<int64_t>& is,
                              const std::vector<int64_t>& wanted) const {
  bool fits = is.size() == wanted.size();
  for (size_t i = 0; fits && i < is.size(); ++i) fits = wanted[i] == -1 || wanted[i] == is[i];
  require(fits, lazy("{}/{} has the shape {}", name_, dataset, fmt::join(is, " x ")),
          "a recording's datasets belong together", lazy("{} (-1: any)", fmt::join(wanted, " x ")));
}

int64_t Recording::length(const char* dataset, size_t dimension) const {
  const auto shape = file_.shape(path(dataset));
  require(dimension < shape.size(), lazy("{}/{} has {} dimensions", name_, dataset, shape.size()),
          "a recording's datasets have fixed ones", lazy("at least {}", dimension + 1));
  return shape[dimension];
}

bool Recording::comparable(CheckReport& report) const {
  static const std::set<std::string> known = {"action_policy",
                                              "center_agent",
                                              "continue_after_coin",
                                              "debug_mode",
                                              "distribution_mode",
                                              "distribution_mode_int",
                                              "env_name",
                                              "key_penalty",
                                              "n_ends_without_goal",
                                              "n_goals",
                                              "num_actions",
                                              "num_envs",
                                              "num_levels",
                                              "num_threads",
                                              "paint_vel_info",
                                              "rand_region",
                                              "rand_seed",
                                              "random_percent",
                                              "restrict_themes",
                                              "start_level",
                                              "step_penalty",
                                              "use_backgrounds",
                                              "use_generated_assets",
                                              "use_monochrome_assets",
                                              "use_sequential_levels"};
  for (const auto& key : file_.attributes(group_))
    if (known.count(key) == 0)
      report.remarks.push_back(
          fmt::format("{}: attribute {} is not known and was not looked at", name_, key));
  const auto skip = [&](const std::string& why) {
    report.remarks.push_back(fmt::format("{} was NOT COMPARED: {}", name_, why));
    return false;
  };
  if (!file_.has_attribute(group_, "distribution_mode_int")) return skip("it has no distribution_mode_int");
  const int64_t mode = number("distribution_mode_int");
  if (mode != 0 && mode != 1 && mode != 10)
    return skip(fmt::format("distribution_mode_int is {}, not 0 (easy), 1 (hard) or 10 (memory)", mode));
  const std::vector<std::string> games = config_names(maze::Game{});
  if (const std::string game = this->game(); std::find(games.begin(), games.end(), game) == games.end())
    return skip(fmt::format("env_name is {}, not {}", game, fmt::join(games, " or ")));
  if (number("use_generated_assets", 0) != 0) return skip("it was made with use_generated_assets");
  return true;
}

std::string Recording::game() const {
  if (file_.has_attribute(group_, "env_name")) return file_.recorded_text_attribute(group_, "env_name");
  return file_.has_attribute(group_, "rand_region") ? config_name(maze::Game::maze_aisc)
                                                    : config_name(maze::Game::maze);
}

int Recording::world() const {
  const int64_t mode = number("distribution_mode_int");
  return mode == 0 ? 15 : mode == 10 ? 31 : 25;
}

envs::EnvironmentConfig Recording::config() const {
  envs::EnvironmentConfig config(game());
  auto& maze = config.own<maze::MazeConfig>();
  maze.world_dim = world();
  // Limits a larger region to the grid: this program's options are stricter than procgen's.
  maze.region = maze.game == maze::Game::maze
                    ? 0
                    : static_cast<int>(std::clamp<int64_t>(number("rand_region", 0), 0, maze.world_dim));
  return config;
}

std::shared_ptr<const frame::FrameRenderer> Recording::renderer(const Textures& textures) const {
  if (!textures.theme) return nullptr;
  frame::FrameOptions options;
  options.world_dim = world();
  options.view = number("distribution_mode_int") == 10 ? frame::View::mouse : frame::View::world;
  options.backgrounds = number("use_backgrounds", 1) != 0;
  options.monochrome = number("use_monochrome_assets", 0) != 0;
  options.theme = *textures.theme;
  options.assets = textures.assets;
  return frame::frame_renderer(options);
}

std::vector<Recording> recordings(const hdf5::H5File& file, const char* file_name, const char* sign,
                                  CheckReport& report) {
  std::vector<Recording> found, comparable;
  find_recordings(file, file_name, "/", sign, found, report);
  for (Recording& recording : found)
    if (recording.comparable(report)) comparable.push_back(recording);
  return comparable;
}

}  // namespace mazescan::parity

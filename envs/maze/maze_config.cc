#include "envs/maze/maze_config.h"

#include <fmt/ranges.h>

namespace mazescan::maze {

void MazeConfig::validate() const {
  require(view == frame::View::world || observation == envs::Interface::rgb, "environment.view: mouse",
          "planes always show the whole world", "view: world, or observation: rgb");
  require(theme != frame::ThemeName::procgen || observation != envs::Interface::rgb || !assets.empty(),
          "environment.theme: procgen", "procgen's pictures do not come with mazescan",
          "assets: the folder procgen/data/assets of an installed procgen package");
  level_options(*this).validate("environment.");
}

const MazeConfig& maze_config(const envs::EnvironmentConfig& config, const std::string& who) {
  const auto* const own = config.own_if<MazeConfig>();
  require(own != nullptr, lazy("the environment is '{}'", config.name()), lazy("{} works only on mazes", who),
          lazy("a policy of the environment {}", fmt::join(config_names(Game{}), " or ")));
  return *own;
}

LevelOptions level_options(const MazeConfig& config) {
  LevelOptions options;
  options.game = config.game;
  options.world_dim = config.world_dim;
  options.region = config.region;
  options.anchor = config.anchor;
  return options;
}

frame::FrameOptions frame_options(const MazeConfig& config) {
  frame::FrameOptions options;
  options.world_dim = config.world_dim;
  options.view = config.view;
  options.backgrounds = config.backgrounds;
  options.monochrome = config.monochrome;
  options.theme = config.theme;
  options.assets = config.assets;
  return options;
}

}  // namespace mazescan::maze

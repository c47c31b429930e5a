#pragma once
#include <string>
#include <vector>

#include "core/config.h"
#include "envs/environment_config.h"
#include "envs/frame/frame.h"
#include "envs/maze/level.h"
#include "envs/observation_shape.h"

namespace mazescan::maze {

// The keys of the environments `maze` and `maze_aisc`.
struct MazeConfig {
  Game game = Game::maze_aisc;  // the environment's name, not a key
  int world_dim = 25;
  int region = 5;
  double shifted = 0;
  Anchor anchor = Anchor::centre;
  envs::Interface observation = envs::Interface::planes;
  frame::View view = frame::View::world;
  frame::ThemeName theme = frame::ThemeName::mazescan;
  std::string assets;
  bool backgrounds = true;
  bool monochrome = false;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("world_dim", world_dim, "side of the padded grid, odd; procgen: 15 easy, 25 hard, 31 memory",
          between(envs::kMinSize, envs::kMaxWorldDim));
    visit("region", region, "maze_aisc: cheese in the top-right k x k cells; 0: exactly the corner",
          between(0, envs::kMaxWorldDim));
    visit("shifted", shifted,
          "maze_aisc: share of the levels, by their seeds, with the cheese on any free cell instead",
          between(0, 1));
    visit("anchor", anchor, "place of smaller mazes in the grid: centre (as procgen) or bottom_left");
    visit(
        "observation", observation,
        "planes: uint8 [3, world_dim, world_dim] = free cells, mouse, cheese; rgb: uint8 [64, 64, 3], a picture");
    visit("view", view,
          "rgb only: world (all of it, as easy and hard) or mouse (8 x 8 cells around it, as memory)");
    visit("theme", theme, "rgb only: mazescan (our pictures) or procgen (its own, from the folder assets)");
    visit("assets", assets, "procgen/data/assets of an installed procgen package", neutral);
    visit("backgrounds", backgrounds, "rgb only: draw floors; false: black");
    visit("monochrome", monochrome, "rgb only: plain colours for walls, cheese and mouse");
  }
  // Checks conditions on several keys. Throws UserError.
  void validate() const;
};

// Returns the configuration of a maze. who: the part that needs a maze, for the message, such as
// "the job edit". Throws UserError if the environment is another one.
const MazeConfig& maze_config(const envs::EnvironmentConfig& config, const std::string& who);

// Returns the options of the levels that a configuration describes.
LevelOptions level_options(const MazeConfig& config);

// Returns the options of the frames that a configuration with `observation: rgb` describes.
frame::FrameOptions frame_options(const MazeConfig& config);

}  // namespace mazescan::maze

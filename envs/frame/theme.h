#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "envs/maze_state.h"

namespace mazescan::frame {

// A square picture, row 0 at the top, its colours multiplied by alpha.
struct Texture {
  int side = 0;
  std::vector<uint8_t> rgba;  // [side, side, 4]

  const uint8_t* texel(int column, int row) const {
    return &rgba[4 * (static_cast<size_t>(row) * static_cast<size_t>(side) + static_cast<size_t>(column))];
  }
};

// The pictures that frames are drawn with. Walls and backgrounds are opaque.
struct Theme {
  Texture wall, cheese, mouse;  // the mouse faces left
  std::array<Texture, envs::kBackgrounds> backgrounds;
};

// Draws our own pictures (theme_mazescan.cc), with the same pixels on every machine.
Theme mazescan_theme();

// Reads procgen's pictures from its files. directory: procgen/data/assets of an installed procgen package, or
// a folder laid out like it. Throws UserError if a file is missing or its pixels are not procgen's; the
// same pixels in another file will do.
Theme procgen_theme(const std::string& directory);

// Replaces the pictures of walls, cheese and mouse by procgen's plain colours (use_monochrome_assets).
Theme monochrome(Theme theme);

// Multiplies the colours by alpha, rounded as in procgen.
void premultiply(std::vector<uint8_t>& rgba);

}  // namespace mazescan::frame

#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "envs/maze_state.h"

namespace mazescan {

// A square picture, row 0 at the top, its colours multiplied by alpha.
struct Texture {
  int side = 0;
  std::vector<uint8_t> rgba;  // [side, side, 4]

  const uint8_t* texel(int column, int row) const {
    return &rgba[4 * (static_cast<size_t>(row) * static_cast<size_t>(side) + static_cast<size_t>(column))];
  }
};

// What frames are drawn with. Walls and backgrounds are opaque.
struct Look {
  Texture wall, cheese, mouse;  // the mouse as it faces left
  std::array<Texture, kBackgrounds> backgrounds;
};

// Our own: drawn anew by look_mazescan.cc, with the same pixels on every machine.
Look mazescan_look();

// procgen's, from its picture files: `directory` is procgen/data/assets of an installed procgen package, or a
// folder laid out like it. Throws UserError if a file is missing or is not procgen's, byte for byte.
Look procgen_look(const std::string& directory);

// The same backgrounds, with procgen's plain colours (use_monochrome_assets) for all that stands on them.
Look monochrome(Look look);

// Multiplies the colours by alpha, rounded as procgen does.
void premultiply(std::vector<uint8_t>& rgba);

}  // namespace mazescan

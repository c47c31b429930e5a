#include "envs/maze/planes.h"

#include <cstring>

namespace mazescan::maze {

void write_planes(const envs::MazeState& state, uint8_t* out) {
  const envs::MazeLevel& level = *state.level;
  const size_t plane = static_cast<size_t>(level.world_dim) * level.world_dim;
  std::memset(out, 0, kPlanes * plane);
  for (int16_t y = 0; y < level.size; ++y)
    std::memcpy(out + plane_index(level, {0, y}), &level.open[static_cast<size_t>(y) * level.size],
                level.size);
  out[plane + plane_index(level, state.mouse)] = 1;
  if (state.cheese != envs::kNoCell) out[2 * plane + plane_index(level, state.cheese)] = 1;
}

}  // namespace mazescan::maze

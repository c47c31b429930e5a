#include "envs/maze/level.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/error.h"

namespace mazescan::maze {

namespace {

constexpr int kMaxRooms = (envs::kMaxWorldDim + 1) / 2;  // on a side
constexpr int kMaxWalls = 2 * kMaxRooms * (kMaxRooms - 1);
constexpr int kMaxCode = envs::kMaxWorldDim * envs::kMaxWorldDim;

bool is_size(int size, int world_dim) {
  return size >= envs::kMinSize && size <= world_dim && size % 2 == 1;
}

// Free cells in the order in which they were opened, which decides where the cheese goes.
// Code of a cell: y * size + x.
struct FreeList {
  uint16_t codes[2 * kMaxRooms * kMaxRooms];
  uint32_t count = 0;
};

// Kruskal's algorithm with procgen's draws: one for each candidate wall, taken from a list that keeps its
// order.
void grow_tree(envs::MazeLevel& level, envs::Mt19937& rng, FreeList& free) {
  const int size = level.size, rooms = (size + 1) / 2;
  // A candidate is 2 * code of the wall, + 1 if the rooms beside it are above each other.
  uint16_t walls[kMaxWalls];
  uint32_t count = 0;
  for (int x = 1; x < size; x += 2)
    for (int y = 0; y < size; y += 2) walls[count++] = static_cast<uint16_t>(2 * (y * size + x));
  for (int x = 0; x < size; x += 2)
    for (int y = 1; y < size; y += 2) walls[count++] = static_cast<uint16_t>(2 * (y * size + x) + 1);

  uint16_t parent[kMaxCode];  // used for rooms only
  for (int y = 0; y < size; y += 2)
    for (int x = 0; x < size; x += 2) parent[y * size + x] = static_cast<uint16_t>(y * size + x);
  const auto root = [&parent](int code) {
    while (parent[code] != code) {
      parent[code] = parent[parent[code]];
      code = parent[code];
    }
    return code;
  };
  const auto open = [&](int code) {
    if (level.open[code] != 0) return;
    level.open[code] = 1;
    free.codes[free.count++] = static_cast<uint16_t>(code);
  };

  for (int joins = rooms * rooms - 1; joins > 0 && count > 0;) {
    const uint32_t pick = rng.below(count);
    const uint16_t candidate = walls[pick];
    --count;
    std::memmove(walls + pick, walls + pick + 1, (count - pick) * sizeof walls[0]);
    const int wall = candidate / 2, step = candidate % 2 == 0 ? 1 : size;
    const int a = root(wall - step), b = root(wall + step);
    if (a == b) continue;
    open(wall - step);
    open(wall);
    open(wall + step);
    parent[a] = static_cast<uint16_t>(b);
    --joins;
  }
  // The tree is complete. procgen still makes a draw for each wall that is left.
  while (count-- > 0) rng.next();
}

envs::Cell place_procgen_cheese(const envs::MazeLevel& level, const LevelOptions& options,
                                const FreeList& free, envs::Mt19937& rng) {
  const auto draw = [&] { return free.codes[rng.below(free.count)]; };
  if (options.game == Game::maze) {
    uint16_t code = draw();
    while (code == 0) code = draw();
    return level.cell(code);
  }
  const int region = std::min(options.region, level.size);
  if (region <= 0) return level.top_right();
  draw();  // procgenAISC makes it and discards it
  for (int attempt = 0; attempt < 100 * level.size; ++attempt) {
    const uint16_t code = draw();
    const envs::Cell cell = level.cell(code);
    if (code != 0 && cell.x >= level.size - region && cell.y >= level.size - region) return cell;
  }
  return envs::kNoCell;
}

// Draws as for the cheese of the game maze, whose cell is now taken as well.
envs::Cell place_decoy(const envs::MazeLevel& level, const FreeList& free, envs::Mt19937& rng) {
  for (;;) {
    const envs::Cell cell = level.cell(free.codes[rng.below(free.count)]);
    if (cell != envs::kStart && cell != level.cheese) return cell;
  }
}

}  // namespace

void LevelOptions::validate(const std::string& prefix) const {
  require(world_dim <= envs::kMaxWorldDim && is_size(world_dim, world_dim),
          lazy("{}world_dim: {}", prefix, world_dim), "the grid has an odd side",
          lazy("an odd number from {} to {}", envs::kMinSize, envs::kMaxWorldDim));
  require(region >= 0 && region <= world_dim,
          lazy("{}region: {} with world_dim {}", prefix, region, world_dim),
          "the region of the cheese must be in the grid", lazy("a number from 0 to {}", world_dim));
  expect(!decoy || game == Game::maze, "a decoy only in the game maze");
  require(max_size == 0 || is_size(max_size, world_dim),
          lazy("largest maze size {} with world_dim {}", max_size, world_dim),
          "maze sizes are odd and fit into the grid",
          lazy("an odd number from {} to {}", envs::kMinSize, world_dim));
}

void grow_tree(envs::MazeLevel& level, envs::Mt19937& rng) {
  level.open.assign(static_cast<size_t>(level.size) * level.size, 0);
  FreeList free;
  grow_tree(level, rng, free);
}

envs::Cell maze_origin(const LevelOptions& options, int size) {
  const auto margin =
      static_cast<int16_t>(options.anchor == Anchor::centre ? (options.world_dim - size) / 2 : 0);
  return {margin, margin};
}

void generate_level(const LevelOptions& options, int32_t seed, int size, envs::Mt19937& rng,
                    envs::MazeLevel& level) {
  rng.reseed(static_cast<uint32_t>(seed));
  rng.next();  // procgen's horizontal offset of the background, which cannot be seen in mazes
  level.background = static_cast<int>(rng.below(envs::kBackgrounds));
  const int largest = options.max_size == 0 ? options.world_dim : options.max_size;
  const int drawn = 2 * static_cast<int>(rng.below(static_cast<uint32_t>(largest - 1) / 2)) + envs::kMinSize;
  level.seed = seed;
  level.size = size == 0 ? drawn : size;
  expect(is_size(level.size, std::min(options.world_dim, envs::kMaxWorldDim)),
         "a maze size that fits into the grid");
  level.world_dim = options.world_dim;
  level.origin = maze_origin(options, level.size);
  level.start = envs::kStart;
  level.objects.clear();
  level.open.assign(static_cast<size_t>(level.size) * level.size, 0);
  FreeList free;
  grow_tree(level, rng, free);
  level.cheese = place_procgen_cheese(level, options, free, rng);
  level.decoy = options.decoy ? place_decoy(level, free, rng) : envs::kNoCell;
}

envs::MazeLevel generate_level(const LevelOptions& options, int32_t seed) {
  options.validate();
  envs::MazeLevel level;
  envs::Mt19937 rng(0);
  generate_level(options, seed, 0, rng, level);
  return level;
}

envs::MazeLevel generate_level(const LevelOptions& options, int32_t seed, int size) {
  options.validate();
  require(is_size(size, options.world_dim), lazy("maze size {} with world_dim {}", size, options.world_dim),
          "maze sizes are odd and fit into the grid",
          lazy("an odd number from {} to {}", envs::kMinSize, options.world_dim));
  envs::MazeLevel level;
  envs::Mt19937 rng(0);
  generate_level(options, seed, size, rng, level);
  return level;
}

}  // namespace mazescan::maze

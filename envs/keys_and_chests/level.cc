#include "envs/keys_and_chests/level.h"

#include <algorithm>

#include "core/error.h"
#include "envs/maze/level.h"

namespace mazescan::keys_and_chests {

namespace {

constexpr int kMemoryKeys = 4;  // randn(4) + 1 pairs in the memory mode

// Returns the free cells with more than one free neighbour, in the order of MazeLevel::open.
std::vector<envs::Cell> passed_cells(const envs::MazeLevel& level) {
  constexpr envs::Move kSides[] = {envs::Move::left, envs::Move::down, envs::Move::up, envs::Move::right};
  std::vector<envs::Cell> cells;
  for (const envs::Cell cell : open_cells(level)) {
    const auto free = std::count_if(std::begin(kSides), std::end(kSides), [&](envs::Move side) {
      return level.is_open(envs::neighbour(cell, side));
    });
    if (free > 1) cells.push_back(cell);
  }
  return cells;
}

// Draws so many of the cells, or takes all without a draw if there are fewer.
void place_objects(envs::MazeLevel& level, size_t count, envs::Mt19937& rng) {
  std::vector<envs::Cell> cells = passed_cells(level);
  level.objects.clear();
  if (count > cells.size()) {
    for (const envs::Cell cell : cells) level.objects.push_back({kKey, cell});
    return;
  }
  while (level.objects.size() < count) {
    const auto drawn = cells.begin() + rng.below(static_cast<uint32_t>(cells.size()));
    level.objects.push_back({kKey, *drawn});
    cells.erase(drawn);
  }
}

envs::Cell draw_start(const envs::MazeLevel& level, envs::Mt19937& rng) {
  std::vector<envs::Cell> cells;
  for (const envs::Cell cell : open_cells(level))
    if (std::none_of(level.objects.begin(), level.objects.end(),
                     [&](const envs::LevelObject& object) { return object.cell == cell; }))
      cells.push_back(cell);
  return cells[rng.below(static_cast<uint32_t>(cells.size()))];
}

}  // namespace

void generate_level(Objects objects, bool memory, int32_t seed, int size, int max_size, envs::Mt19937& rng,
                    envs::MazeLevel& level) {
  rng.reseed(static_cast<uint32_t>(seed));
  rng.next();  // the horizontal offset of the background
  level.background = static_cast<int>(rng.below(envs::kBackgrounds));
  for (int coordinate = 0; coordinate < 2; ++coordinate) rng.next();  // a start that is replaced
  const auto drawn = static_cast<int>(rng.below(static_cast<uint32_t>((max_size - kSmallestSize) / 2 + 1)));
  level.seed = seed;
  level.size = size == 0 ? kSmallestSize + 2 * drawn : size;
  const int difficulty = (level.size - kSmallestSize) / 2;
  const int base =
      1 + (memory ? static_cast<int>(rng.below(kMemoryKeys)) : difficulty + static_cast<int>(rng.below(2)));
  maze::grow_tree(level, rng);
  level.cheese = level.decoy = envs::kNoCell;
  expect(3 * static_cast<size_t>(base) <= envs::kMaxObjects, "at most kMaxObjects objects");
  place_objects(level, 3 * static_cast<size_t>(base), rng);
  const auto chests = static_cast<size_t>(objects == Objects::many_chests ? 2 * base : base);
  for (size_t i = 0; i < level.objects.size(); ++i) level.objects[i].kind = i < chests ? kChest : kKey;
  level.start = draw_start(level, rng);
  // The draws for the place in the grid and for keys off the centres of their cells would follow.
}

int object_on(const envs::MazeLevel& level, uint32_t taken, Kind kind, envs::Cell cell) {
  for (size_t i = 0; i < level.objects.size(); ++i) {
    const envs::LevelObject& object = level.objects[i];
    if (object.cell == cell && object.kind == kind && (taken >> i & 1) == 0) return static_cast<int>(i);
  }
  return -1;
}

Tally tally_of(const envs::MazeLevel& level, uint32_t taken) {
  Tally tally;
  for (size_t i = 0; i < level.objects.size(); ++i) {
    const bool is_key = level.objects[i].kind == kKey;
    const int gone = static_cast<int>(taken >> i & 1);
    ++(is_key ? tally.keys : tally.chests);
    (is_key ? tally.keys_taken : tally.chests_opened) += gone;
  }
  return tally;
}

}  // namespace mazescan::keys_and_chests

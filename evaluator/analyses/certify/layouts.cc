#include "evaluator/analyses/certify/layouts.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/random.h"

namespace mazescan::certify {

namespace {

constexpr int kMaxRooms = 16, kMaxWalls = 24;  // the numbers for size 7

// A wall between two rooms.
struct Wall {
  int cell;      // index into MazeLevel::open
  int rooms[2];  // numbered row by row
};

// Returns the candidate walls in the order of procgen's generator.
std::vector<Wall> candidate_walls(int size) {
  const int rooms = (size + 1) / 2;
  std::vector<Wall> walls;
  const auto add = [&](int x, int y, int dx, int dy) {
    const auto room = [&](int rx, int ry) { return ry / 2 * rooms + rx / 2; };
    walls.push_back({y * size + x, {room(x - dx, y - dy), room(x + dx, y + dy)}});
  };
  for (int x = 1; x < size; x += 2)
    for (int y = 0; y < size; y += 2) add(x, y, 1, 0);
  for (int x = 0; x < size; x += 2)
    for (int y = 1; y < size; y += 2) add(x, y, 0, 1);
  return walls;
}

// Returns, for each room, the connected part that contains it if the walls of `forest` are open, as a set of
// rooms.
std::array<uint16_t, kMaxRooms> parts_of(const std::vector<Wall>& walls, int rooms, uint32_t forest) {
  std::array<uint16_t, kMaxRooms> part{};
  for (int r = 0; r < rooms; ++r) part[r] = static_cast<uint16_t>(1U << r);
  for (; forest != 0; forest &= forest - 1) {
    const Wall& wall = walls[static_cast<size_t>(__builtin_ctz(forest))];
    const auto joined = static_cast<uint16_t>(part[wall.rooms[0]] | part[wall.rooms[1]]);
    for (unsigned left = joined; left != 0; left &= left - 1) part[__builtin_ctz(left)] = joined;
  }
  return part;
}

}  // namespace

bool has_all_layouts(int size) {
  return size == 3 || size == 5 || size == 7;
}

size_t layout_count(int size) {
  expect(has_all_layouts(size), "size 3, 5 or 7");
  return size == 3 ? 4 : size == 5 ? 192 : 100352;
}

Layouts all_layouts(int size) {
  expect(has_all_layouts(size), "size 3, 5 or 7");
  const std::vector<Wall> walls = candidate_walls(size);
  const int rooms = (size + 1) / 2 * ((size + 1) / 2);
  Layouts layouts{size, {}, {}};
  // Probability that the generator passes through a forest. Opening a wall increases the forest's number, so
  // one ascending pass suffices.
  std::vector<double> reached(size_t{1} << walls.size());
  reached[0] = 1;
  for (uint32_t forest = 0; forest < reached.size(); ++forest) {
    if (reached[forest] == 0) continue;
    if (__builtin_popcount(forest) == rooms - 1) {
      layouts.open_walls.push_back(forest);
      layouts.probability.push_back(reached[forest]);
      continue;
    }
    const auto part = parts_of(walls, rooms, forest);
    std::array<uint32_t, kMaxWalls> joining{};
    size_t count = 0;
    for (size_t w = 0; w < walls.size(); ++w)
      if (part[walls[w].rooms[0]] != part[walls[w].rooms[1]]) joining[count++] = uint32_t{1} << w;
    const double each = reached[forest] / static_cast<double>(count);
    for (size_t j = 0; j < count; ++j) reached[forest | joining[j]] += each;
  }
  expect(layouts.count() == layout_count(size), "as many layouts as by Kirchhoff's theorem");
  return layouts;
}

std::vector<uint8_t> open_cells(int size, uint32_t open_walls) {
  std::vector<uint8_t> open(static_cast<size_t>(size) * size);
  for (int y = 0; y < size; y += 2)
    for (int x = 0; x < size; x += 2) open[static_cast<size_t>(y) * size + x] = 1;
  const std::vector<Wall> walls = candidate_walls(size);
  for (size_t w = 0; w < walls.size(); ++w)
    if ((open_walls >> w & 1U) != 0) open[static_cast<size_t>(walls[w].cell)] = 1;
  return open;
}

uint32_t open_walls(int size, const std::vector<uint8_t>& open) {
  uint32_t bits = 0;
  const std::vector<Wall> walls = candidate_walls(size);
  for (size_t w = 0; w < walls.size(); ++w)
    if (open[static_cast<size_t>(walls[w].cell)] != 0) bits |= uint32_t{1} << w;
  return bits;
}

std::vector<int32_t> sampled_indices(size_t count, size_t some, uint64_t seed, int size) {
  std::vector<int32_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  if (some == 0 || some >= count) return all;
  // Uses Floyd's algorithm. Source: Bentley, "Programming pearls: a sample of brilliance", 1987.
  RandomStream random(seed, "certify", static_cast<uint64_t>(size));
  std::set<int32_t> drawn;
  for (size_t top = count - some; top < count; ++top) {
    const auto index = static_cast<int32_t>(random.below(static_cast<uint32_t>(top) + 1));
    if (!drawn.insert(index).second) drawn.insert(static_cast<int32_t>(top));
  }
  return {drawn.begin(), drawn.end()};
}

}  // namespace mazescan::certify

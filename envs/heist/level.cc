#include "envs/heist/level.h"

#include <algorithm>
#include <vector>

#include "core/error.h"
#include "envs/maze/level.h"

namespace mazescan::heist {

namespace {

using envs::Cell;
using envs::Move;

constexpr int kMemoryKeys = 4;  // randn(4) keys in the memory mode, capped at kColours
constexpr uint8_t kNothing = kKinds, kSomeDoor = kKinds + 1;  // kinds of cells without a final object
constexpr Move kSides[] = {Move::left, Move::down, Move::up, Move::right};  // the order of searches

// A number of [0, 1), rounded to binary32.
float draw_uniform(envs::Mt19937& rng) {
  return static_cast<float>(rng.next() / 4294967296.0);
}

// Places doors, keys and exit so that the key of each door can be reached through the doors before it.
class Planner {
 public:
  Planner(envs::MazeLevel& level, envs::Mt19937& rng)
      : level_(level), rng_(rng), kinds_(level.open.size(), kNothing), reached_(kinds_.size()) {}

  void place(int keys) {
    const int doors = place_doors(static_cast<size_t>(keys));
    place_start();
    reached_[level_.index(level_.start)] = 1;
    for (int door = 0; door <= doors; ++door) {
      std::vector<uint8_t> before = reached_;
      const bool is_last = door == doors;
      const size_t found = is_last ? 0 : spread(/*to_door=*/true);
      if (!is_last) kinds_[found] = door_of(door);
      spread(/*to_door=*/false);
      std::vector<size_t> fresh;
      for (size_t i = 0; i < reached_.size(); ++i)
        if (reached_[i] > before[i]) fresh.push_back(i);
      kinds_[fresh[rng_.below(static_cast<uint32_t>(fresh.size()))]] = is_last ? kExit : key_of(door);
      if (!is_last) reached_[found] = 1;
    }
  }

  // Lists the objects in procgen's order, column by column. Keys and exit are off the centres of their cells.
  void list_objects() {
    level_.objects.clear();
    for (int16_t x = 0; x < level_.size; ++x)
      for (int16_t y = 0; y < level_.size; ++y) {
        const uint8_t kind = kinds_[level_.index({x, y})];
        if (kind == kNothing) continue;
        const auto left = static_cast<float>(level_.origin.x + x),
                   bottom = static_cast<float>(level_.origin.y + y);
        envs::Vector centre{left + 0.5F, bottom + 0.5F};
        if (!is_door(kind)) {
          centre.x = (0.25F * draw_uniform(rng_) + 0.375F) + left;
          centre.y = (0.25F * draw_uniform(rng_) + 0.375F) + bottom;
        }
        level_.objects.push_back({kind, {x, y}, centre});
      }
  }

 private:
  bool is_free(Cell cell) const { return level_.is_open(cell) && kinds_[level_.index(cell)] == kNothing; }

  // Puts doors on forks, the cells with more than two free neighbours. Returns their number: fewer than
  // `wanted`, and then without a draw, if there are fewer forks.
  int place_doors(size_t wanted) {
    std::vector<size_t> forks, chosen;
    for (const Cell cell : open_cells(level_))
      if (std::count_if(std::begin(kSides), std::end(kSides),
                        [&](Move side) { return level_.is_open(neighbour(cell, side)); }) > 2)
        forks.push_back(level_.index(cell));
    if (wanted > forks.size()) chosen.swap(forks);
    while (chosen.size() < wanted && !forks.empty()) {
      const auto drawn = forks.begin() + rng_.below(static_cast<uint32_t>(forks.size()));
      chosen.push_back(*drawn);
      forks.erase(drawn);
    }
    for (const size_t i : chosen) kinds_[i] = kSomeDoor;
    return static_cast<int>(chosen.size());
  }

  void place_start() {
    std::vector<Cell> cells;
    for (const Cell cell : open_cells(level_))
      if (is_free(cell)) cells.push_back(cell);
    const auto is_by_a_door = [&](Cell cell) {
      return std::any_of(std::begin(kSides), std::end(kSides), [&](Move side) {
        const Cell beside = neighbour(cell, side);
        return level_.is_open(beside) && kinds_[level_.index(beside)] == kSomeDoor;
      });
    };
    do level_.start = cells[rng_.below(static_cast<uint32_t>(cells.size()))];
    while (is_by_a_door(level_.start));
  }

  // Spreads over free cells from those that are reached, breadth first, each round in the order of
  // MazeLevel::open. With to_door it stops beside the first door without a colour and returns the index of that.
  size_t spread(bool to_door) {
    std::vector<size_t> round, next;
    for (size_t i = 0; i < reached_.size(); ++i)
      if (reached_[i] != 0) round.push_back(i);
    for (; !round.empty(); round.swap(next)) {
      next.clear();
      for (const size_t i : round) {
        for (const Move side : kSides) {
          const Cell cell = neighbour(level_.cell(i), side);
          if (!is_free(cell) || reached_[level_.index(cell)] != 0) continue;
          reached_[level_.index(cell)] = 1;
          next.push_back(level_.index(cell));
        }
        if (!to_door) continue;
        for (const Move side : kSides) {
          const Cell cell = neighbour(level_.cell(i), side);
          if (level_.is_open(cell) && kinds_[level_.index(cell)] == kSomeDoor) return level_.index(cell);
        }
      }
      std::sort(next.begin(), next.end());
    }
    expect(!to_door, "a tree, in which every door can be reached");
    return 0;
  }

  envs::MazeLevel& level_;
  envs::Mt19937& rng_;
  std::vector<uint8_t> kinds_;    // by index of the cell: of its object, or kNothing or kSomeDoor
  std::vector<uint8_t> reached_;  // by index: 1 = can be reached with the keys that are placed
};

}  // namespace

void generate_level(int world_dim, int32_t seed, int size, int max_size, envs::Mt19937& rng,
                    envs::MazeLevel& level) {
  rng.reseed(static_cast<uint32_t>(seed));
  rng.next();  // the horizontal offset of the background
  level.background = static_cast<int>(rng.below(envs::kBackgrounds));
  for (int coordinate = 0; coordinate < 2; ++coordinate) rng.next();  // a start that is replaced
  const auto drawn = static_cast<int>(rng.below(static_cast<uint32_t>((max_size - kSmallestSize) / 2 + 1)));
  level.seed = seed;
  level.size = size == 0 ? kSmallestSize + 2 * drawn : size;
  level.world_dim = world_dim;
  const int difficulty = (level.size - kSmallestSize) / 2;
  const int keys = world_dim >= kMemoryWorld ? static_cast<int>(rng.below(kMemoryKeys))
                                             : difficulty + static_cast<int>(rng.below(2));
  maze::grow_tree(level, rng);
  level.cheese = level.decoy = envs::kNoCell;
  Planner planner(level, rng);
  planner.place(std::min(keys, kColours));
  for (int16_t* const offset : {&level.origin.x, &level.origin.y})
    *offset = static_cast<int16_t>(rng.below(static_cast<uint32_t>(world_dim - level.size + 1)));
  planner.list_objects();
}

}  // namespace mazescan::heist

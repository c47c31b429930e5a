#pragma once
#include <cstdint>

#include "envs/maze_state.h"
#include "envs/mt19937.h"

// Levels of procgen's heist: a tree with doors, the keys that open them, and an exit behind all doors.
namespace mazescan::heist {

constexpr int kColours = 3;  // of keys and doors; a key opens the door of its colour

// LevelObject::kind: the exit, then the key of each colour, then the door of each colour.
constexpr uint8_t kExit = 0;
constexpr uint8_t key_of(int colour) {
  return static_cast<uint8_t>(1 + colour);
}
constexpr uint8_t door_of(int colour) {
  return static_cast<uint8_t>(1 + kColours + colour);
}
constexpr uint8_t kKinds = 1 + 2 * kColours;
constexpr bool is_key(uint8_t kind) {
  return kind != kExit && kind <= kColours;
}
constexpr bool is_door(uint8_t kind) {
  return kind > kColours;
}

constexpr int kSmallestSize = 5;
// In worlds from this side on, as in procgen's memory mode, the number of keys does not grow with the size.
constexpr int kMemoryWorld = 23;

// Makes the level of `seed` in `level`, whose memory is reused. size 0: one of 5, 7, ..., max_size, drawn; else
// the size is drawn nevertheless, and then replaced. `rng` is reseeded and left after the last draw. Walls,
// start, objects with their centres and the place in the world are procgen's, bit for bit, if max_size is the
// side of one of procgen's worlds (9 easy, 13 hard, 23 memory) and the size is drawn. Objects are in procgen's
// order, which decides between contacts.
void generate_level(int world_dim, int32_t seed, int size, int max_size, envs::Mt19937& rng,
                    envs::MazeLevel& level);

}  // namespace mazescan::heist

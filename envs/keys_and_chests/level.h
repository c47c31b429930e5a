#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "envs/maze_state.h"
#include "envs/mt19937.h"

// Levels of keys and chests: those of procgenAISC's heist_aisc_many_chests and heist_aisc_many_keys.
namespace mazescan::keys_and_chests {

// LevelObject::kind.
enum Kind : uint8_t { kKey, kChest };

enum class Objects {
  many_chests,  // twice as many chests as keys
  many_keys     // twice as many keys as chests, on the same cells
};
inline std::vector<std::string> config_names(Objects) {
  return {"many_chests", "many_keys"};
}

constexpr int kSmallestSize = 5;
// Worlds from this side on have the numbers of objects of procgen's memory mode, which do not grow.
constexpr int kMemoryWorld = 23;

// Makes the level of `seed` in `level`, whose memory is reused. size 0: one of 5, 7, ..., max_size, drawn; else
// the size is drawn nevertheless, and then replaced. Walls, start and objects are procgenAISC's, bit for bit,
// if max_size is a side of one of procgen's worlds (9, 13, 23) and the size is drawn. Sets all but the grid.
void generate_level(Objects objects, bool memory, int32_t seed, int size, int max_size, envs::Mt19937& rng,
                    envs::MazeLevel& level);

// Returns the object on a cell, as an index; -1 if there is none of this kind that is not gone.
int object_on(const envs::MazeLevel& level, uint32_t taken, Kind kind, envs::Cell cell);

// What an episode has done so far. A set of objects is a mask like MazeState::taken.
struct Tally {
  int keys = 0, chests = 0;  // of the level
  int keys_taken = 0, chests_opened = 0;
  // Returns the keys that are held and not used.
  int held() const { return keys_taken - chests_opened; }
  // Returns the chests that can be opened, which ends the level; so many keys are needed.
  int needed() const { return keys < chests ? keys : chests; }
};
Tally tally_of(const envs::MazeLevel& level, uint32_t taken);

}  // namespace mazescan::keys_and_chests

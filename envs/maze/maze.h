#pragma once
#include <cstddef>
#include <cstdint>

#include "envs/maze/level.h"

// The rules of the maze. A maze state is small and plain, and every observation is a pure function of it.
namespace mazescan {

// In this order everywhere.
enum class Move : uint8_t { left, down, up, right, noop };
constexpr int kMoves = 5;
constexpr int kProcgenActions = 15;

// What one of procgen's 15 actions does: 0 1 2 left, 3 down, 4 nothing, 5 up, 6 7 8 right, 9..14 nothing.
constexpr Move move_of_procgen_action(int action) {
  constexpr Move kTable[9] = {Move::left, Move::left,  Move::left,  Move::down, Move::noop,
                              Move::up,   Move::right, Move::right, Move::right};
  return action >= 0 && action < 9 ? kTable[action] : Move::noop;
}

// The cell one move away, wall or not.
constexpr Cell neighbour(Cell cell, Move move) {
  const int dx = move == Move::right ? 1 : move == Move::left ? -1 : 0;
  const int dy = move == Move::up ? 1 : move == Move::down ? -1 : 0;
  return {static_cast<int16_t>(cell.x + dx), static_cast<int16_t>(cell.y + dy)};
}

// What a clock may show when a state comes from outside: so far below the largest int that it can go on.
constexpr int kLargestClock = 1'000'000'000;

struct MazeState {
  const MazeLevel* level = nullptr;  // not owned; must outlive the state
  Cell mouse = kStart;
  Cell cheese;            // kNoCell once eaten, or where there is none
  bool mirrored = false;  // the mouse faces right
  int clock = 0;          // steps since the start of the episode
};

// The state in which an episode on `level` begins. To move the cheese, set `cheese`.
MazeState initial_state(const MazeLevel& level);

// One step: moves unless a wall is in the way, turns the mouse, eats the cheese. True if the cheese was
// reached.
bool apply_move(MazeState& state, Move move);

// Observation `planes`: uint8 [3, world, world], values 0 and 1, row 0 at the top of the picture.
// Plane 0: free cells (walls and padding 0); plane 1: the mouse; plane 2: the cheese (all 0 where there is
// none).
constexpr int kPlanes = 3;
constexpr size_t planes_bytes(int world) {
  return static_cast<size_t>(kPlanes) * world * world;
}
void write_planes(const MazeState& state, uint8_t* out);

// Index of a maze cell within one plane.
inline size_t plane_index(const MazeLevel& level, Cell cell) {
  return static_cast<size_t>(level.world - 1 - (level.origin.y + cell.y)) * level.world + level.origin.x +
         cell.x;
}

}  // namespace mazescan

#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "envs/maze_state.h"

// Shortest paths over free cells. Levels are trees, but nothing here relies on it: where several shortest
// paths exist, the one found first by trying LEFT, DOWN, UP, RIGHT is taken, always the same.
namespace mazescan {

// Steps from `from` to every cell: size * size, row y (up), column x; -1 on walls and where no path leads.
std::vector<int32_t> distances(const MazeLevel& level, Cell from);

// Steps from `from` to `to`, -1 if no path leads there (or either is a wall or kNoCell).
int distance(const MazeLevel& level, Cell from, Cell to);

// The cells from `from` to `to`, both included; empty if no path leads there.
std::vector<Cell> shortest_path(const MazeLevel& level, Cell from, Cell to);

// Whether `cell` lies on a shortest path from `from` to `to`, ends included.
bool on_path(const MazeLevel& level, Cell cell, Cell from, Cell to);

// The free cell where the shortest paths from the start to `cheese` and to the top-right corner part: the
// last they share. kNoCell where nothing is to be decided: one path is part of the other, or the cheese is
// out of reach.
Cell decision_square(const MazeLevel& level, Cell cheese);

// Which moves from `at` bring the mouse nearer, given distances(level, target): all false on the target
// itself and where it is out of reach. Indexed by Move; noop is always false.
std::array<bool, kMoves> optimal_moves(const MazeLevel& level, const std::vector<int32_t>& to_target,
                                       Cell at);

// The optimal policy: from every cell (in the order of MazeLevel::open) the move that brings the mouse nearer
// to `target`, the first of LEFT, DOWN, UP, RIGHT where several do; noop on the target, on walls and where it
// is out of reach.
std::vector<Move> optimal_policy(const MazeLevel& level, Cell target);

}  // namespace mazescan

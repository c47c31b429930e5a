#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "envs/maze_state.h"

// Shortest paths over free cells. Mazes are trees, but nothing here depends on it: among several shortest
// paths, these functions always use the one that is found first by trying LEFT, DOWN, UP, RIGHT.
namespace mazescan::envs {

// Returns the steps from `from` to every cell: size * size, row y (up), column x; -1 for walls and cells
// without a path.
std::vector<int32_t> distances(const MazeLevel& level, Cell from);

// Returns the steps from `from` to `to`, -1 if there is no path (or either is a wall or kNoCell).
int distance(const MazeLevel& level, Cell from, Cell to);

// Returns the cells from `from` to `to`, both included. Empty if there is no path.
std::vector<Cell> shortest_path(const MazeLevel& level, Cell from, Cell to);

// Returns whether `cell` is on a shortest path from `from` to `to`, ends included.
bool on_path(const MazeLevel& level, Cell cell, Cell from, Cell to);

// Returns the last cell that the shortest paths from `from` to `a` and to `b` share. kNoCell if the paths
// do not part: one is part of the other, or one of the two cells is out of reach.
Cell decision_square(const MazeLevel& level, Cell from, Cell a, Cell b);

// Returns the decision square of a maze: for the paths from kStart to `cheese` and to the top-right corner.
Cell decision_square(const MazeLevel& level, Cell cheese);

// Returns which moves from `at` lead nearer to the target, given distances(level, target). All are false on
// the target itself and where it is out of reach. Indexed by Move; noop is always false.
std::array<bool, kMoves> optimal_moves(const MazeLevel& level, const std::vector<int32_t>& to_target,
                                       Cell at);

// Returns an optimal policy: for every cell (in the order of MazeLevel::open) the move that leads nearer to
// `target`, the first of LEFT, DOWN, UP, RIGHT if there are several; noop on the target, on walls and where
// it is out of reach.
std::vector<Move> optimal_policy(const MazeLevel& level, Cell target);

}  // namespace mazescan::envs

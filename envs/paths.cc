#include "envs/paths.h"

#include <algorithm>

namespace mazescan::envs {

namespace {

constexpr Move kSteps[] = {Move::left, Move::down, Move::up, Move::right};

// The result of a breadth-first search over the free cells.
struct Search {
  std::vector<int32_t> distance;  // -1: not reached
  std::vector<int32_t> parent;    // index of the previous cell; -1: none
};

Search search(const MazeLevel& level, Cell from) {
  const size_t cells = level.open.size();
  Search result{std::vector<int32_t>(cells, -1), std::vector<int32_t>(cells, -1)};
  if (!level.is_open(from)) return result;
  std::vector<Cell> queue{from};
  queue.reserve(cells);
  result.distance[level.index(from)] = 0;
  for (size_t head = 0; head < queue.size(); ++head) {
    const auto here = static_cast<int32_t>(level.index(queue[head]));
    for (const Move step : kSteps) {
      const Cell next = neighbour(queue[head], step);
      if (!level.is_open(next) || result.distance[level.index(next)] >= 0) continue;
      result.distance[level.index(next)] = result.distance[here] + 1;
      result.parent[level.index(next)] = here;
      queue.push_back(next);
    }
  }
  return result;
}

std::vector<Cell> walk_back(const MazeLevel& level, const Search& found, Cell to) {
  std::vector<Cell> path;
  if (!level.is_open(to) || found.distance[level.index(to)] < 0) return path;
  for (auto at = static_cast<int32_t>(level.index(to)); at >= 0; at = found.parent[at])
    path.push_back(level.cell(at));
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace

std::vector<int32_t> distances(const MazeLevel& level, Cell from) {
  return search(level, from).distance;
}

int distance(const MazeLevel& level, Cell from, Cell to) {
  return level.is_open(to) ? search(level, from).distance[level.index(to)] : -1;
}

std::vector<Cell> shortest_path(const MazeLevel& level, Cell from, Cell to) {
  return walk_back(level, search(level, from), to);
}

bool on_path(const MazeLevel& level, Cell cell, Cell from, Cell to) {
  if (!level.is_open(cell) || !level.is_open(to)) return false;
  const auto from_start = distances(level, from);
  const int whole = from_start[level.index(to)], first = from_start[level.index(cell)];
  return whole >= 0 && first >= 0 && first + distance(level, cell, to) == whole;
}

Cell decision_square(const MazeLevel& level, Cell from, Cell a, Cell b) {
  const Search found = search(level, from);  // one tree: paths that have parted never meet again
  const auto to_a = walk_back(level, found, a);
  const auto to_b = walk_back(level, found, b);
  size_t shared = 0;
  while (shared < to_a.size() && shared < to_b.size() && to_a[shared] == to_b[shared]) ++shared;
  if (shared == to_a.size() || shared == to_b.size()) return kNoCell;
  return to_a[shared - 1];
}

Cell decision_square(const MazeLevel& level, Cell cheese) {
  return decision_square(level, kStart, cheese, level.top_right());
}

std::array<bool, kMoves> optimal_moves(const MazeLevel& level, const std::vector<int32_t>& to_target,
                                       Cell at) {
  std::array<bool, kMoves> optimal{};
  if (!level.is_open(at)) return optimal;
  const int here = to_target[level.index(at)];
  for (const Move step : kSteps) {
    const Cell next = neighbour(at, step);
    if (here > 0 && level.is_open(next))
      optimal[static_cast<size_t>(step)] = to_target[level.index(next)] == here - 1;
  }
  return optimal;
}

std::vector<Move> optimal_policy(const MazeLevel& level, Cell target) {
  std::vector<Move> policy(level.open.size(), Move::noop);
  const auto to_target = distances(level, target);
  for (size_t i = 0; i < policy.size(); ++i) {
    const auto optimal = optimal_moves(level, to_target, level.cell(i));
    const auto* const first = std::find(optimal.begin(), optimal.end(), true);
    if (first != optimal.end()) policy[i] = static_cast<Move>(first - optimal.begin());
  }
  return policy;
}

}  // namespace mazescan::envs

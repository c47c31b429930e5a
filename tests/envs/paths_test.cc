#include "envs/paths.h"

#include <gtest/gtest.h>

#include "envs/maze/level.h"
#include "envs/maze_state.h"
#include "tests/envs/maze/drawn_level.h"

namespace mazescan::envs {
namespace {

constexpr Cell kNowhere = kNoCell;

// Returns a level whose paths up and right separate at (2, 0), and again at (2, 2).
const MazeLevel& forked() {
  static const MazeLevel level = drawn_level({"..#..",  //
                                              "#.#.#",  //
                                              "#....",  //
                                              "##.##",  //
                                              "....."});
  return level;
}

TEST(Paths, Distances) {
  const std::vector<int32_t> expected = {0,  1,  2,  3,  4,   // row y = 0
                                         -1, -1, 3,  -1, -1,  //
                                         -1, 5,  4,  5,  6,   //
                                         -1, 6,  -1, 6,  -1,  //
                                         8,  7,  -1, 7,  8};
  EXPECT_EQ(distances(forked(), kStart), expected);
  EXPECT_EQ(distance(forked(), {4, 0}, {0, 4}), 8);
  EXPECT_EQ(distance(forked(), {4, 0}, {0, 1}), -1) << "a wall";
  EXPECT_EQ(distance(forked(), {4, 0}, kNowhere), -1);
  EXPECT_EQ(distance(forked(), {0, 1}, {0, 0}), -1) << "from a wall";
}

TEST(Paths, ShortestPathHasBothEnds) {
  const std::vector<Cell> expected = {{0, 0}, {1, 0}, {2, 0}, {2, 1}, {2, 2}, {3, 2}};
  EXPECT_EQ(shortest_path(forked(), kStart, {3, 2}), expected);
  EXPECT_EQ(shortest_path(forked(), kStart, kStart), std::vector<Cell>{kStart});
  EXPECT_TRUE(shortest_path(forked(), kStart, {1, 1}).empty());
}

TEST(Paths, OnPath) {
  const Cell corner = forked().top_right();
  for (const Cell cell : shortest_path(forked(), kStart, corner))
    EXPECT_TRUE(on_path(forked(), cell, kStart, corner));
  EXPECT_FALSE(on_path(forked(), {4, 0}, kStart, corner));
  EXPECT_FALSE(on_path(forked(), {1, 2}, kStart, corner));
  EXPECT_FALSE(on_path(forked(), kNowhere, kStart, corner));
}

TEST(Paths, DecisionSquare) {
  EXPECT_EQ(decision_square(forked(), {4, 0}), (Cell{2, 0}));
  EXPECT_EQ(decision_square(forked(), {0, 4}), (Cell{2, 2}));
  EXPECT_EQ(decision_square(forked(), {1, 2}), (Cell{2, 2}));
  EXPECT_EQ(decision_square(forked(), {4, 2}), (Cell{3, 2}));
  EXPECT_EQ(decision_square(forked(), {4, 4}), kNowhere) << "the corner itself";
  EXPECT_EQ(decision_square(forked(), {2, 1}), kNowhere) << "on the way to the corner";
  EXPECT_EQ(decision_square(forked(), kNowhere), kNowhere);
  // The start can be the decision square; beyond the corner there is none.
  const MazeLevel from_start = drawn_level({"...",  //
                                            ".##",  //
                                            "..."});
  EXPECT_EQ(decision_square(from_start, {2, 0}), kStart);
  const MazeLevel beyond = drawn_level({"...",  //
                                        "##.",  //
                                        "..."});
  EXPECT_EQ(decision_square(beyond, {0, 2}), kNowhere);
}

TEST(Paths, CutOffCellsAreOutOfReach) {
  const MazeLevel level = drawn_level({"...",  //
                                       "###",  //
                                       "..."});
  EXPECT_EQ(distance(level, kStart, level.top_right()), -1);
  EXPECT_TRUE(shortest_path(level, kStart, level.top_right()).empty());
  EXPECT_EQ(decision_square(level, {2, 0}), kNowhere);
  EXPECT_FALSE(on_path(level, {2, 0}, kStart, level.top_right()));
}

TEST(Paths, LoopsHaveOneChosenPathAndSeveralOptimalMoves) {
  const MazeLevel ring = drawn_level({"...",  //
                                      ".#.",  //
                                      "..."});
  const std::vector<Cell> expected = {{0, 0}, {0, 1}, {0, 2}, {1, 2}, {2, 2}};
  EXPECT_EQ(shortest_path(ring, kStart, ring.top_right()), expected);
  EXPECT_TRUE(on_path(ring, {2, 0}, kStart, ring.top_right()));
  const auto moves = optimal_moves(ring, distances(ring, ring.top_right()), kStart);
  EXPECT_EQ(moves, (std::array<bool, kMoves>{false, false, true, true, false}));
}

TEST(Paths, OptimalMoves) {
  const auto to_corner = distances(forked(), forked().top_right());
  const auto only = [](Move move) {
    std::array<bool, kMoves> moves{};
    moves[static_cast<size_t>(move)] = true;
    return moves;
  };
  EXPECT_EQ(optimal_moves(forked(), to_corner, kStart), only(Move::right));
  EXPECT_EQ(optimal_moves(forked(), to_corner, {2, 0}), only(Move::up));
  EXPECT_EQ(optimal_moves(forked(), to_corner, {4, 0}), only(Move::left));
  EXPECT_EQ(optimal_moves(forked(), to_corner, {1, 3}), only(Move::down));
  const std::array<bool, kMoves> none{};
  EXPECT_EQ(optimal_moves(forked(), to_corner, forked().top_right()), none);
  EXPECT_EQ(optimal_moves(forked(), to_corner, {0, 1}), none) << "in a wall";
}

TEST(Paths, OptimalPolicyWalksShortestPaths) {
  maze::LevelOptions options;
  options.game = maze::Game::maze;
  for (int32_t seed = 0; seed < 20; ++seed) {
    const MazeLevel level = maze::generate_level(options, seed);
    const auto to_cheese = distances(level, level.cheese);
    const std::vector<Move> policy = optimal_policy(level, level.cheese);
    for (size_t i = 0; i < level.open.size(); ++i) {
      if (to_cheese[i] <= 0) {
        ASSERT_EQ(policy[i], Move::noop) << "on the cheese and in walls";
        continue;
      }
      MazeState state = initial_state(level);
      state.mouse = level.cell(i);
      bool reached = false;
      while (!reached && state.clock < to_cheese[i])
        reached = apply_move(state, policy[level.index(state.mouse)]);
      ASSERT_TRUE(reached) << "seed " << seed << " cell " << i;
      ASSERT_EQ(state.clock, to_cheese[i]);
    }
  }
  const MazeLevel cut = drawn_level({"...",  //
                                     "###",  //
                                     "..."});
  EXPECT_EQ(optimal_policy(cut, {1, 0}),
            (std::vector<Move>{Move::right, Move::noop, Move::left, Move::noop, Move::noop, Move::noop,
                               Move::noop, Move::noop, Move::noop}));
}

}  // namespace
}  // namespace mazescan::envs

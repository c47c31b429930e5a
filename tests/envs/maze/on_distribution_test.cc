#include "envs/maze/on_distribution.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/random.h"
#include "envs/paths.h"

namespace mazescan::maze {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

LevelOptions options_of(Game game, int world, int region, Anchor anchor = Anchor::centre) {
  LevelOptions options;
  options.game = game;
  options.world_dim = world;
  options.region = region;
  options.anchor = anchor;
  return options;
}

TEST(OnDistribution, GeneratedLevelsOfEverySizeAre) {
  for (int world = 3; world <= 101; world += world < 31 ? 2 : 14)
    for (const int region : {0, 1, 5, 101})
      for (const Anchor anchor : {Anchor::centre, Anchor::bottom_left})
        for (int32_t seed = 0; seed < 8; ++seed)
          for (const Game game : {Game::maze, Game::maze_aisc}) {
            const LevelOptions options = options_of(game, world, std::min(region, world), anchor);
            for (const int size : {0, 3, world}) {
              const envs::MazeLevel level =
                  size == 0 ? generate_level(options, seed) : generate_level(options, seed, size);
              EXPECT_THAT(on_distribution(level, options).reasons, IsEmpty()) << world << " " << seed;
            }
          }
}

TEST(OnDistribution, ALevelWithoutCheeseIsWhereTheSearchMayGiveUp) {
  envs::MazeLevel level = generate_level(options_of(Game::maze_aisc, 25, 1), 3);
  level.cheese = envs::kNoCell;
  EXPECT_TRUE(on_distribution(level, options_of(Game::maze_aisc, 25, 1)));
  EXPECT_THAT(on_distribution(level, options_of(Game::maze_aisc, 25, 0)).reasons,
              ElementsAre("there is no cheese"));
  EXPECT_THAT(on_distribution(level, options_of(Game::maze, 25, 0)).reasons,
              ElementsAre("there is no cheese"));
}

TEST(OnDistribution, StatesInRandomPlayAre) {
  const LevelOptions options = options_of(Game::maze, 9, 0);
  RandomStream random(1, "play");
  for (int32_t seed = 0; seed < 100; ++seed) {
    const envs::MazeLevel level = generate_level(options, seed);
    envs::MazeState state = initial_state(level);
    bool over = false;
    for (int t = 0; t < 60 && !over; ++t) {
      ASSERT_THAT(on_distribution(state, options).reasons, IsEmpty()) << "seed " << seed << " step " << t;
      over = apply_move(state, static_cast<envs::Move>(random.below(envs::kMoves)));
    }
    ASSERT_TRUE(on_distribution(state, options));
  }
}

// Makes one edit of each kind on many levels: each is off distribution, for the expected reason only.
class Edited : public testing::Test {
 protected:
  static constexpr int kWorld = 11;
  using Edit = void (*)(envs::MazeLevel&, RandomStream&);

  static envs::Cell pick(const envs::MazeLevel& level, RandomStream& random, bool odd_x, bool odd_y,
                         bool open) {
    std::vector<envs::Cell> cells;
    for (size_t i = 0; i < level.open.size(); ++i) {
      const envs::Cell c = level.cell(i);
      if ((c.x % 2 == 1) == odd_x && (c.y % 2 == 1) == odd_y && level.is_open(c) == open) cells.push_back(c);
    }
    return cells.empty() ? envs::kNoCell : cells[random.below(static_cast<uint32_t>(cells.size()))];
  }
  static void expect_reason(Edit edit, const char* reason, const LevelOptions& options) {
    RandomStream random(1, "edits");
    int tried = 0;
    for (int32_t seed = 0; seed < 60; ++seed) {
      const envs::MazeLevel original = generate_level(options, seed, 9);
      envs::MazeLevel level = original;
      edit(level, random);
      ++tried;
      const auto answer = on_distribution(level, options);
      EXPECT_FALSE(answer) << reason;
      EXPECT_THAT(answer.reasons, Contains(HasSubstr(reason))) << "seed " << seed;
      EXPECT_EQ(answer.reasons.size(), 1U) << testing::PrintToString(answer.reasons);
    }
    EXPECT_EQ(tried, 60);
  }
  const LevelOptions maze = options_of(Game::maze, kWorld, 0);
};

TEST_F(Edited, Walls) {
  expect_reason(
      [](envs::MazeLevel& l, RandomStream& r) { l.open[l.index(pick(l, r, true, true, false))] = 1; },
      "a pillar between four rooms is free: (", maze);
  expect_reason(
      [](envs::MazeLevel& l, RandomStream& r) {
        const bool across = r.below(2) == 1;
        l.open[l.index(pick(l, r, across, !across, false))] = 1;
      },
      "a passage closes a loop: (", maze);
  expect_reason(
      [](envs::MazeLevel& l, RandomStream& r) {
        envs::Cell cell = l.cheese;
        while (cell == l.cheese) {
          const bool across = r.below(2) == 1;
          cell = pick(l, r, across, !across, true);
        }
        l.open[l.index(cell)] = 0;
      },
      "a room is cut off from the start: (", maze);
  expect_reason(
      [](envs::MazeLevel& l, RandomStream& r) {
        envs::Cell cell = l.cheese;
        while (cell == l.cheese) cell = pick(l, r, false, false, true);
        l.open[l.index(cell)] = 0;
      },
      "a room is a wall: (", maze);
}

TEST_F(Edited, Cheese) {
  expect_reason(
      [](envs::MazeLevel& l, RandomStream&) {
        l.cheese = {1, 1};
      },
      "the cheese is in a wall: (1, 1)", maze);
  expect_reason([](envs::MazeLevel& l, RandomStream&) { l.cheese = envs::kStart; },
                "the cheese is at the start", maze);
  expect_reason([](envs::MazeLevel& l, RandomStream&) { l.cheese = envs::kNoCell; }, "there is no cheese",
                maze);
  expect_reason(
      [](envs::MazeLevel& l, RandomStream&) {
        l.cheese = {2, 8};
      },
      "outside the top-right 3 x 3 region: (2, 8)", options_of(Game::maze_aisc, kWorld, 3));
  expect_reason(
      [](envs::MazeLevel& l, RandomStream&) {
        l.cheese = {8, 6};
      },
      "not in the top-right corner: (8, 6)", options_of(Game::maze_aisc, kWorld, 0));
}

TEST_F(Edited, Frame) {
  expect_reason(
      [](envs::MazeLevel& l, RandomStream&) {
        l.origin = {0, 1};
      },
      "it is at grid cell (0, 1)", maze);
  expect_reason([](envs::MazeLevel& l, RandomStream&) { l.world_dim = 13; }, "world_dim is 13, not 11", maze);
  expect_reason([](envs::MazeLevel& l, RandomStream&) { l.background = 9; }, "background is 9", maze);
  LevelOptions small = maze;
  small.max_size = 7;
  expect_reason([](envs::MazeLevel&, RandomStream&) {}, "its size is 9, larger than the largest, 7",
                small);  // the generated size is 9
  const envs::MazeLevel level = generate_level(options_of(Game::maze, 15, 0), 1, 15);
  EXPECT_THAT(on_distribution(level, maze).reasons,
              Contains(HasSubstr("its size is 15, larger than the largest, 11")));
  envs::MazeLevel even;
  even.size = even.world_dim = 4;
  even.open.assign(16, 1);
  EXPECT_THAT(on_distribution(even, maze).reasons, Contains(HasSubstr("its size is 4: sizes are odd")));
}

TEST_F(Edited, Episode) {
  for (int32_t seed = 0; seed < 40; ++seed) {
    const envs::MazeLevel level = generate_level(maze, seed, 9);
    const auto reasons = [&](const auto& edit) {
      envs::MazeState state = initial_state(level);
      edit(state);
      return on_distribution(state, maze).reasons;
    };
    EXPECT_THAT(reasons([](envs::MazeState& s) { s.facing_right = true; }),
                ElementsAre("the mouse starts facing right"));
    EXPECT_THAT(reasons([](envs::MazeState& s) {
                  s.mouse = envs::neighbour(envs::kStart, envs::optimal_policy(*s.level, s.cheese)[0]);
                  if (s.mouse == s.cheese) s.cheese = s.level->top_right();
                }),
                ElementsAre(HasSubstr("not at the bottom left")));
    EXPECT_THAT(reasons([](envs::MazeState& s) { s.cheese = envs::kNoCell; }),
                ElementsAre(HasSubstr("the cheese is gone")));
    EXPECT_THAT(reasons([](envs::MazeState& s) {
                  s.mouse = {1, 1};
                }),
                ElementsAre("the mouse is in a wall: (1, 1)"));
    EXPECT_THAT(reasons([](envs::MazeState& s) {
                  s.mouse = s.cheese;
                  s.clock = 1000;
                }),
                ElementsAre(HasSubstr("without eating the cheese")));
    if (distance(level, envs::kStart, level.top_right()) > 8 && level.cheese != level.top_right()) {
      EXPECT_THAT(reasons([](envs::MazeState& s) {
                    s.mouse = s.level->top_right();
                    s.clock = 8;
                  }),
                  Contains(HasSubstr("in 8 steps")));
    }
  }
}

}  // namespace
}  // namespace mazescan::maze

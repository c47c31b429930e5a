#include "envs/maze/maze_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.h"
#include "core/random.h"
#include "envs/maze/maze_text.h"
#include "envs/maze/planes.h"
#include "tests/envs/message_of.h"

namespace mazescan::maze {
namespace {

using testing::HasSubstr;

envs::MazeState sample(envs::MazeLevel& level) {
  LevelOptions options;
  options.world_dim = 15;
  options.region = 5;
  level = generate_level(options, 11, 9);
  envs::MazeState state = initial_state(level);
  for (const envs::Move move : {envs::Move::up, envs::Move::right, envs::Move::right})
    apply_move(state, move);
  return state;
}

std::string fault(const std::string& bytes) {
  return message_of([&] { maze_from_bytes(bytes, "state.bin"); });
}

// Returns the bytes with the checksum corrected.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - sizeof(uint64_t));
  const uint64_t checksum = hash64(bytes);
  return bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

TEST(MazeBytes, EverythingComesBack) {
  envs::MazeLevel level;
  for (const bool eaten : {false, true}) {
    envs::MazeState state = sample(level);
    if (eaten) state.cheese = envs::kNoCell;
    const std::string bytes = maze_to_bytes(state);
    const EditableMaze back = maze_from_bytes(bytes, "state.bin");
    const envs::MazeState copy = back.state();
    EXPECT_EQ(back.level().seed, level.seed);
    EXPECT_EQ(back.level().size, level.size);
    EXPECT_EQ(back.level().world_dim, level.world_dim);
    EXPECT_EQ(back.level().origin, level.origin);
    EXPECT_EQ(back.level().open, level.open);
    EXPECT_EQ(back.level().cheese, level.cheese);
    EXPECT_EQ(back.level().background, level.background);
    EXPECT_EQ(copy.mouse, state.mouse);
    EXPECT_EQ(copy.cheese, state.cheese);
    EXPECT_EQ(copy.facing_right, state.facing_right);
    EXPECT_EQ(copy.clock, 3);
    EXPECT_EQ(maze_to_bytes(copy), bytes);
  }
  const EditableMaze huge = maze_from_text(
      [] {
        std::string rows;
        for (int i = 0; i < 101; ++i) rows += std::string(101, '.') + '\n';
        return rows;
      }(),
      "hall");
  EXPECT_EQ(maze_to_text(maze_from_bytes(maze_to_bytes(huge.state()), "x").state()),
            maze_to_text(huge.state()));
}

TEST(MazeBytes, RefusesTruncationAtEveryLengthAndWhatIsTooLong) {
  envs::MazeLevel level;
  const std::string good = maze_to_bytes(sample(level));
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_NE(fault(good.substr(0, length)), "") << length;
    if (length > 20) {
      EXPECT_NE(fault(sealed(good.substr(0, length))), "") << length;
    }
  }
  EXPECT_NE(fault(good + '\0'), "");
  EXPECT_THAT(fault(sealed(good + std::string(5, '\0'))), HasSubstr("state.bin"));
}

TEST(MazeBytes, RefusesEveryBitFlip) {
  envs::MazeLevel level;
  const std::string good = maze_to_bytes(sample(level));
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(fault(bad), "") << "bit " << bit;
  }
}

TEST(MazeBytes, NamesWhatIsWrong) {
  envs::MazeLevel level;
  const std::string good = maze_to_bytes(sample(level));
  EXPECT_THAT(fault("garbage"), HasSubstr("state.bin is not a saved maze state"));
  std::string newer = good;
  newer[8] = 2;
  EXPECT_THAT(fault(newer), HasSubstr("its version is 2"));
  std::string flipped = good;
  flipped[50] ^= 1;
  EXPECT_THAT(fault(flipped), HasSubstr("checksum"));
  // A cheese in a wall: the lower half of the state's cheese, with the checksum corrected.
  envs::MazeState walled = sample(level);
  walled.cheese = {1, 1};
  EXPECT_THAT(fault(maze_to_bytes(walled)), HasSubstr("cheese in the cell (1, 1)"));
}

// With a valid checksum, only the checks of the fields can reject garbage: a state that is accepted must be
// safe to play.
TEST(MazeBytes, WhatIsAcceptedIsPlayable) {
  envs::MazeLevel level;
  const std::string good = maze_to_bytes(sample(level));
  RandomStream random(1, "garbage");
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bad = good;
    for (uint32_t flips = 1 + random.below(3); flips > 0; --flips)
      bad[12 + random.below(static_cast<uint32_t>(bad.size() - 20))] = static_cast<char>(random.next());
    bad = sealed(bad);
    try {
      const EditableMaze maze = maze_from_bytes(bad, "x");
      ++accepted;
      envs::MazeState state = maze.state();
      for (int i = 0; i < 20; ++i) apply_move(state, static_cast<envs::Move>(random.below(envs::kMoves)));
      std::vector<uint8_t> planes(planes_bytes(maze.level().world_dim));
      write_planes(state, planes.data());
    } catch (const UserError&) {
    }
  }
  EXPECT_GT(accepted, 100);  // seeds and backgrounds may be anything
  for (int round = 0; round < 2000; ++round) {
    std::string noise(random.below(300), '\0');
    for (char& c : noise) c = static_cast<char>(random.next());
    EXPECT_NE(fault(noise), "");
  }
}

}  // namespace
}  // namespace mazescan::maze

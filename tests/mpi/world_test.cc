#include "cluster/world.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/mpi/mpi_main.h"

namespace mazescan {
namespace {

std::string text_of(int rank) {
  return std::string(static_cast<size_t>(rank) * 100'000, static_cast<char>('a' + rank)) +
         std::string(1, '\0');
}

TEST(World, RanksAreNumbered) {
  const World& world = test_world();
  EXPECT_GE(world.rank(), 0);
  EXPECT_LT(world.rank(), world.size());
  EXPECT_EQ(world.is_root(), world.rank() == 0);
  std::vector<double> expected(static_cast<size_t>(world.size()));
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(world.all_gather({static_cast<double>(world.rank())}), expected);
}

TEST(World, GatherTextsOfAnySize) {
  const World& world = test_world();
  const auto all = world.gather(text_of(world.rank()));
  ASSERT_EQ(all.size(), world.is_root() ? static_cast<size_t>(world.size()) : 0U);
  for (size_t rank = 0; rank < all.size(); ++rank) EXPECT_EQ(all[rank], text_of(static_cast<int>(rank)));
  const auto empty = world.gather("");
  for (const std::string& text : empty) EXPECT_EQ(text, "");
}

// The second text of a fast rank must not be received as the first text of another rank.
TEST(World, GathersOneAfterAnotherDoNotMix) {
  const World& world = test_world();
  for (int round = 0; round < 50; ++round) {
    const auto all = world.gather(std::to_string(round) + ":" + std::to_string(world.rank()));
    for (size_t rank = 0; rank < all.size(); ++rank)
      EXPECT_EQ(all[rank], std::to_string(round) + ":" + std::to_string(rank));
  }
}

TEST(World, BroadcastTheTextOfRankZero) {
  const World& world = test_world();
  std::string text;
  text.resize(10'000'000);
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 251);
  EXPECT_TRUE(world.broadcast(world.is_root() ? text : "mine") == text);
  EXPECT_EQ(world.broadcast(world.is_root() ? "" : "mine"), "");
}

TEST(World, AnyIsTrueIfItIsTrueOnOneRank) {
  const World& world = test_world();
  EXPECT_FALSE(world.any(false));
  EXPECT_TRUE(world.any(true));
  for (int rank = 0; rank < world.size(); ++rank) EXPECT_TRUE(world.any(world.rank() == rank)) << rank;
}

TEST(World, AllGatherIsInOrderOfRanks) {
  const World& world = test_world();
  const auto rank = static_cast<double>(world.rank());
  const auto all = world.all_gather({rank, rank + 0.5, -rank});
  ASSERT_EQ(all.size(), 3U * static_cast<size_t>(world.size()));
  for (int r = 0; r < world.size(); ++r) {
    EXPECT_EQ(all[3 * r], r);
    EXPECT_EQ(all[3 * r + 1], r + 0.5);
    EXPECT_EQ(all[3 * r + 2], -r);
  }
  EXPECT_TRUE(world.all_gather({}).empty());
}

TEST(World, BarriersReturn) {
  for (int i = 0; i < 20; ++i) test_world().barrier();
}

TEST(World, SplitsIntoIndependentGroups) {
  const World& world = test_world();
  const bool first = world.rank() < (world.size() + 1) / 2;
  const World part = world.split(first ? 0 : 1);
  EXPECT_EQ(part.size(), first ? (world.size() + 1) / 2 : world.size() / 2);
  EXPECT_EQ(part.rank(), first ? world.rank() : world.rank() - (world.size() + 1) / 2);
  EXPECT_EQ(part.any(first), first);
  const auto mine = static_cast<double>(world.rank());
  const auto all = part.all_gather({mine});
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], mine - part.rank() + static_cast<double>(i));
  EXPECT_EQ(part.broadcast(std::to_string(world.rank())), std::to_string(world.rank() - part.rank()));
  // The groups may make different numbers of collective calls.
  for (int i = 0; i < (first ? 5 : 2); ++i) part.barrier();
  const auto texts = part.gather(std::to_string(world.rank()));
  for (size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(texts[i], std::to_string(world.rank() + static_cast<int>(i)));
}

TEST(World, MpiHasAVersion) {
  EXPECT_FALSE(mpi_version().empty());
  EXPECT_EQ(mpi_version().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace mazescan

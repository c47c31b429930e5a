#include "cluster/communicator.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/mpi/mpi_main.h"

namespace mazescan {
namespace {

std::string text_of(int rank) {
  return std::string(static_cast<size_t>(rank) * 100'000, static_cast<char>('a' + rank)) +
         std::string(1, '\0');
}

TEST(Communicator, RanksAreNumbered) {
  const cluster::Communicator& communicator = test_communicator();
  EXPECT_GE(communicator.rank(), 0);
  EXPECT_LT(communicator.rank(), communicator.size());
  EXPECT_EQ(communicator.is_root(), communicator.rank() == 0);
  std::vector<double> expected(static_cast<size_t>(communicator.size()));
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(communicator.all_gather({static_cast<double>(communicator.rank())}), expected);
}

TEST(Communicator, GatherTextsOfAnySize) {
  const cluster::Communicator& communicator = test_communicator();
  const auto all = communicator.gather(text_of(communicator.rank()));
  ASSERT_EQ(all.size(), communicator.is_root() ? static_cast<size_t>(communicator.size()) : 0U);
  for (size_t rank = 0; rank < all.size(); ++rank) EXPECT_EQ(all[rank], text_of(static_cast<int>(rank)));
  const auto empty = communicator.gather("");
  for (const std::string& text : empty) EXPECT_EQ(text, "");
}

// The second text of a fast rank must not be received as the first text of another rank.
TEST(Communicator, GathersOneAfterAnotherDoNotMix) {
  const cluster::Communicator& communicator = test_communicator();
  for (int round = 0; round < 50; ++round) {
    const auto all = communicator.gather(std::to_string(round) + ":" + std::to_string(communicator.rank()));
    for (size_t rank = 0; rank < all.size(); ++rank)
      EXPECT_EQ(all[rank], std::to_string(round) + ":" + std::to_string(rank));
  }
}

TEST(Communicator, BroadcastTheTextOfRankZero) {
  const cluster::Communicator& communicator = test_communicator();
  std::string text;
  text.resize(10'000'000);
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 251);
  EXPECT_TRUE(communicator.broadcast(communicator.is_root() ? text : "mine") == text);
  EXPECT_EQ(communicator.broadcast(communicator.is_root() ? "" : "mine"), "");
}

TEST(Communicator, AnyIsTrueIfItIsTrueOnOneRank) {
  const cluster::Communicator& communicator = test_communicator();
  EXPECT_FALSE(communicator.any(false));
  EXPECT_TRUE(communicator.any(true));
  for (int rank = 0; rank < communicator.size(); ++rank)
    EXPECT_TRUE(communicator.any(communicator.rank() == rank)) << rank;
}

TEST(Communicator, AllGatherIsInOrderOfRanks) {
  const cluster::Communicator& communicator = test_communicator();
  const auto rank = static_cast<double>(communicator.rank());
  const auto all = communicator.all_gather({rank, rank + 0.5, -rank});
  ASSERT_EQ(all.size(), 3U * static_cast<size_t>(communicator.size()));
  for (int r = 0; r < communicator.size(); ++r) {
    EXPECT_EQ(all[3 * r], r);
    EXPECT_EQ(all[3 * r + 1], r + 0.5);
    EXPECT_EQ(all[3 * r + 2], -r);
  }
  EXPECT_TRUE(communicator.all_gather({}).empty());
}

TEST(Communicator, BarriersReturn) {
  for (int i = 0; i < 20; ++i) test_communicator().barrier();
}

TEST(Communicator, SplitsIntoIndependentGroups) {
  const cluster::Communicator& communicator = test_communicator();
  const bool first = communicator.rank() < (communicator.size() + 1) / 2;
  const cluster::Communicator part = communicator.split(first ? 0 : 1);
  EXPECT_EQ(part.size(), first ? (communicator.size() + 1) / 2 : communicator.size() / 2);
  EXPECT_EQ(part.rank(), first ? communicator.rank() : communicator.rank() - (communicator.size() + 1) / 2);
  EXPECT_EQ(part.any(first), first);
  const auto mine = static_cast<double>(communicator.rank());
  const auto all = part.all_gather({mine});
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], mine - part.rank() + static_cast<double>(i));
  EXPECT_EQ(part.broadcast(std::to_string(communicator.rank())),
            std::to_string(communicator.rank() - part.rank()));
  // The groups may make different numbers of collective calls.
  for (int i = 0; i < (first ? 5 : 2); ++i) part.barrier();
  const auto texts = part.gather(std::to_string(communicator.rank()));
  for (size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(texts[i], std::to_string(communicator.rank() + static_cast<int>(i)));
}

TEST(Communicator, MpiHasAVersion) {
  EXPECT_FALSE(cluster::mpi_version().empty());
  EXPECT_EQ(cluster::mpi_version().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace mazescan

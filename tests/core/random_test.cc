#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"

namespace mazescan {
namespace {

using Block = std::array<uint32_t, 4>;

// Checks the known-answer vectors of the Random123 distribution.
TEST(Random, Philox4x32WithTenRounds) {
  constexpr uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

std::vector<uint32_t> draw(RandomStream& stream, int count) {
  std::vector<uint32_t> numbers(static_cast<size_t>(count));
  for (uint32_t& number : numbers) number = stream.next();
  return numbers;
}

TEST(Random, AStreamIsTheBlocksOfItsKeyInOrder) {
  RandomStream stream(5, "name", 2);
  const uint64_t key = stream.state().key;
  for (uint32_t block = 0; block < 5; ++block) {
    const Block expected =
        philox4x32({block, 0, 0, 0}, {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)});
    for (const uint32_t number : expected) EXPECT_EQ(stream.next(), number);
  }
  // Position 2^34 + 1 is in block 2^32, whose number needs the second word of the counter.
  RandomStream far(RandomStream::State{key, (uint64_t{1} << 34) + 1});
  EXPECT_EQ(far.next(),
            philox4x32({0, 1, 0, 0}, {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)})[1]);
}

TEST(Random, ResumesExactlyFromAnyPosition) {
  RandomStream whole(1, "resume");
  const auto numbers = draw(whole, 50);
  for (int at = 0; at < 20; ++at) {
    RandomStream first(1, "resume");
    draw(first, at);
    RandomStream second(first.state());
    const std::vector<uint32_t> rest(numbers.begin() + at, numbers.end());
    EXPECT_EQ(draw(second, 50 - at), rest) << "at " << at;
  }
}

// Collects all 192,000 pairs of successive numbers of all streams. If a stream were a shifted copy of
// another, many pairs would repeat; by chance a pair repeats in one of 10^9 runs.
TEST(Random, NeighboursAreNotShiftedCopies) {
  constexpr int kLength = 3000;
  std::vector<RandomStream> streams;
  for (uint64_t seed = 0; seed < 4; ++seed)
    for (uint64_t index = 0; index < 4; ++index)
      for (const char* name : {"actions", "actionr", "", "minibatches"})
        streams.emplace_back(seed, name, index);
  std::set<uint64_t> pairs;
  for (RandomStream& stream : streams) {
    const auto numbers = draw(stream, kLength);
    for (size_t i = 1; i < numbers.size(); ++i) pairs.insert(uint64_t{numbers[i - 1]} << 32 | numbers[i]);
  }
  EXPECT_EQ(pairs.size(), streams.size() * (kLength - 1));
}

TEST(Random, SeedNameAndIndexAreSeparate) {
  std::set<uint64_t> keys;
  const uint64_t large = uint64_t{1} << 56;
  for (const auto& [seed, name, index] :
       std::vector<std::tuple<uint64_t, std::string, uint64_t>>{{0, "", 0},
                                                                {1, "", 0},
                                                                {0, "", 1},
                                                                {0, "a", 0},
                                                                {0, "b", 0},
                                                                {1, "a", 0},
                                                                {0, "a", 1},
                                                                {0, std::string(1, '\0'), 0},
                                                                {large, "", 0},
                                                                {0, "", large},
                                                                {0, "ab", 0},
                                                                {'b', "a", 0}})
    EXPECT_TRUE(keys.insert(RandomStream(seed, name, index).state().key).second)
        << seed << ' ' << name << ' ' << index;
}

TEST(Random, UniformHasRangeMeanAndVariance) {
  RandomStream stream(3, "uniform");
  constexpr int kDraws = 200'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const float u = stream.uniform();
    ASSERT_GE(u, 0.0F);
    ASSERT_LT(u, 1.0F);
    ASSERT_EQ(std::ldexp(u, 24), std::floor(std::ldexp(u, 24)));
    sum += u;
    squares += static_cast<double>(u) * u;
  }
  const double mean = sum / kDraws;
  EXPECT_NEAR(mean, 0.5, 5 * std::sqrt(1 / 12.0 / kDraws));
  EXPECT_NEAR(squares / kDraws - mean * mean, 1 / 12.0, 0.001);
}

double chi_square(RandomStream& stream, uint32_t bound, int draws) {
  std::vector<int> counts(bound, 0);
  for (int i = 0; i < draws; ++i) ++counts.at(stream.below(bound));
  const double expected = static_cast<double>(draws) / bound;
  double sum = 0;
  for (const int count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Random, BelowIsUniform) {
  RandomStream stream(4, "below");
  for (const uint32_t bound : {2U, 3U, 7U, 100U, 1000U}) {
    const double freedom = bound - 1;
    EXPECT_LT(std::abs(chi_square(stream, bound, 100'000) - freedom), 5 * std::sqrt(2 * freedom)) << bound;
  }
  EXPECT_EQ(stream.below(1), 0U);
  EXPECT_THROW(stream.below(0), InternalError);
}

// At 3 * 2^30 the plain product or remainder would give a third of the values twice the probability of the
// others.
TEST(Random, BelowHasNoBiasAtLargeBounds) {
  RandomStream stream(5, "large");
  constexpr uint32_t kBound = 3U << 30;
  constexpr int kDraws = 100'000;
  std::array<int, 3> remainders{}, thirds{};
  for (int i = 0; i < kDraws; ++i) {
    const uint32_t value = stream.below(kBound);
    ASSERT_LT(value, kBound);
    ++remainders[value % 3];
    ++thirds[value >> 30];
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(remainders[i], kDraws / 3.0, 5 * std::sqrt(kDraws * 2 / 9.0));
    EXPECT_NEAR(thirds[i], kDraws / 3.0, 5 * std::sqrt(kDraws * 2 / 9.0));
  }
}

}  // namespace
}  // namespace mazescan

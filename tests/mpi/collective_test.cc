#include "cluster/collective.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/hash.h"
#include "core/random.h"
#include "tests/mpi/mpi_main.h"

namespace mazescan {
namespace {

// Returns numbers of very different sizes, so that the last bits of a sum depend on the order of additions.
std::vector<float> values_of(uint64_t part, size_t count) {
  RandomStream random(1, "values", part);
  std::vector<float> out(count);
  for (float& value : out) value = std::ldexp(random.uniform() - 0.5F, static_cast<int>(random.below(16)));
  return out;
}

std::string bits(const std::vector<float>& values) {
  return hash_hex({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

// Returns the sum of parts first..last-1, added in a balanced tree.
std::vector<float> tree(uint64_t first, uint64_t last, size_t count) {
  if (last - first == 1) return values_of(first, count);
  const uint64_t middle = first + (last - first) / 2;
  std::vector<float> left = tree(first, middle, count);
  const std::vector<float> right = tree(middle, last, count);
  for (size_t i = 0; i < count; ++i) left[i] += right[i];
  return left;
}

TEST(Collective, SumsAreRightAndHaveTheSameBitsOnAllRanks) {
  const cluster::Communicator& communicator = test_communicator();
  const auto collective = cluster::make_mpi_collective(communicator);
  for (const size_t count : {size_t{1}, size_t{5}, size_t{1000}, size_t{700'001}}) {
    std::vector<float> data = values_of(static_cast<uint64_t>(communicator.rank()), count);
    collective->all_reduce_sum(data.data(), count);
    std::vector<double> expected(count, 0), size(count, 0);
    for (int rank = 0; rank < communicator.size(); ++rank) {
      const auto part = values_of(static_cast<uint64_t>(rank), count);
      for (size_t i = 0; i < count; ++i) {
        expected[i] += part[i];
        size[i] += std::abs(part[i]);
      }
    }
    size_t wrong = 0;
    for (size_t i = 0; i < count; ++i)
      if (std::abs(data[i] - expected[i]) > 1e-6 * size[i]) ++wrong;
    EXPECT_EQ(wrong, 0U) << "of " << count;
    for (const std::string& other : communicator.gather(bits(data))) EXPECT_EQ(other, bits(data)) << count;
  }
}

TEST(Collective, EmptyBuffersAreAllowed) {
  float untouched = 3;
  cluster::make_mpi_collective(test_communicator())->all_reduce_sum(&untouched, 0);
  EXPECT_EQ(untouched, 3);
}

TEST(Collective, SumsOneAfterAnotherDoNotMix) {
  const cluster::Communicator& communicator = test_communicator();
  const auto collective = cluster::make_mpi_collective(communicator);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> data(static_cast<size_t>(round % 7 + 1), static_cast<float>(round));
    collective->all_reduce_sum(data.data(), data.size());
    for (const float value : data) EXPECT_EQ(value, static_cast<float>(round * communicator.size()));
  }
}

// Sixteen parts on 1, 2 or 4 ranks have the same sum, to the bit, as one tree over all of them.
TEST(Collective, PowersOfTwoOfRanksAreOneBalancedTree) {
  const cluster::Communicator& communicator = test_communicator();
  if (16 % communicator.size() != 0) return;  // three ranks add in order
  constexpr size_t kCount = 3000;
  const auto mine = 16 / static_cast<uint64_t>(communicator.size()),
             first = mine * static_cast<uint64_t>(communicator.rank());
  std::vector<float> data = tree(first, first + mine, kCount);
  cluster::make_mpi_collective(communicator)->all_reduce_sum(data.data(), kCount);
  EXPECT_EQ(bits(data), bits(tree(0, 16, kCount)));

  std::vector<float> in_order = values_of(0, kCount);
  for (uint64_t part = 1; part < 16; ++part) {
    const auto values = values_of(part, kCount);
    for (size_t i = 0; i < kCount; ++i) in_order[i] += values[i];
  }
  EXPECT_NE(bits(in_order), bits(data)) << "the order must matter for these values";
}

}  // namespace
}  // namespace mazescan

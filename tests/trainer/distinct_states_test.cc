#include "trainer/distinct_states.h"

#include <gtest/gtest.h>

namespace mazescan::trainer {
namespace {

TEST(DistinctStates, TheFirstOfEqualObservations) {
  const std::vector<uint8_t> observations = {1, 2, 3, 4, 1, 2, 1, 3, 3, 4, 1, 2};  // 6 of 2 bytes
  DistinctStates states(6, 2);
  states.clear(observations.data());
  const std::vector<int64_t> firsts = {0, 1, 0, 3, 1, 0};
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(states.add(i), firsts[static_cast<size_t>(i)]);
  for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(states.first(i), firsts[static_cast<size_t>(i)]);
}

TEST(DistinctStates, ANewRolloutForgetsTheLast) {
  std::vector<uint8_t> observations = {1, 1};
  DistinctStates states(2, 1);
  states.clear(observations.data());
  EXPECT_EQ(states.add(0), 0);
  EXPECT_EQ(states.add(1), 0);
  states.clear(observations.data());
  EXPECT_EQ(states.add(1), 1);
}

}  // namespace
}  // namespace mazescan::trainer

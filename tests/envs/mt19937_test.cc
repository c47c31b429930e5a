#include "envs/mt19937.h"

#include <gtest/gtest.h>

#include <random>

namespace mazescan::envs {
namespace {

TEST(Mt19937, EqualsTheStandardOne) {
  for (const uint32_t seed : {0U, 1U, 5489U, 2147483647U, 4294967295U}) {
    std::mt19937 standard(seed);
    Mt19937 ours(seed);
    for (int i = 0; i < 3000; ++i) ASSERT_EQ(ours.next(), standard()) << "seed " << seed << " draw " << i;
  }
}

TEST(Mt19937, GoesOnFromItsState) {
  Mt19937 first(3), second(4);
  for (int i = 0; i < 700; ++i) first.next();
  second.set_state(first.state());
  for (int i = 0; i < 700; ++i) ASSERT_EQ(second.next(), first.next());
}

}  // namespace
}  // namespace mazescan::envs

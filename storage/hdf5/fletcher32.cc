#include "storage/hdf5/fletcher32.h"

#include <algorithm>
#include <cstring>

namespace mazescan {
namespace {

// Words that are added at a time: fewer, and compilers unroll the loop instead of vectorising it.
constexpr size_t kLanes = 32;
constexpr size_t kMostSteps = 256;  // after more than 361 a lane's sum of sums could overflow

// Modulo 65535 as the addition of ones' complements leaves it: 0 only if nothing but zeros was added.
uint64_t folded(uint64_t sum) {
  return sum == 0 ? 0 : (sum - 1) % 65535 + 1;
}

uint64_t word_at(const unsigned char* bytes, size_t count = 2) {
  uint16_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}

}  // namespace

uint32_t fletcher32(const void* bytes, size_t count) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  const auto* const end = at + count;
  uint64_t sum = 0, sums = 0;  // of all words so far, and of what `sum` was after each of them
  while (static_cast<size_t>(end - at) >= 2 * kLanes) {
    const size_t steps = std::min(static_cast<size_t>(end - at) / (2 * kLanes), kMostSteps);
    uint32_t lane_sum[kLanes] = {}, lane_sums[kLanes] = {};
    for (size_t step = 0; step < steps; ++step, at += 2 * kLanes)
      for (size_t lane = 0; lane < kLanes; ++lane) {
        lane_sum[lane] += static_cast<uint32_t>(word_at(at + 2 * lane));
        lane_sums[lane] += lane_sum[lane];
      }
    // A word counts in its own sum and in those after it: kLanes times as often as within its lane, but for
    // the `lane` words before it in its first step.
    sums += kLanes * steps * sum;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      sum += lane_sum[lane];
      sums += uint64_t{kLanes} * lane_sums[lane] - lane * lane_sum[lane];
    }
    sum = folded(sum);
    sums = folded(sums);
  }
  while (at < end) {
    const size_t held = std::min<size_t>(2, static_cast<size_t>(end - at));
    sum += word_at(at, held);
    sums += sum;
    at += held;
  }
  // HDF5's words are big-endian: with its bytes swapped a word is 256 times what it was, modulo 65535.
  return static_cast<uint32_t>(folded(256 * sums) << 16 | folded(256 * sum));
}

}  // namespace mazescan

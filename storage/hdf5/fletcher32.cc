#include "storage/hdf5/fletcher32.h"

#include <algorithm>
#include <cstring>

namespace mazescan::hdf5 {
namespace {

// Words that are added at a time. With fewer, compilers unroll the loop instead of vectorising it.
constexpr size_t kLanes = 32;
constexpr size_t kMaxSteps = 256;  // after more than 361 the sum of sums of a lane could overflow

// Returns `sum` modulo 65535 as one's complement addition gives it: 0 only if all summands were 0.
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
  uint64_t sum = 0, sums = 0;  // of all words so far, and of `sum` after each of them
  while (static_cast<size_t>(end - at) >= 2 * kLanes) {
    const size_t steps = std::min(static_cast<size_t>(end - at) / (2 * kLanes), kMaxSteps);
    uint32_t lane_sum[kLanes] = {}, lane_sums[kLanes] = {};
    for (size_t step = 0; step < steps; ++step, at += 2 * kLanes)
      for (size_t lane = 0; lane < kLanes; ++lane) {
        lane_sum[lane] += static_cast<uint32_t>(word_at(at + 2 * lane));
        lane_sums[lane] += lane_sum[lane];
      }
    // A word is part of the sums at its own position and at all later ones: kLanes times as often as within
    // its lane, except at the `lane` positions before it in its first step.
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
  // HDF5's words are big-endian: swapping the bytes of a word multiplies it by 256, modulo 65535.
  return static_cast<uint32_t>(folded(256 * sums) << 16 | folded(256 * sum));
}

}  // namespace mazescan::hdf5

#pragma once
#include <array>
#include <cstdint>

namespace mazescan::envs {

// The Mersenne Twister of Matsumoto and Nishimura (1998), equal to std::mt19937. It twists one word at each
// draw: a level takes a few hundred draws, and the standard class twists all 624 words at the first one.
class Mt19937 {
 public:
  static constexpr int kWords = 624;
  // Everything that determines the next numbers: 2,500 bytes.
  struct State {
    std::array<uint32_t, kWords> words;
    uint32_t position;  // 0..623: the word that the next draw replaces
  };

  explicit Mt19937(uint32_t seed) { reseed(seed); }

  void reseed(uint32_t seed) {
    state_.words[0] = seed;
    for (uint32_t i = 1; i < kWords; ++i) {
      seed = 1812433253U * (seed ^ (seed >> 30)) + i;
      state_.words[i] = seed;
    }
    state_.position = 0;
  }

  // Returns 32 uniform bits.
  uint32_t next() {
    constexpr uint32_t kShift = 397;
    auto& words = state_.words;
    const uint32_t i = state_.position;
    const uint32_t after = i + 1 == kWords ? 0 : i + 1;
    const uint32_t far = i < kWords - kShift ? i + kShift : i + kShift - kWords;
    const uint32_t mixed = (words[i] & 0x80000000U) | (words[after] & 0x7FFFFFFFU);
    uint32_t word = words[far] ^ (mixed >> 1) ^ ((0U - (mixed & 1U)) & 0x9908B0DFU);
    words[i] = word;
    state_.position = after;
    word ^= word >> 11;
    word ^= (word << 7) & 0x9D2C5680U;
    word ^= (word << 15) & 0xEFC60000U;
    return word ^ (word >> 18);
  }

  // Returns a number below `bound` > 0 as procgen's randn: the remainder, without rejection.
  uint32_t below(uint32_t bound) { return next() % bound; }

  const State& state() const { return state_; }
  // The caller must have checked that the position is 0..623.
  void set_state(const State& state) { state_ = state; }

 private:
  State state_;
};

}  // namespace mazescan::envs

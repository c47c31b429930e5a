#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace mazescan {

// A named stream of random numbers: Philox4x32-10 with a key that is hashed from (seed, name, index) and a
// counter. Streams of neighbouring seeds or indices have unrelated keys, so that none is a shifted copy of
// another. The whole state is two numbers.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
class RandomStream {
 public:
  struct State {
    uint64_t key = 0;
    uint64_t position = 0;  // how many 32-bit numbers were drawn
  };

  RandomStream(uint64_t seed, std::string_view name, uint64_t index = 0);
  explicit RandomStream(State state) : state_(state) {}

  uint32_t next();                 // 32 uniform bits
  float uniform();                 // [0, 1), a multiple of 2^-24
  uint32_t below(uint32_t bound);  // uniform in 0..bound-1, without bias; bound > 0
  State state() const { return state_; }

 private:
  State state_;
  std::array<uint32_t, 4> block_{};
  uint64_t block_index_ = ~uint64_t{0};  // the number of the block that block_ holds
};

// Returns one block of Philox4x32-10: four uniform 32-bit numbers, a pure function of counter and key.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

}  // namespace mazescan

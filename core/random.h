#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace mazescan {

// A named, counted stream of random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy
// as 1, 2, 3", 2011) under a key hashed from (seed, name, index). Streams of neighbouring seeds or indices
// have unrelated keys, so none is a shifted copy of another. Its whole state is two numbers.
class RandomStream {
 public:
  struct State {
    uint64_t key = 0;
    uint64_t position = 0;  // 32-bit numbers drawn so far
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
  uint64_t block_index_ = ~uint64_t{0};  // which block of four is in block_
};

// One block of Philox4x32-10: four uniform 32-bit numbers, a pure function of counter and key.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

}  // namespace mazescan

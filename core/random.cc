#include "core/random.h"

#include <string>

#include "core/error.h"
#include "core/hash.h"

namespace mazescan {

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  constexpr uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = kMultiplier0 * counter[0], p1 = kMultiplier1 * counter[2];
    counter = {static_cast<uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(p1),
               static_cast<uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(p0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

RandomStream::RandomStream(uint64_t seed, std::string_view name, uint64_t index) {
  std::string identity(name);
  identity += '\0';
  identity.append(reinterpret_cast<const char*>(&seed), sizeof seed);
  identity.append(reinterpret_cast<const char*>(&index), sizeof index);
  state_.key = hash64(identity);
}

uint32_t RandomStream::next() {
  const uint64_t block = state_.position / 4;
  if (block != block_index_) {
    block_ = philox4x32({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), 0, 0},
                        {static_cast<uint32_t>(state_.key), static_cast<uint32_t>(state_.key >> 32)});
    block_index_ = block;
  }
  return block_[state_.position++ % 4];
}

float RandomStream::uniform() {
  return static_cast<float>(next() >> 8) * 0x1p-24F;
}

uint32_t RandomStream::below(uint32_t bound) {
  expect(bound > 0, "a positive bound");
  // Lemire, "Fast random integer generation in an interval", 2019: rejects the few biased draws.
  const uint32_t threshold = (0U - bound) % bound;
  for (;;) {
    const uint64_t product = static_cast<uint64_t>(next()) * bound;
    if (static_cast<uint32_t>(product) >= threshold) return static_cast<uint32_t>(product >> 32);
  }
}

}  // namespace mazescan

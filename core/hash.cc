#include "core/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "core/error.h"

namespace mazescan {

uint64_t hash64(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct Hasher::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() { XXH3_128bits_reset(xxh); }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}
Hasher::~Hasher() = default;

Hasher& Hasher::add(const void* data, size_t bytes) {
  expect(XXH3_128bits_update(state_->xxh, data, bytes) == XXH_OK, "xxhash takes bytes");
  return *this;
}

std::string Hasher::hex() const {
  const XXH128_hash_t h = XXH3_128bits_digest(state_->xxh);
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

std::string hash_hex(std::string_view bytes) {
  return Hasher().add(bytes).hex();
}

}  // namespace mazescan

#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mazescan {

// Returns the 64-bit XXH3 hash of `bytes`, for seeding random streams.
uint64_t hash64(std::string_view bytes);

// Computes the XXH3-128 hash of the bytes added to it, for payload hashes. Source: https://xxhash.com.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& add(const void* data, size_t bytes);
  Hasher& add(std::string_view text) { return add(text.data(), text.size()); }
  std::string hex() const;  // 32 lower-case digits

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Returns the XXH3-128 hash of `bytes` as 32 hexadecimal digits.
std::string hash_hex(std::string_view bytes);

}  // namespace mazescan

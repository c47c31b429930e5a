#pragma once
#include <string>
#include <string_view>

namespace mazescan {

// SHA-256 (FIPS 180-4) of `bytes`: 64 lower-case hex digits. For files that others publish with such a sum;
// what mazescan itself hashes goes through core/hash.h.
std::string sha256_hex(std::string_view bytes);

}  // namespace mazescan

#pragma once
#include <string>
#include <string_view>

namespace mazescan::frame {

// Returns the SHA-256 (FIPS 180-4) of `bytes` as 64 lower-case hex digits. Used for files that are published
// with such a sum; mazescan's own hashes are in core/hash.h.
std::string sha256_hex(std::string_view bytes);

}  // namespace mazescan::frame

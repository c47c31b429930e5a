#pragma once
#include <cstdint>
#include <cstring>
#include <string>

namespace mazescan {

// A safetensors file put together by hand, right or wrong; the header is padded to eight bytes.
inline std::string raw_safetensors(std::string header, const std::string& data) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + data;
}

}  // namespace mazescan

#pragma once
#include <cstdint>
#include <cstring>
#include <string>

namespace mazescan {

// Assembles a safetensors file from any header and data, valid or not. Pads the header to a multiple of eight
// bytes.
inline std::string raw_safetensors(std::string header, const std::string& data) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + data;
}

}  // namespace mazescan

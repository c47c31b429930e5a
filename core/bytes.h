#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/error.h"

namespace mazescan {

// Values are copied in the machine's byte order; files are little-endian.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "mazescan needs a little-endian machine");

// Writes plain values as little-endian bytes. ByteReader reads them and checks every bound.
class ByteWriter {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_bytes(std::string_view bytes) {
    put(static_cast<uint64_t>(bytes.size()));
    bytes_.append(bytes);
  }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what ByteWriter wrote. `name` names the source in messages.
// Throws UserError if the bytes end too early.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  template <class T>
  T get() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view get_bytes() { return take(get<uint64_t>()); }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(uint64_t count) {
    if (count > bytes_.size())
      throw UserError(name_ + " ends too early", "it is truncated or was not written by mazescan",
                      "use an undamaged copy");
    const std::string_view head = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return head;
  }

  std::string_view bytes_;
  std::string name_;
};

}  // namespace mazescan

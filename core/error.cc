#include "core/error.h"

#include <cstdint>

namespace mazescan {
namespace {

// Returns the number of bytes of the UTF-8 character at the begin of `text`, and the character; 0 if there is none.
size_t decode(std::string_view text, char32_t& character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80       ? 1
                        : first >> 5 == 6  ? 2
                        : first >> 4 == 14 ? 3
                        : first >> 3 == 30 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  character = length == 1 ? first : first & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6 != 2) return 0;
    character = character << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};  // by length
  const bool surrogate = character >= 0xd800 && character < 0xe000;
  return character < kSmallest[length] || surrogate || character > 0x10ffff ? 0 : length;
}

bool is_printable(char32_t character) {
  const auto within = [character](char32_t first, char32_t last) {
    return character >= first && character <= last;
  };
  if (character == U'\n') return true;
  if (character < U' ' || within(0x7f, 0x9f)) return false;
  // Line and paragraph separators, marks of direction, and the mark of byte order.
  return !within(0x200e, 0x200f) && !within(0x2028, 0x202e) && !within(0x2066, 0x2069) &&
         character != 0x61c && character != 0xfeff;
}

std::string in_parts(std::string_view problem, std::string_view reason, std::string_view hint) {
  return printable(fmt::format("{}\n  reason: {}\n  hint:   {}", problem, reason, hint));
}

}  // namespace

std::string printable(std::string of_text) {
  std::string_view text = of_text;
  std::string out;
  while (!text.empty()) {
    char32_t character = 0;
    const size_t length = decode(text, character);
    if (length > 0 && is_printable(character)) {
      out += text.substr(0, length);
    } else {
      out += '?';
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

UserError::UserError(std::string_view problem, std::string_view reason, std::string_view hint)
    : std::runtime_error(in_parts(problem, reason, hint)) {}

UserError::UserError(std::string_view place, const UserError& error)
    : std::runtime_error(printable(fmt::format("{}: {}", place, error.what()))) {}

}  // namespace mazescan

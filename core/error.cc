#include "core/error.h"

namespace mazescan {

std::string printable(std::string text) {
  for (char& c : text)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f') c = '?';
  return text;
}

UserError::UserError(std::string_view problem, std::string_view reason, std::string_view hint)
    : std::runtime_error(printable(fmt::format("{}\n  reason: {}\n  hint:   {}", problem, reason, hint))) {}

UserError::UserError(std::string_view place, const UserError& error)
    : std::runtime_error(printable(fmt::format("{}: {}", place, error.what()))) {}

}  // namespace mazescan

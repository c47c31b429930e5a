#include "core/error.h"

#include <fmt/format.h>

namespace mazescan {

std::string printable(std::string text) {
  for (char& c : text)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f') c = '?';
  return text;
}

UserError::UserError(std::string_view problem, std::string_view why, std::string_view suggestion)
    : std::runtime_error(printable(fmt::format("{}\n  why:   {}\n  right: {}", problem, why, suggestion))) {}

UserError::UserError(std::string_view place, const UserError& fault)
    : std::runtime_error(printable(fmt::format("{}: {}", place, fault.what()))) {}

}  // namespace mazescan

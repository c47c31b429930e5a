#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace mazescan {

// With "?" for control characters, which a damaged or hostile file may bring into a message.
std::string printable(std::string text);

// A fault of what the user gave us: PROBLEM (WHY) SUGGESTION. Programs print it and exit with status 2.
// The message is printable.
class UserError : public std::runtime_error {
 public:
  UserError(std::string_view problem, std::string_view why, std::string_view suggestion);
  // The same fault with the place where it was found before it.
  UserError(std::string_view place, const UserError& fault);
};

// A fault of ours. Programs print it and exit with status 1.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Throws UserError unless `ok`. problem: what is wrong, with its place; why: the rule it breaks; suggestion:
// what would be right. The strings are built on every call: in hot loops test first.
inline void require(bool ok, std::string_view problem, std::string_view why, std::string_view suggestion) {
  if (!ok) throw UserError(problem, why, suggestion);
}

// Throws InternalError unless `ok`.
inline void expect(bool ok, const char* what, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE()) {
  if (!ok) throw InternalError(std::string(file) + ":" + std::to_string(line) + ": expected " + what);
}

}  // namespace mazescan

#pragma once
#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace mazescan {

// Returns `text` with "?" in place of control characters, which a damaged or hostile file may bring into a
// message.
std::string printable(std::string text);

// An error in what the user gave: a problem with its place, the reason why it is one, and a hint at a
// correct input. Programs print it and exit with status 2. The message is printable.
class UserError : public std::runtime_error {
 public:
  UserError(std::string_view problem, std::string_view reason, std::string_view hint);
  // Puts a place before the message of `error`.
  UserError(std::string_view place, const UserError& error);
};

// An error in mazescan itself. Programs print it and exit with status 1.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// A format string with references to its arguments; made by lazy().
template <class... A>
struct LazyText {
  fmt::string_view format;
  std::tuple<const A&...> arguments;
  std::string text() const {
    return std::apply(
        [this](const A&... values) { return fmt::vformat(format, fmt::make_format_args(values...)); },
        arguments);
  }
};

// Returns a text for require() that is formatted only if the requirement fails. Use it as an argument only:
// it refers to its own arguments.
template <class... A>
LazyText<std::remove_reference_t<A>...> lazy(fmt::format_string<A...> format, A&&... arguments) {
  return {format, {arguments...}};
}

// One argument of require(): a string, or lazy(...). Refers to its source.
class MessageText {
 public:
  template <class Source>
  MessageText(const Source& source) : source_(&source), make_(&make<Source>) {}
  std::string text() const { return make_(source_); }

 private:
  template <class Source>
  static std::string make(const void* source) {
    const auto& text = *static_cast<const Source*>(source);
    if constexpr (std::is_convertible_v<const Source&, std::string_view>) {
      return std::string(std::string_view(text));
    } else {
      return text.text();
    }
  }

  const void* source_;
  std::string (*make_)(const void*);
};

// Throws UserError unless `ok`.
//   problem: what is wrong, with its place; reason: the rule that it breaks; hint: a correct input
inline void require(bool ok, const MessageText& problem, const MessageText& reason, const MessageText& hint) {
  if (!ok) throw UserError(problem.text(), reason.text(), hint.text());
}

// Throws InternalError unless `ok`.
inline void expect(bool ok, const char* what, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE()) {
  if (!ok) throw InternalError(std::string(file) + ":" + std::to_string(line) + ": expected " + what);
}

}  // namespace mazescan

#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mazescan::datasets {

// The largest maze whose cells y * size + x fit uint16.
inline constexpr int kMaxStoredSize = 255;

// Checks a file's contents and keeps the message of the first check that fails.
class Validator {
 public:
  template <class... A>
  bool check(bool ok, fmt::format_string<A...> format, A&&... arguments) {
    if (!ok && first_.empty()) first_ = fmt::format(format, std::forward<A>(arguments)...);
    return ok;
  }
  template <class T>
  bool count(const std::vector<T>& values, int64_t expected, const char* name) {
    return check(static_cast<int64_t>(values.size()) == expected, "{} has {} values where {} are due", name,
                 values.size(), expected);
  }
  template <class T>
  bool range(const std::vector<T>& values, int64_t low, int64_t high, const char* name) {
    for (size_t i = 0; i < values.size(); ++i)
      if (!check(values[i] >= low && values[i] <= high, "{} [{}] is {}, not from {} to {}", name, i,
                 static_cast<int64_t>(values[i]), low, high))
        return false;
    return true;
  }
  bool ok() const { return first_.empty(); }
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

// Returns whether the text is a single line without control characters.
bool is_plain(const std::string& text);

// Returns whether a tap may have this name in a file.
bool is_tap_name(const std::string& name);

}  // namespace mazescan::datasets

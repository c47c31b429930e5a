#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

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

// Checks the datasets of a shard under the names that the shard's layout lists.
class DatasetChecks {
 public:
  explicit DatasetChecks(Validator& validator) : validator_(validator) {}

  // Checks the number of values, and keeps the name.
  template <class T, class Axes>
  void count(const std::string& name, const std::vector<T>& values, const Axes& axes) {
    names_[&values] = name;
    int64_t expected = 1;
    for (const auto& axis : axes) expected *= axis.length;
    validator_.count(values, expected, name.c_str());
  }
  // Checks values, or floats, from `low` to `high`.
  template <class T>
  bool range(const std::vector<T>& values, int64_t low, int64_t high) {
    return validator_.range(values, low, high, name(values).c_str());
  }
  template <class T>
  const std::string& name(const std::vector<T>& values) const {
    const auto found = names_.find(&values);
    expect(found != names_.end(), "a dataset of the layout");
    return found->second;
  }

 private:
  Validator& validator_;
  std::map<const void*, std::string> names_;
};

// Returns whether the text is a single line without control characters.
bool is_plain(const std::string& text);

// Returns whether a tap may have this name in a file.
bool is_tap_name(const std::string& name);

}  // namespace mazescan::datasets

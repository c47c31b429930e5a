#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error.h"

// Strict configuration: YAML into plain structs. A struct lists its fields once,
//
//   struct PpoConfig {
//     int epochs = 2;
//     template <class Visitor> void fields(Visitor& visit) {
//       visit("epochs", epochs, "passes over each rollout", at_least(1));
//     }
//   };
//
// and that list is used to read it, to check it, to name the nearest key for a misspelt one, and to dump it
// with its comments. An optional member `void validate() const` checks rules that concern several fields.
// After the help text a key may have a range, and the mark `neutral` if it does not change results. An enum
// is read by the names that `std::vector<std::string> config_names(E)`, beside its declaration, gives its
// values 0, 1, ...
namespace mazescan {

// The values that a check allows, as data for a schema: of a list, those of each element.
struct Allowed {
  double low = -std::numeric_limits<double>::infinity();  // both ends are included
  double high = std::numeric_limits<double>::infinity();
  std::vector<std::string> names;  // empty: any text
  bool empty_list = true;          // whether a list may be empty
};

template <class T>
struct Check {
  std::string hint;  // a correct value, for the message
  std::function<bool(const T&)> ok;
  Allowed allowed = {};
  std::function<std::string(const T&)> hint_for = nullptr;  // a hint that depends on the value
  std::string reason = "the value is out of range";
};

struct AtLeast {
  double low;
};
struct Between {
  double low, high;
};
inline AtLeast at_least(double low) {
  return {low};
}
// Both ends are included.
inline Between between(double low, double high) {
  return {low, high};
}
// The hint names the nearest of `names`.
Check<std::string> one_of(const std::vector<std::string>& names);
template <class T>
Check<T> make_check(AtLeast range) {
  Allowed allowed;
  allowed.low = range.low;
  return {fmt::format("at least {}", range.low), [range](const T& v) { return v >= range.low; }, allowed};
}
template <class T>
Check<T> make_check(Between range) {
  Allowed allowed;
  allowed.low = range.low;
  allowed.high = range.high;
  return {fmt::format("from {} to {}", range.low, range.high),
          [range](const T& v) { return v >= range.low && v <= range.high; }, allowed};
}
template <class T>
Check<T> make_check(Check<T> check) {
  return check;
}
// Requires a list whose elements all pass `range`.
template <class T, class Range>
Check<std::vector<T>> each_or_empty(Range range) {
  const Check<T> one = make_check<T>(range);
  return {"a list, each " + one.hint,
          [one](const std::vector<T>& values) { return std::all_of(values.begin(), values.end(), one.ok); },
          one.allowed, nullptr, one.reason};
}
// Same, and the list must not be empty.
template <class T, class Range>
Check<std::vector<T>> each(Range range) {
  Check<std::vector<T>> check = each_or_empty<T>(range);
  check.hint = "a list, not empty, each " + make_check<T>(range).hint;
  check.ok = [each_ok = check.ok](const std::vector<T>& values) {
    return !values.empty() && each_ok(values);
  };
  check.allowed.empty_list = false;
  return check;
}

// Marks a key that does not change results, such as a device or a number of threads: dump_identity omits it.
struct Neutral {};
inline constexpr Neutral neutral;

// A node of a YAML document, with its place in the file.
class ConfigNode {
 public:
  // Reads the file, or the text, and applies overrides "a.b=value".
  // Throws UserError.
  static ConfigNode from_file(const std::string& path, const std::vector<std::string>& overrides);
  static ConfigNode from_text(const std::string& text, const std::string& name,
                              const std::vector<std::string>& overrides = {});

  bool has(const std::string& key) const;
  ConfigNode child(const std::string& key) const;
  bool is_list() const;
  std::vector<ConfigNode> elements() const;  // throws UserError if the node is not a list
  // Throws UserError on unknown or duplicate keys.
  void only(const std::vector<std::string>& known) const;
  const std::string& path() const { return path_; }
  std::string place() const;  // "file:line:column", or the text of the override
  const std::string& document_name() const;

  void read(bool& out) const;
  void read(int& out) const;
  void read(int64_t& out) const;
  void read(double& out) const;
  void read(std::string& out) const;
  [[noreturn]] void reject(const std::string& reason, const std::string& hint) const;

 private:
  struct Document;
  struct Impl;
  ConfigNode(std::shared_ptr<const Impl> impl, std::string path)
      : impl_(std::move(impl)), path_(std::move(path)) {}
  std::shared_ptr<const Impl> impl_;
  std::string path_;
};

namespace config_detail {

struct AnyVisitor {
  template <class... A>
  void operator()(A&&...) {}
  template <class Names>
  void foreign(const Names&) {}
};
template <class T, class = void>
struct HasFields : std::false_type {};
template <class T>
struct HasFields<T, std::void_t<decltype(std::declval<T&>().fields(std::declval<AnyVisitor&>()))>>
    : std::true_type {};
template <class T, class = void>
struct HasValidate : std::false_type {};
template <class T>
struct HasValidate<T, std::void_t<decltype(std::declval<const T&>().validate())>> : std::true_type {};

template <class T>
void read_value(const ConfigNode& node, T& out);
template <class E>
void read_value(const ConfigNode& node, std::vector<E>& out);

class Reader {
 public:
  explicit Reader(const ConfigNode& node) : node_(node) {}
  template <class T, class... Marks>
  void operator()(const char* key, T& value, const char* /*help*/, const Marks&... marks) {
    known_.emplace_back(key);
    if (!node_.has(key)) return;
    const ConfigNode child = node_.child(key);
    read_value(child, value);
    (check(child, value, marks), ...);
  }
  // Allows these keys without reading them: other programs do.
  template <class Names>
  void foreign(const Names& names) {
    for (const auto& name : names)
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) known_.emplace_back(name);
  }
  void finish() const { node_.only(known_); }

 private:
  template <class T, class Range>
  static void check(const ConfigNode& node, const T& value, const Range& range) {
    const Check<T> check = make_check<T>(range);
    if (check.ok(value)) return;
    node.reject(check.reason, check.hint_for ? check.hint_for(value) : check.hint);
  }
  template <class T>
  static void check(const ConfigNode& /*node*/, const T& /*value*/, Neutral /*mark*/) {}

  const ConfigNode& node_;
  std::vector<std::string> known_;
};

template <class T>
void read_value(const ConfigNode& node, T& out) {
  if constexpr (HasFields<T>::value) {
    Reader reader(node);
    node.only({});  // requires a map without duplicates; finish() reports unknown keys
    out.fields(reader);
    reader.finish();
    if constexpr (HasValidate<T>::value) {
      try {
        out.validate();
      } catch (const UserError& error) {
        throw UserError(node.document_name(), error);
      }
    }
  } else if constexpr (std::is_enum_v<T>) {
    std::string name;
    node.read(name);
    const std::vector<std::string> names = config_names(T{});
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      const Check<std::string> check = one_of(names);
      node.reject(check.reason, check.hint_for(name));
    }
    out = static_cast<T>(found - names.begin());
  } else {
    node.read(out);
  }
}
template <class E>
void read_value(const ConfigNode& node, std::vector<E>& out) {
  out.clear();
  for (const auto& element : node.elements()) read_value(element, out.emplace_back());
}

std::string scalar_text(bool value);
std::string scalar_text(int value);
std::string scalar_text(int64_t value);
std::string scalar_text(double value);
std::string scalar_text(const std::string& value);
template <class E, class = std::enable_if_t<std::is_enum_v<E>>>
std::string scalar_text(E value) {
  return config_names(value)[static_cast<size_t>(value)];
}
template <class E>
std::string scalar_text(const std::vector<E>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + scalar_text(value);
  return "[" + text + "]";
}

class Dumper {
 public:
  explicit Dumper(int depth) : indent_(depth * 2, ' ') {}
  template <class T, class... Marks>
  void operator()(const char* key, T& value, const char* help, const Marks&...) {
    if constexpr (HasFields<T>::value) {
      Dumper inner(static_cast<int>(indent_.size()) / 2 + 1);
      value.fields(inner);
      text_ += fmt::format("{}{}:  # {}\n{}", indent_, key, help, inner.text_);
    } else {
      text_ += fmt::format("{}{:<40}  # {}\n", indent_, fmt::format("{}: {}", key, scalar_text(value)), help);
    }
  }
  template <class Names>
  void foreign(const Names& /*names*/) {}
  const std::string& text() const { return text_; }

 private:
  std::string indent_, text_;
};

class IdentityDumper {
 public:
  explicit IdentityDumper(std::string prefix) : prefix_(std::move(prefix)) {}
  template <class T, class... Marks>
  void operator()(const char* key, T& value, const char* /*help*/, const Marks&...) {
    if constexpr (!(std::is_same_v<Marks, Neutral> || ...)) {
      if constexpr (HasFields<T>::value) {
        IdentityDumper inner(prefix_ + key + ".");
        value.fields(inner);
        text_ += inner.text_;
      } else {
        text_ += fmt::format("{}{}: {}\n", prefix_, key, scalar_text(value));
      }
    }
  }
  template <class Names>
  void foreign(const Names& /*names*/) {}
  const std::string& text() const { return text_; }

 private:
  std::string prefix_, text_;
};

}  // namespace config_detail

// Reads a struct whose defaults are those that `config` has. Throws UserError with file:line:column.
template <class T>
void read_config(const ConfigNode& node, T& config) {
  config_detail::read_value(node, config);
}

// Reads a struct from a YAML file (or text) and applies `overrides`.
// Throws UserError with file:line:column.
template <class T>
T load_config(const std::string& path, const std::vector<std::string>& overrides = {}) {
  T config;
  config_detail::read_value(ConfigNode::from_file(path, overrides), config);
  return config;
}
template <class T>
T parse_config(const std::string& text, const std::string& name,
               const std::vector<std::string>& overrides = {}) {
  T config;
  config_detail::read_value(ConfigNode::from_text(text, name, overrides), config);
  return config;
}

// Returns the full configuration as commented YAML, which parse_config reads back to an equal struct.
template <class T>
std::string dump_config(const T& config) {
  T copy = config;
  config_detail::Dumper dumper(0);
  copy.fields(dumper);
  return dumper.text();
}

// Returns the name of an enum in configurations.
template <class E>
std::string config_name(E value) {
  return config_names(value)[static_cast<size_t>(value)];
}

// Formats the keys that determine results, without those marked neutral and without comments: one line
// "a.b.c: value" for each. Identities and dataset keys are made from it.
template <class T>
std::string dump_identity(const T& config) {
  T copy = config;
  config_detail::IdentityDumper dumper("");
  copy.fields(dumper);
  return dumper.text();
}

// Returns the candidate with the smallest edit distance to `word`, "" if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace mazescan

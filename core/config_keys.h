#pragma once
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/config.h"

// The keys of a configuration as data, listed by the `fields` of its structs (core/config.h).
namespace mazescan {

struct ConfigKeys;

struct ConfigKey {
  enum class Kind { section, boolean, integer, number, text };
  std::string name, help;
  Kind kind = Kind::section;
  bool is_list = false;
  bool is_32_bit = false;             // of an integer
  Allowed allowed;                    // the values, or those of each element of a list
  std::vector<std::string> standard;  // default: one text, or one for each element of a list
  std::vector<ConfigKeys> section;    // of a section: its keys, one element
};

// The keys of a section.
struct ConfigKeys {
  // The keys that the section has if the key `name` has the value `value`: the name of an environment, for
  // example, decides which other keys there are.
  struct Choice {
    std::string name, value;
    bool is_standard = false;  // whether the value is the default
    std::vector<ConfigKey> keys;
  };
  std::vector<ConfigKey> keys;               // if all values are defaults
  std::vector<std::vector<Choice>> choices;  // of every key whose values have names, one for each name
  std::vector<std::string> foreign;          // keys that other programs read
};

template <class T>
ConfigKeys config_keys(const T& section);

namespace config_detail {

template <class T>
struct ElementOf {
  using Type = T;
  static constexpr bool is_list = false;
};
template <class E>
struct ElementOf<std::vector<E>> {
  using Type = E;
  static constexpr bool is_list = true;
};

template <class T>
constexpr ConfigKey::Kind kind_of() {
  if constexpr (std::is_same_v<T, bool>) return ConfigKey::Kind::boolean;
  if constexpr (std::is_same_v<T, int> || std::is_same_v<T, int64_t>) return ConfigKey::Kind::integer;
  if constexpr (std::is_same_v<T, double>) return ConfigKey::Kind::number;
  return ConfigKey::Kind::text;
}

// Returns a value without the quotes that it may need in YAML.
template <class T>
std::string plain_text(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else {
    return scalar_text(value);
  }
}

// Lists the keys that a struct visits. `name` and `value`, unless empty: a key that gets this value.
class KeyLister {
 public:
  KeyLister() = default;
  KeyLister(std::string name, std::string value) : name_(std::move(name)), value_(std::move(value)) {}

  template <class T, class... Marks>
  void operator()(const char* name, T& value, const char* help, const Marks&... marks) {
    ConfigKey key;
    key.name = name;
    key.help = help;
    if constexpr (HasFields<T>::value) {
      key.section.push_back(config_keys(value));
    } else {
      describe<T>(value, key);
      (add_allowed<T>(marks, key), ...);
      if (name_ == name) choose(value);
    }
    listed.keys.push_back(std::move(key));
  }
  template <class Names>
  void foreign(const Names& names) {
    listed.foreign.assign(names.begin(), names.end());
  }

  ConfigKeys listed;

 private:
  template <class T>
  static void describe(const T& value, ConfigKey& key) {
    using Element = typename ElementOf<T>::Type;
    key.kind = kind_of<Element>();
    key.is_list = ElementOf<T>::is_list;
    key.is_32_bit = std::is_same_v<Element, int>;
    if constexpr (std::is_enum_v<Element>) key.allowed.names = config_names(Element{});
    if constexpr (ElementOf<T>::is_list) {
      for (const auto& element : value) key.standard.push_back(plain_text(element));
    } else {
      key.standard.push_back(plain_text(value));
    }
  }
  template <class T, class Range>
  static void add_allowed(const Range& range, ConfigKey& key) {
    if constexpr (!std::is_same_v<Range, Neutral>) key.allowed = make_check<T>(range).allowed;
  }
  template <class T>
  void choose(T& value) const {
    if constexpr (std::is_same_v<T, std::string>) {
      value = value_;
    } else if constexpr (std::is_enum_v<T>) {
      const std::vector<std::string> names = config_names(T{});
      value = static_cast<T>(std::find(names.begin(), names.end(), value_) - names.begin());
    }
  }

  std::string name_, value_;
};

}  // namespace config_detail

// Returns the keys of a struct whose values are the defaults.
template <class T>
ConfigKeys config_keys(const T& section) {
  const auto listed_with = [&](const std::string& name, const std::string& value) {
    T copy = section;
    config_detail::KeyLister lister(name, value);
    copy.fields(lister);
    return std::move(lister.listed);
  };
  ConfigKeys all = listed_with("", "");
  for (const ConfigKey& key : all.keys) {
    if (key.is_list || key.allowed.names.empty()) continue;
    std::vector<ConfigKeys::Choice>& choices = all.choices.emplace_back();
    for (const std::string& value : key.allowed.names)
      choices.push_back({key.name, value, value == key.standard.front(), listed_with(key.name, value).keys});
  }
  return all;
}

}  // namespace mazescan

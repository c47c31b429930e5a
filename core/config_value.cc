#include "core/config_value.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace mazescan {

std::string config_value(const ConfigKeys& keys, const std::string& path) {
  const size_t dot = path.find('.');
  const std::string name = path.substr(0, dot);
  const auto key = std::find_if(keys.keys.begin(), keys.keys.end(),
                                [&](const ConfigKey& candidate) { return candidate.name == name; });
  require(key != keys.keys.end(), lazy("there is no key '{}'", name),
          "the configuration has no such key in this place",
          "--dump-config prints all keys; the names of sections are joined by dots: train.steps");
  const bool is_section = key->kind == ConfigKey::Kind::section;
  require(is_section == (dot != std::string::npos), lazy("'{}' has no value of its own", path),
          lazy("'{}' is {}", name, is_section ? "a section" : "no section"),
          "the name of a key, such as train.steps");
  return is_section ? config_value(key->section.front(), path.substr(dot + 1))
                    : fmt::format("{}", fmt::join(key->standard, ","));
}

}  // namespace mazescan

#pragma once
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <string>

#include "core/error.h"
#include "policy/options.h"

namespace mazescan::policy {

// Returns an option that counts things, or that is 0 or 1. Throws UserError if it is no whole number. section: where the
// option is in the configuration.
inline int64_t whole_option(const Options& options, const char* name, const char* section) {
  const double value = options.at(name);
  require(value == std::floor(value), lazy("'network.{}.{}' is {}", section, name, value),
          "only whole numbers have a meaning there", "such as 1");
  return static_cast<int64_t>(value);
}
inline int64_t whole_head_option(const Options& options, const char* name) {
  return whole_option(options, name, "head_options");
}

}  // namespace mazescan::policy

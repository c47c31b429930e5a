#pragma once
#include <string>

#include "core/config_keys.h"

namespace mazescan {

// Returns the value of a key, such as "train.steps", as text without quotes; of a list, its elements with commas
// between them. keys: of a loaded configuration.
// Throws UserError if there is no such key, or if it is a section.
std::string config_value(const ConfigKeys& keys, const std::string& path);

}  // namespace mazescan

#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/config_keys.h"

namespace mazescan {

// Returns the JSON Schema (draft 7, which editors support best) of a configuration file, for editors and other
// programs. It knows keys, types, ranges, names and defaults; conditions on several keys (`validate`) are
// checked only by the programs. Keys that other programs read may have any value.
nlohmann::ordered_json config_schema(const ConfigKeys& keys, const std::string& title);

}  // namespace mazescan

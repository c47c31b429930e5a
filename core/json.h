#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mazescan {

// Bounds of JSON from outside. Deep nesting would exhaust the stack when it is printed, many values memory.
struct JsonLimits {
  int depth = 32;
  size_t values = size_t{1} << 25;  // a manifest of a million files has 12 million
};

// Parses one JSON value, in linear time. Returns a value that is_discarded() if the text is not JSON, exceeds a
// limit, or has a key twice in one object; *fault then gets the reason.
nlohmann::json parse_json(std::string_view text, const JsonLimits& limits = {}, std::string* fault = nullptr);

}  // namespace mazescan

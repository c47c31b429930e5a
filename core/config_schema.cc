#include "core/config_schema.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

namespace mazescan {

namespace {

using Json = nlohmann::ordered_json;

Json section_schema(const ConfigKeys& section);

// Returns a number without a point if it has no fraction.
Json number_json(double value) {
  constexpr double kExact = 9007199254740992;  // 2^53: beyond, a double is not every integer
  if (value == std::floor(value) && std::abs(value) <= kExact) return static_cast<int64_t>(value);
  return value;
}

Json value_json(ConfigKey::Kind kind, const std::string& text) {
  switch (kind) {
    case ConfigKey::Kind::boolean:
      return text == "true";
    case ConfigKey::Kind::integer:
      return std::stoll(text);
    case ConfigKey::Kind::number:
      return number_json(std::stod(text));
    case ConfigKey::Kind::text:
    case ConfigKey::Kind::section:
      break;
  }
  return text;
}

// Returns the schema of a value, or of an element of a list.
Json value_schema(const ConfigKey& key) {
  Json schema;
  switch (key.kind) {
    case ConfigKey::Kind::boolean:
      schema["type"] = "boolean";
      break;
    case ConfigKey::Kind::integer:
      schema["type"] = "integer";
      break;
    case ConfigKey::Kind::number:
      schema["type"] = "number";
      break;
    case ConfigKey::Kind::text:
    case ConfigKey::Kind::section:
      schema["type"] = "string";
      break;
  }
  double low = key.allowed.low, high = key.allowed.high;
  if (key.is_32_bit) {
    low = std::max<double>(low, std::numeric_limits<int32_t>::min());
    high = std::min<double>(high, std::numeric_limits<int32_t>::max());
  }
  if (std::isfinite(low)) schema["minimum"] = number_json(low);
  if (std::isfinite(high)) schema["maximum"] = number_json(high);
  if (!key.allowed.names.empty()) schema["enum"] = key.allowed.names;
  return schema;
}

Json key_schema(const ConfigKey& key) {
  Json schema = {{"description", key.help}};
  if (!key.section.empty()) {
    schema.update(section_schema(key.section.front()));
    schema["type"] = {"object", "null"};  // null: a section without keys, all defaults
    return schema;
  }
  if (!key.is_list) {
    schema.update(value_schema(key));
    schema["default"] = value_json(key.kind, key.standard.front());
    return schema;
  }
  schema["type"] = "array";
  schema["items"] = value_schema(key);
  if (!key.allowed.empty_list) schema["minItems"] = 1;
  schema["default"] = Json::array();
  for (const std::string& element : key.standard) schema["default"].push_back(value_json(key.kind, element));
  return schema;
}

Json properties_of(const std::vector<ConfigKey>& keys) {
  Json properties = Json::object();
  for (const ConfigKey& key : keys) properties[key.name] = key_schema(key);
  return properties;
}

// Returns the schema of the keys that depend on one key's value: "if it has this value, then these properties".
Json choice_schema(const ConfigKeys::Choice& choice, const Json& then) {
  Json condition = {{"properties", {{choice.name, {{"const", choice.value}}}}}};
  if (!choice.is_standard) condition["required"] = {choice.name};  // the default also if the key is missing
  return {{"if", condition}, {"then", {{"properties", then}}}};
}

// Adds to `rules` how other keys depend on one key, and to `properties` what is common to its choices.
void add_choices(const std::vector<ConfigKeys::Choice>& choices, Json& properties, Json& rules) {
  const Json absent = false;  // a schema that no value fits
  std::vector<Json> chosen;
  Json all = Json::object();  // the keys of all choices
  for (const ConfigKeys::Choice& choice : choices) {
    chosen.push_back(properties_of(choice.keys));
    for (const auto& [name, schema] : chosen.back().items())
      if (!all.contains(name)) all[name] = schema;
  }
  std::vector<Json> then(choices.size(), Json::object());
  for (const auto& [name, schema] : all.items()) {
    bool is_common = true;  // every choice that has the key has this schema
    for (const Json& keys : chosen) is_common &= keys.value(name, schema) == schema;
    if (!is_common) {
      properties[name] = {{"description", schema["description"]}};
    } else if (!properties.contains(name)) {
      properties[name] = schema;
    }
    for (size_t i = 0; i < choices.size(); ++i) {
      const Json mine = chosen[i].value(name, absent);
      if (!is_common || mine == absent) then[i][name] = mine;
    }
  }
  for (size_t i = 0; i < choices.size(); ++i)
    if (!then[i].empty()) rules.push_back(choice_schema(choices[i], then[i]));
}

Json section_schema(const ConfigKeys& section) {
  Json properties = properties_of(section.keys), rules = Json::array();
  for (const std::string& name : section.foreign)
    if (!properties.contains(name)) properties[name] = true;  // any value
  for (const auto& choices : section.choices) add_choices(choices, properties, rules);
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
  if (!rules.empty()) schema["allOf"] = rules;
  return schema;
}

}  // namespace

nlohmann::ordered_json config_schema(const ConfigKeys& keys, const std::string& title) {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}};
  schema.update(section_schema(keys));
  return schema;
}

}  // namespace mazescan

#pragma once
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

// Stores facts of a result as JSON. A struct lists its facts once,
//
//   template <class Visitor>
//   void facts(Visitor& visit) {
//     visit("name", name);
//     visit("share", share);  // std::optional: may be absent
//   }
//
// and that list is used to write and read them. A fact is a boolean, a number, a string, such a struct, or a
// list of these.
namespace mazescan::datasets {

namespace facts_detail {

struct AnyVisitor {
  template <class... A>
  void operator()(A&&...) {}
};
template <class T, class = void>
struct HasFacts : std::false_type {};
template <class T>
struct HasFacts<T, std::void_t<decltype(std::declval<T&>().facts(std::declval<AnyVisitor&>()))>>
    : std::true_type {};

}  // namespace facts_detail

template <class T>
nlohmann::json fact_to_json(const T& value);
template <class T>
nlohmann::json fact_to_json(const std::vector<T>& values) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& value : values) list.push_back(fact_to_json(value));
  return list;
}

// Writes facts into a JSON object.
class FactWriter {
 public:
  explicit FactWriter(nlohmann::json& object) : object_(object) {}
  template <class T>
  void operator()(const char* name, const T& value) {
    object_[name] = fact_to_json(value);
  }
  template <class T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) object_[name] = fact_to_json(*value);
  }

 private:
  nlohmann::json& object_;
};

template <class T>
nlohmann::json fact_to_json(const T& value) {
  if constexpr (facts_detail::HasFacts<T>::value) {
    nlohmann::json object = nlohmann::json::object();
    FactWriter writer(object);
    const_cast<T&>(value).facts(writer);  // facts() passes references; the writer changes nothing
    return object;
  } else {
    return value;
  }
}

// Reads a fact. Returns false, with `value` unspecified, if the JSON has another type or is out of range.
// Numbers that JSON cannot represent (infinities) are written as null and read as NaN.
template <class T>
bool fact_from_json(const nlohmann::json& json, T& value);
template <class T>
bool fact_from_json(const nlohmann::json& json, std::vector<T>& values) {
  values.clear();
  if (!json.is_array()) return false;
  for (const nlohmann::json& each : json)
    if (!fact_from_json(each, values.emplace_back())) return false;
  return true;
}

// Reads facts from a JSON object.
class FactReader {
 public:
  explicit FactReader(const nlohmann::json& object) : object_(object) {}
  template <class T>
  void operator()(const char* name, T& value) {
    const auto found = object_.find(name);
    if (found == object_.end() || !fact_from_json(*found, value)) fail(name);
  }
  template <class T>
  void operator()(const char* name, std::optional<T>& value) {
    value.reset();
    const auto found = object_.find(name);
    if (found != object_.end() && !fact_from_json(*found, value.emplace())) fail(name);
  }
  // Returns the name of the first fact that is missing or has another type; "" if there is none.
  const std::string& fault() const { return fault_; }

 private:
  void fail(const char* name) {
    if (fault_.empty()) fault_ = name;
  }
  const nlohmann::json& object_;
  std::string fault_;
};

template <class T>
bool fact_from_json(const nlohmann::json& json, T& value) {
  if constexpr (facts_detail::HasFacts<T>::value) {
    if (!json.is_object()) return false;
    FactReader reader(json);
    value.facts(reader);
    return reader.fault().empty();
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) return false;
    value = json.get<std::string>();
    return true;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) return false;
    value = json.get<bool>();
    return true;
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(std::is_signed_v<T>, "facts are signed integers");
    if (!json.is_number_integer()) return false;
    if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return false;
    const auto whole = json.get<int64_t>();
    value = static_cast<T>(whole);
    return whole >= std::numeric_limits<T>::min() && whole <= std::numeric_limits<T>::max();
  } else {
    static_assert(std::is_floating_point_v<T>, "no type of a fact");
    value = json.is_number() ? json.get<T>() : std::numeric_limits<T>::quiet_NaN();
    return json.is_number() || json.is_null();
  }
}

}  // namespace mazescan::datasets

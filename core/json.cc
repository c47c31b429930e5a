#include "core/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace mazescan {
namespace {

using nlohmann::json;

// Builds the value from the events of nlohmann's parser. Its own bounded builder, parse() with a callback, takes
// quadratic time.
class Builder : public nlohmann::json_sax<json> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  json take() { return std::move(root_); }
  const std::string& fault() const { return fault_; }

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value) != nullptr; }
  bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
  bool binary(binary_t& /*value*/) override { return fail("it holds binary data"); }
  bool start_object(std::size_t /*elements*/) override { return open(json::object()); }
  bool start_array(std::size_t /*elements*/) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    const auto [entry, is_new] = open_.back()->get_ref<json::object_t&>().emplace(name, nullptr);
    if (!is_new) return fail(fmt::format("the key '{}' appears twice", name));
    member_ = &entry->second;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const json::exception& error) override {
    const std::string text = error.what();  // "[json.exception.parse_error.101] parse error at line 1, ..."
    return fail(text.substr(std::min(text.size(), text.find("] ") + 2)));
  }

 private:
  bool fail(std::string fault) {
    fault_ = std::move(fault);
    return false;
  }
  // Returns the place of the value in its parent; nullptr if it exceeds a limit. Places of open arrays and objects
  // do not move: only the innermost one grows.
  json* add(json value) {
    if (++values_ > limits_.values) {
      fail(fmt::format("it holds more than {} values", limits_.values));
      return nullptr;
    }
    json* place = &root_;
    if (!open_.empty() && open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return &open_.back()->back();
    }
    if (!open_.empty()) place = member_;
    *place = std::move(value);
    return place;
  }
  bool open(json value) {
    if (static_cast<int>(open_.size()) >= limits_.depth)
      return fail(fmt::format("it is nested more than {} deep", limits_.depth));
    json* const place = add(std::move(value));
    if (place != nullptr) open_.push_back(place);
    return place != nullptr;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  json root_ = json(json::value_t::discarded);
  std::vector<json*> open_;  // arrays and objects, the innermost last
  json* member_ = nullptr;   // of the object open_.back(), whose value follows
  size_t values_ = 0;
  std::string fault_;
};

}  // namespace

json parse_json(std::string_view text, const JsonLimits& limits, std::string* fault) {
  Builder builder(limits);
  if (json::sax_parse(text.begin(), text.end(), &builder)) return builder.take();
  if (fault != nullptr) *fault = builder.fault();
  return json(json::value_t::discarded);
}

}  // namespace mazescan

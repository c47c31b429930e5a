#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/config.h"

namespace mazescan::policy {

// Describes a numeric parameter of an entry that the configuration selects by name, such as an activation
// function.
struct OptionInfo {
  const char* name;
  double standard;   // default value
  double low, high;  // both ends are allowed
  const char* help;
};

// The values of such parameters. As a section of the configuration, it has the declared keys.
class Options {
 public:
  Options() = default;
  explicit Options(std::map<std::string, double> values) : values_(std::move(values)) {}

  // Declares `options` and fills in the default values of those that were not given. `owner` is the entry
  // that the options belong to, for messages. Throws UserError if a value was given for another name.
  void declare(const std::vector<OptionInfo>& options, const std::string& owner);

  bool empty() const { return values_.empty(); }
  double at(const std::string& name) const { return values_.at(name); }
  const std::map<std::string, double>& values() const { return values_; }

  template <class Visitor>
  void fields(Visitor& visit) {
    for (const OptionInfo& option : declared_)
      visit(option.name, values_.at(option.name), option.help, between(option.low, option.high));
  }

 private:
  std::map<std::string, double> values_;
  std::vector<OptionInfo> declared_;
};

}  // namespace mazescan::policy

#include "policy/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace mazescan::policy {

void Options::declare(const std::vector<OptionInfo>& options, const std::string& owner) {
  std::vector<std::string> names;
  for (const OptionInfo& option : options) {
    values_.emplace(option.name, option.standard);
    names.emplace_back(option.name);
  }
  for (const auto& [name, value] : values_) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = nearest(name, names);
    throw UserError(fmt::format("option '{}' of {}", name, owner), "there is no such option",
                    names.empty()  ? "give no options"
                    : near.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                                   : fmt::format("did you mean '{}'?", near));
  }
  declared_ = options;
}

}  // namespace mazescan::policy

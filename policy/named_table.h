#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "core/config.h"

// Tables whose entries have a member `name`, by which the configuration chooses one.
namespace mazescan::policy {

// Returns the names of the entries, in order.
template <class Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.name);
  return names;
}

// Returns the entry with this name. `what`: the kind of the entries for messages, such as "activation
// function".
// Throws UserError with the nearest name if there is none.
template <class Table>
const auto& find_named(const Table& table, const std::string& name, const std::string& what) {
  for (const auto& entry : table)
    if (entry.name == name) return entry;
  const std::vector<std::string> names = names_of(table);
  const std::string near = nearest(name, names);
  throw UserError(fmt::format("{} '{}'", what, name), fmt::format("there is no such {}", what),
                  near.empty() ? fmt::format("one of {}", fmt::join(names, ", "))
                               : fmt::format("did you mean '{}'?", near));
}

}  // namespace mazescan::policy

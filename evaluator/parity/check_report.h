#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace mazescan::parity {

// The result of comparing one group of a file.
struct GroupCheck {
  std::string group;  // "levels.h5: /maze/easy"
  std::string unit;   // what is counted: levels, records, frame checksums or frames
  int64_t equal = 0, total = 0;
  int largest_difference = -1;  // largest pixel difference, 0..255; -1: no pixels are compared
  std::string first;            // describes the first difference
};

struct CheckReport {
  std::vector<GroupCheck> groups;
  std::vector<std::string> remarks;  // groups that were not compared, with the reason; unknown attributes

  bool all_equal() const;
  // Return sums over the groups that count `unit`.
  int64_t equal(const std::string& unit) const;
  int64_t total(const std::string& unit) const;
  // Returns one line for each group, then the remarks and the sums.
  std::string text() const;
};

}  // namespace mazescan::parity

#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace mazescan::parity {

// Of one group of a file.
struct GroupCheck {
  std::string group;  // "levels.h5: /maze/easy"
  std::string unit;   // what is counted: levels, records, frame checksums or frames
  int64_t equal = 0, total = 0;
  int largest_difference = -1;  // of a pixel, 0..255; -1: not of pixels
  std::string first;            // the first difference, in words
};

struct CheckReport {
  std::vector<GroupCheck> groups;
  std::vector<std::string> remarks;  // what was not compared, and why; what is not known

  bool all_equal() const;
  // Sums over the groups that count `unit`.
  int64_t equal(const std::string& unit) const;
  int64_t total(const std::string& unit) const;
  // A line a group, the remarks, the sums.
  std::string text() const;
};

}  // namespace mazescan::parity

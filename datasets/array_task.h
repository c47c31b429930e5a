#pragma once
#include <numeric>
#include <optional>
#include <string>

namespace mazescan::datasets {

// A job's share of the units where several jobs work in one folder: every count-th.
struct ArrayTask {
  int index = 1, count = 1;  // the index-th of count
  bool is_whole() const { return count == 1; }
  bool holds(size_t unit) const { return static_cast<int>(unit % static_cast<size_t>(count)) == index - 1; }
  // Whether there are units in both: not in two of as many, but always in a whole job and a part.
  bool overlaps(const ArrayTask& other) const {
    return (index - other.index) % std::gcd(count, other.count) == 0;
  }
  std::string in_words() const;  // "", ", part 3 of 8"
  // "scan.lock", "scan-3of8.lock": in the job's folder.
  std::string lock_name(const std::string& job) const;
};
// "3/8". Throws UserError.
ArrayTask parse_array_task(const std::string& text);
// Of a lock's name; nothing if it is none of this job's.
std::optional<ArrayTask> task_of_lock(const std::string& job, const std::string& name);

}  // namespace mazescan::datasets

#pragma once
#include <numeric>
#include <optional>
#include <string>

namespace mazescan::datasets {

// The share of the units that one job processes when several jobs write to one folder: every count-th unit,
// beginning with the index-th.
struct ArrayTask {
  int index = 1, count = 1;  // index: from 1 to count
  bool is_whole() const { return count == 1; }
  bool holds(size_t unit) const { return static_cast<int>(unit % static_cast<size_t>(count)) == index - 1; }
  // Returns whether some unit can belong to both. Different parts with the same count never overlap; the
  // whole job overlaps every part.
  bool overlaps(const ArrayTask& other) const {
    return (index - other.index) % std::gcd(count, other.count) == 0;
  }
  std::string in_words() const;  // ", part 3 of 8"; "" for the whole job
  // Returns the name of the lock file in the job's folder: "scan.lock", "scan-3of8.lock".
  std::string lock_name(const std::string& job) const;
};
// Parses "3/8". Throws UserError if the text is not of this form.
ArrayTask parse_array_task(const std::string& text);
// Returns the part that a lock file's name denotes; nullopt if it is not a lock of this job.
std::optional<ArrayTask> task_of_lock(const std::string& job, const std::string& name);

}  // namespace mazescan::datasets

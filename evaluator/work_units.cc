#include "evaluator/work_units.h"

#include <algorithm>
#include <cstdio>

namespace mazescan {

std::string WorkUnit::file_name() const {
  std::string plain = subject;
  for (char& c : plain)
    if (c == ':' || c == ',') c = '_';
  return fmt::format("size{:02}-{}-{:03}.h5", size, plain, block);
}

std::vector<WorkUnit> work_units(const LevelGrid& grid) {
  std::vector<WorkUnit> units;
  // The largest mazes first: a long unit at the end would be waited for.
  std::vector<int> sizes = grid.sizes;
  std::sort(sizes.rbegin(), sizes.rend());
  for (const int size : sizes)
    for (const std::string& placement : grid.placements)
      for (int block = 0; block * grid.block < grid.levels; ++block)
        units.push_back({size, placement, block});
  return units;
}

std::string JobPart::lock_name(const std::string& job) const {
  return is_whole() ? job + ".lock" : fmt::format("{}-{}of{}.lock", job, index, count);
}

std::string JobPart::in_words() const {
  return is_whole() ? "" : fmt::format(", part {} of {}", index, count);
}

std::optional<JobPart> part_of_lock(const std::string& job, const std::string& name) {
  JobPart part;
  if (name.rfind(job + "-", 0) == 0)
    std::sscanf(name.c_str() + job.size(), "-%9dof%9d", &part.index, &part.count);
  return part.index >= 1 && part.index <= part.count && part.lock_name(job) == name ? std::optional(part)
                                                                                    : std::nullopt;
}

JobPart parse_part(const std::string& text) {
  JobPart part;
  char rest = 0;
  const int read = std::sscanf(text.c_str(), "%9d/%9d%c", &part.index, &part.count, &rest);
  require(read == 2 && part.index >= 1 && part.index <= part.count, fmt::format("--part is '{}'", text),
          "it names one of several parts of a job, counted from 1", "3/8 for the third of eight");
  return part;
}

}  // namespace mazescan

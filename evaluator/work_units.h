#pragma once
#include <string>
#include <vector>

#include "evaluator/config.h"

namespace mazescan {

// One work unit: a size, a placement and a block of level seeds.
struct WorkUnit {
  int size = 0;
  std::string placement;
  int block = 0;
  std::string file_name() const;  // "size09-top_right-000.h5"
};
// All units of a job, the largest mazes first.
std::vector<WorkUnit> work_units(const LevelGrid& grid);

// A job's share of the units where several jobs work in one folder: every count-th.
struct JobPart {
  int index = 1, count = 1;  // the index-th of count
  bool is_whole() const { return count == 1; }
  bool holds(size_t unit) const { return static_cast<int>(unit % static_cast<size_t>(count)) == index - 1; }
  // "scan.lock", "scan-3of8.lock": in the job's folder.
  std::string lock_name(const std::string& job) const;
};
// "3/8". Throws UserError.
JobPart parse_part(const std::string& text);

}  // namespace mazescan

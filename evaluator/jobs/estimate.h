#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/array_task.h"

namespace mazescan::jobs {

// The estimated cost of a job that has not run.
struct Estimate {
  std::vector<std::string> lines;  // cost of each size, printed first
  size_t units = 0;                // units of the task
  datasets::ArrayTask task;
  std::vector<std::string> counts;     // "at most 300 samples"
  double bytes = 0;                    // bytes on disk, before compression; 0: unknown
  std::filesystem::path folder;        // output folder
  double seconds = 0;                  // time on one rank, from a trial on this machine; 0: no trial
  std::filesystem::path missing;       // a file or folder that must exist first; empty: none
  const char* missing_is = "trained";  // what must be done to create `missing`

  std::string print() const;
};

// Returns the overhead in bytes of an HDF5 file with this number of datasets (measured).
double hdf5_overhead(size_t datasets);

}  // namespace mazescan::jobs

#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/array_task.h"

namespace mazescan::jobs {

// What a job will cost, without running it.
struct Estimate {
  std::vector<std::string> lines;  // printed before the others: what each size costs
  size_t units = 0;                // of the task
  datasets::ArrayTask task;
  std::vector<std::string> counts;     // "at most 300 samples"
  double bytes = 0;                    // on disk, before compression; 0: not known
  std::filesystem::path folder;        // where they will be
  double seconds = 0;                  // of one rank, by a trial on this machine; 0: not tried
  std::filesystem::path missing;       // a file or folder that must be made first; empty: nothing
  const char* missing_is = "trained";  // what is still to be done to it

  std::string print() const;
};

// Returns the bytes that HDF5 adds to a file with so many datasets; measured.
double hdf5_overhead(size_t datasets);

}  // namespace mazescan::jobs

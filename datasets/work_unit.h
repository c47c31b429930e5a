#pragma once
#include <string>

namespace mazescan::datasets {

// One work unit: a size, a subject and a chunk of levels.
struct WorkUnit {
  int size = 0;
  std::string subject;  // a placement of the cheese, or whatever the job iterates over
  int chunk = 0;
  std::string file_name() const;  // "size09-top_right-000.h5"
};

}  // namespace mazescan::datasets

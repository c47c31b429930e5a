#pragma once
#include <filesystem>

#include "datasets/array_task.h"
#include "datasets/dataset_kind.h"
#include "storage/lock.h"

namespace mazescan::jobs {

// Keeps other jobs away from the units of a part in a dataset's `folder`, until it is destroyed or its
// process ends. Jobs whose parts hold none of these units work beside it.
class PartLock {
 public:
  // Waits up to `lock_timeout_s` seconds for each job that has some of the units. Throws UserError that names one.
  PartLock(const std::filesystem::path& folder, const datasets::DatasetKind& kind,
           const datasets::ArrayTask& part, double lock_timeout_s = 0);

 private:
  storage::JobLock own_;
};

}  // namespace mazescan::jobs

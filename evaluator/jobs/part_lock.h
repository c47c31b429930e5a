#pragma once
#include <filesystem>

#include "datasets/array_task.h"
#include "datasets/dataset_kind.h"
#include "storage/lock.h"

namespace mazescan {

// Keeps other jobs away from the units of a part in a dataset's `folder`, until it is destroyed or its
// process ends. Jobs whose parts hold none of these units work beside it.
class PartLock {
 public:
  // Waits up to `lock_timeout_s` seconds for each job that has some of the units. Throws UserError that names one.
  PartLock(const std::filesystem::path& folder, const DatasetKind& kind, const ArrayTask& part,
           double lock_timeout_s = 0);

 private:
  JobLock own_;
};

}  // namespace mazescan

#pragma once
#include <filesystem>

#include "datasets/array_task.h"
#include "datasets/dataset_kind.h"
#include "storage/lock.h"

namespace mazescan::jobs {

// Exclusive lock on the units of a part in a dataset's `folder`, released on destruction or when the process
// exits. Jobs whose parts share no units with it can run at the same time.
class PartLock {
 public:
  // Waits up to `lock_timeout_s` seconds for each job that holds some of the units. Throws UserError naming a
  // job that still holds them.
  PartLock(const std::filesystem::path& folder, const datasets::DatasetKind& kind,
           const datasets::ArrayTask& part, double lock_timeout_s = 0);

  // Throws UserError if the lock's file was deleted or replaced.
  void require_held() const { own_.require_held(); }

 private:
  storage::JobLock own_;
};

}  // namespace mazescan::jobs

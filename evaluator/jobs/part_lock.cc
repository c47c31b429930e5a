#include "evaluator/jobs/part_lock.h"

#include <fmt/format.h>

namespace fs = std::filesystem;

namespace mazescan::jobs {

namespace {

std::string in_words(const fs::path& folder, const datasets::DatasetKind& kind,
                     const datasets::ArrayTask& part) {
  return fmt::format("the {} {}{}", kind.noun, folder.string(), part.in_words());
}

}  // namespace

// Take the own lock first, then check the others: if two jobs begin at the same time, at least one sees the
// other. Both may see each other and give up, but never do both continue.
PartLock::PartLock(const fs::path& folder, const datasets::DatasetKind& kind, const datasets::ArrayTask& part,
                   double lock_timeout_s)
    : own_(folder / part.lock_name(kind.name), in_words(folder, kind, part), lock_timeout_s) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto other = datasets::task_of_lock(kind.name, entry.path().filename().string());
    if (!other || !other->overlaps(part) || other->lock_name(kind.name) == part.lock_name(kind.name))
      continue;
    storage::wait_until_free(entry.path(), in_words(folder, kind, *other) + " (with units of this job)",
                             lock_timeout_s);
  }
}

}  // namespace mazescan::jobs

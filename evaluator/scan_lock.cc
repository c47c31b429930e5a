#include "evaluator/scan_lock.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

std::string in_words(const fs::path& folder, const ScanPart& part) {
  return fmt::format("the scan {}{}", folder.string(), part.in_words());
}

}  // namespace

// First the lock, then the look at the others: of two jobs that begin at the same moment at least one sees
// the other. Both may, and both give up; never do both go on.
ScanLock::ScanLock(const fs::path& folder, const ScanPart& part, double patience)
    : own_(folder / part.lock_name(), in_words(folder, part), patience) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto other = part_of_lock(entry.path().filename().string());
    if (!other || !other->overlaps(part) || other->lock_name() == part.lock_name()) continue;
    wait_until_free(entry.path(), in_words(folder, *other) + " (with units of this job)", patience);
  }
}

}  // namespace mazescan

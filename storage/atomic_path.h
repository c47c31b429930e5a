#pragma once
#include <filesystem>

namespace mazescan::storage {

// A temporary name for a file or folder that shall appear under the name `target` complete or not at all. It lies in
// the folder `.NAME.tmp-N` beside the target, together with a lock file whose lock this object holds. So whether
// somebody is still at work there depends on nothing but the lock: not on host names, process numbers or clocks.
class AtomicPath {
 public:
  // Makes the folder, or takes over one that a killed writer of the same target has left.
  // Throws UserError that names `target`, for example if its folder is missing.
  explicit AtomicPath(std::filesystem::path target);
  // Removes everything that was made, unless it was committed.
  ~AtomicPath();
  AtomicPath(const AtomicPath&) = delete;
  AtomicPath& operator=(const AtomicPath&) = delete;

  // Where the file or folder is to be made. Nothing is there yet.
  const std::filesystem::path& temporary() const { return temporary_; }
  // Fsyncs the file, or the folder and its files; renames it to the target; fsyncs the parent folder. A file
  // replaces a file; a folder replaces an empty folder only.
  void commit();

 private:
  std::filesystem::path target_, folder_, temporary_;
  int lock_ = -1;
};

// Removes what killed writers left in `folder`. Ignores what cannot be removed, and everything on a file system
// without locks, where nobody knows whether a writer is alive.
void remove_stale_temporaries(const std::filesystem::path& folder) noexcept;

}  // namespace mazescan::storage

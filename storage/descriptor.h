#pragma once
#include <filesystem>

namespace mazescan::storage {

// A file descriptor that is closed on destruction. Only close_checked reports errors of closing.
class Descriptor {
 public:
  // Opens `path`. Errors read "cannot ACTION PATH"; they name `path`, or `named`: the path that the file is renamed
  // to later.
  Descriptor(const std::filesystem::path& path, int flags, const char* action);
  Descriptor(const std::filesystem::path& path, const std::filesystem::path& named, int flags,
             const char* action);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return descriptor_; }
  // Waits until the file is on disk. Some file systems cannot sync folders, which is ignored.
  void sync();
  void close_checked();

 private:
  std::filesystem::path named_;
  int descriptor_ = -1;
};

}  // namespace mazescan::storage

#pragma once
#include <hdf5.h>

#include "storage/atomic_path.h"

namespace mazescan::hdf5::detail {

// A new file that grows on disk under a temporary name until it is complete.
struct DiskFile {
  explicit DiskFile(const std::filesystem::path& path) : target(path) {}
  storage::AtomicPath target;
  int error = 0;  // errno of the first write that failed
};

// Selects our file driver in the access properties of a new file. libhdf5 does not survive a failed write: it
// keeps the file open and fails at exit. So this driver stores the error in `file`, which must outlive HDF5's
// file, writes nothing more, and reports success to libhdf5.
void write_to_disk(hid_t access, DiskFile& file);

}  // namespace mazescan::hdf5::detail

#pragma once
#include <hdf5.h>

#include "storage/atomic_file.h"

namespace mazescan::hdf5_detail {

// A new file that grows on disk, under a temporary name until it is whole.
struct DiskFile {
  explicit DiskFile(const std::filesystem::path& path) : target(path) {}
  AtomicPath target;
  int error = 0;  // errno of the first write that failed
};

// Lets files that are made with these access properties be written by a driver of ours. libhdf5 does not
// survive a write that fails (it keeps the file open and stumbles over it at exit): this driver keeps the
// error in `file`, which must outlive HDF5's file, writes nothing more and tells libhdf5 that all went well.
void write_to_disk(hid_t access, DiskFile& file);

}  // namespace mazescan::hdf5_detail

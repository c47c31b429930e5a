#include "storage/hdf5/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "storage/hdf5/detail.h"

namespace mazescan::hdf5::detail {
namespace {

constexpr size_t kAhead = 8 << 20;
[[maybe_unused]] constexpr int kDriverNumber = 256;  // the first of those that HDF5 assigns to nobody

// The data of an open file. libhdf5 passes pointers to the first member.
struct OpenFile {
  H5FD_t base;  // filled by libhdf5
  DiskFile* disk;
  int descriptor;
  haddr_t allocated, written;  // ends, in bytes
  size_t unsynced;             // bytes since writeback was last started
};
static_assert(std::is_standard_layout_v<OpenFile>);

// The data of this driver in access properties.
struct Access {
  DiskFile* disk;
};

OpenFile& of(H5FD_t* file) {
  return *reinterpret_cast<OpenFile*>(file);
}
const OpenFile& of(const H5FD_t* file) {
  return *reinterpret_cast<const OpenFile*>(file);
}

H5FD_t* open_file(const char* name, unsigned flags, hid_t access, haddr_t) {
  if ((flags & H5F_ACC_CREAT) == 0) return nullptr;  // libhdf5 first tests whether the file exists
  const auto* const held = static_cast<const Access*>(H5Pget_driver_info(access));
  if (held == nullptr) return nullptr;
  DiskFile* const disk = held->disk;
  const int descriptor = ::open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    disk->error = errno;
    return nullptr;
  }
  auto* file = new OpenFile{};
  file->disk = disk;
  file->descriptor = descriptor;
  return &file->base;
}

herr_t close_file(H5FD_t* base) {
  OpenFile& file = of(base);
  if (::close(file.descriptor) != 0 && errno != EINTR && file.disk->error == 0) file.disk->error = errno;
  delete &file;
  return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
  return of(a).descriptor - of(b).descriptor;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t allocated_end(const H5FD_t* file, H5FD_mem_t) {
  return of(file).allocated;
}
herr_t set_allocated_end(H5FD_t* file, H5FD_mem_t, haddr_t end) {
  of(file).allocated = end;
  return 0;
}
haddr_t written_end(const H5FD_t* file, H5FD_mem_t) {
  return of(file).written;
}

herr_t read_bytes(H5FD_t* base, H5FD_mem_t, hid_t, haddr_t at, size_t bytes, void* out) {
  const OpenFile& file = of(base);
  auto* to = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t got = ::pread(file.descriptor, to, bytes, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;  // zeros follow after the end of the file
    to += got;
    at += static_cast<haddr_t>(got);
    bytes -= static_cast<size_t>(got);
  }
  std::memset(to, 0, bytes);
  return 0;
}

herr_t write_bytes(H5FD_t* base, H5FD_mem_t, hid_t, haddr_t at, size_t bytes, const void* values) {
  OpenFile& file = of(base);
  file.written = std::max(file.written, at + bytes);
  const auto* from = static_cast<const char*>(values);
  while (bytes > 0 && file.disk->error == 0) {
    const ssize_t written = ::pwrite(file.descriptor, from, bytes, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      file.disk->error = errno;
      break;
    }
    from += written;
    file.unsynced += static_cast<size_t>(written);
    at += static_cast<haddr_t>(written);
    bytes -= static_cast<size_t>(written);
  }
  // Starts writeback without waiting for it, so that the fsync at the end is short.
  if (file.unsynced > kAhead) {
    ::sync_file_range(file.descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
    file.unsynced = 0;
  }
  return 0;
}

// Sets the file to its allocated length: libhdf5 allocates more than it writes, and readers compare the two.
herr_t fit_length(H5FD_t* base, hid_t, hbool_t) {
  OpenFile& file = of(base);
  if (file.disk->error == 0 && ::ftruncate(file.descriptor, static_cast<off_t>(file.allocated)) != 0)
    file.disk->error = errno;
  file.written = file.allocated;
  return 0;
}

hid_t driver() {
  static const hid_t id = [] {
    static H5FD_class_t driver = {};
#ifdef H5FD_CLASS_VERSION  // since HDF5 1.14
    driver.version = H5FD_CLASS_VERSION;
    driver.value = kDriverNumber;
#endif
    driver.name = "mazescan-disk";
    driver.maxaddr = HADDR_MAX / 2;
    driver.fc_degree = H5F_CLOSE_STRONG;
    driver.fapl_size = sizeof(Access);
    driver.open = open_file;
    driver.close = close_file;
    driver.cmp = compare;
    driver.query = query;
    driver.get_eoa = allocated_end;
    driver.set_eoa = set_allocated_end;
    driver.get_eof = written_end;
    driver.read = read_bytes;
    driver.write = write_bytes;
    driver.truncate = fit_length;
    std::fill(std::begin(driver.fl_map), std::end(driver.fl_map), H5FD_MEM_DEFAULT);
    return checked(H5FDregister(&driver));
  }();
  return id;
}

}  // namespace

void write_to_disk(hid_t access, DiskFile& file) {
  const Access held{&file};
  checked(H5Pset_driver(access, driver(), &held));
}

}  // namespace mazescan::hdf5::detail

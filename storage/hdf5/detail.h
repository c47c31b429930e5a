#pragma once
#include <hdf5.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/hdf5/hdf5.h"

// Declarations that the parts of H5File share. Private to this folder.
namespace mazescan::hdf5::detail {

// Ends the name of a dimension scale whose own name something else has.
inline constexpr const char* kIndex = "_index";

// Returns HDF5's reason for the last failure: the innermost message of its error stack, until the next call.
std::string reason();

// Keeps other threads out of libhdf5 while it exists. Few builds of libhdf5 are thread-safe, the parallel ones
// never. Each function of H5File and H5Rows begins with one; a thread may hold several.
class LibraryLock {
 public:
  LibraryLock();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

// Throws: UserError with HDF5's reason and version.
[[noreturn]] void refuse_library();

// Returns the result of a call that can fail only if memory is short, or if this version of libhdf5 differs from
// what we know.
template <class Result>
Result checked(Result result) {
  if (result < 0) refuse_library();
  return result;
}

// An object of a file ("" for the file itself), for messages. The functions throw UserError.
struct Place {
  const std::filesystem::path& file;
  std::string object;

  [[noreturn]] void unreadable() const;                                                // with HDF5's reason
  [[noreturn]] void unwritable() const;                                                // with HDF5's reason
  [[noreturn]] void refuse(const std::string& reason, const std::string& hint) const;  // to read it
};

// An HDF5 identifier that is closed on destruction. Closing what was written may fail, because filters run then: see
// close_written.
class Handle {
 public:
  Handle(hid_t id, herr_t (*closer)(hid_t)) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }
  bool ok() const { return id_ >= 0; }
  hid_t release() { return std::exchange(id_, -1); }
  void reset(hid_t id) { id_ = id; }            // only of an empty handle
  herr_t close() { return close_(release()); }  // where its result matters

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

// Closes an object of `place` that was written. Throws UserError if that fails.
inline void close_written(Handle& object, const Place& place) {
  if (object.close() < 0) place.unwritable();
}

// Returns the HDF5 type of elements in files, which is also their type in memory.
Handle file_type(H5Type type);

// Open an object by its path, through hard links only.
// Throw: UserError if it cannot be opened, or if it is a virtual dataset of a file that was opened for
// reading.
Handle open_dataset(hid_t file, const Place& place);
Handle open_object(hid_t file, const Place& place);
std::vector<int64_t> shape_of(hid_t dataset, const Place& place);
H5Type type_of(hid_t dataset, const Place& place);
// Refuses a virtual dataset without opening it; accepts groups and new files.
void refuse_virtual(hid_t file, const Place& place);
// Opens a virtual dataset of a trusted file.
Handle open_virtual(hid_t file, const Place& place);
// Refuses storage that refers to other files or needs a filter plugin, and chunks of more than `limit_bytes`.
void check_storage(hid_t dataset, const Place& place, int64_t element_bytes, int64_t limit_bytes);
// Reads the rows from `first` on of a dataset that passed check_storage.
void read_rows(hid_t dataset, const Place& place, int64_t first, int64_t rows, void* values);
// Reads the rows from `first` on of a chunked dataset that passed check_storage.
void read_chunks(hid_t dataset, const Place& place, int64_t first, int64_t rows, void* values);
// Refuses shapes of more than `limit_bytes`, or of more than the file can hold: a small file must not cost
// much memory or time. Not for empty datasets.
void check_claim(hid_t file, hid_t dataset, const Place& place, int64_t limit_bytes);

}  // namespace mazescan::hdf5::detail

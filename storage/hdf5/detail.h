#pragma once
#include <hdf5.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "storage/hdf5/hdf5.h"

// What the parts of H5File share; nobody else's business.
namespace mazescan::hdf5_detail {

// HDF5's own reason for the last failure: the innermost message of its error stack. Ask before the next call.
std::string reason();

// One object of one file ("" for the file itself), for messages. The functions throw UserError.
struct Place {
  const std::filesystem::path& file;
  std::string object;

  [[noreturn]] void unreadable() const;  // for HDF5's reason
  [[noreturn]] void unwritable() const;
  [[noreturn]] void refuse(const std::string& why, const std::string& right) const;  // to read it
};

// An HDF5 identifier that is closed at the end of its scope.
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
  void reset(hid_t id) { id_ = id; }            // where there was none
  herr_t close() { return close_(release()); }  // once, where its result matters

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

Handle file_type(H5Type type);  // as stored, and as it lies in memory

// By path, through hard links only; throw UserError if they cannot be opened, or are virtual datasets of a
// file that was opened for reading.
Handle open_dataset(hid_t file, const Place& place);
Handle open_object(hid_t file, const Place& place);
std::vector<int64_t> shape_of(hid_t dataset, const Place& place);
H5Type type_of(hid_t dataset, const Place& place);
// Refuses a virtual dataset without opening it; groups and new files pass.
void refuse_virtual(hid_t file, const Place& place);
// A virtual dataset that is trusted to be sound.
Handle open_virtual(hid_t file, const Place& place);
// Refuses storage that could lead elsewhere or load code, and chunks of more than `limit_bytes`.
void check_storage(hid_t dataset, const Place& place, int64_t element_bytes, int64_t limit_bytes);
// The rows from `first` on of a dataset that passed check_storage, as they lie in memory.
void read_rows(hid_t dataset, const Place& place, int64_t first, int64_t rows, void* values);
// The same of a chunked one.
void read_chunks(hid_t dataset, const Place& place, int64_t first, int64_t rows, void* values);
// Refuses shapes that claim more than `limit_bytes`, or more than the file can hold: what a small file merely
// claims must not cost memory or time. Not for empty datasets.
void check_claim(hid_t file, hid_t dataset, const Place& place, int64_t limit_bytes);

}  // namespace mazescan::hdf5_detail

#pragma once
#include <hdf5.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "storage/hdf5.h"

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
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }
  bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

Handle file_type(H5Type type);  // as stored, and as it lies in memory

// By path, through hard links only; throw UserError if they cannot be opened.
Handle open_dataset(hid_t file, const Place& place);
Handle open_object(hid_t file, const Place& place);
std::vector<int64_t> shape_of(hid_t dataset, const Place& place);
H5Type type_of(hid_t dataset, const Place& place);

}  // namespace mazescan::hdf5_detail

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "storage/atomic_file.h"
#include "storage/hdf5/detail.h"
#include "storage/hdf5/fletcher32.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::hdf5 {

using namespace detail;

namespace {

// Selects rows from `first` on: in the space of the dataset, and a space for them in memory.
struct Selection {
  Selection(hid_t dataset, const std::vector<int64_t>& shape, int64_t first, int64_t rows)
      : file(checked(H5Dget_space(dataset)), H5Sclose), memory(H5I_INVALID_HID, H5Sclose) {
    expect(first >= 0 && rows > 0 && rows <= shape[0] - first, "rows of the dataset");
    std::vector<hsize_t> begin(shape.size(), 0), count(shape.begin(), shape.end());
    begin[0] = static_cast<hsize_t>(first);
    count[0] = static_cast<hsize_t>(rows);
    checked(H5Sselect_hyperslab(file, H5S_SELECT_SET, begin.data(), nullptr, count.data(), nullptr));
    memory.reset(checked(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr)));
  }
  Handle file, memory;
};

}  // namespace

void detail::read_rows(hid_t dataset, const Place& place, int64_t first, int64_t rows, void* values) {
  const Handle properties(checked(H5Dget_create_plist(dataset)), H5Pclose);
  if (H5Pget_layout(properties) == H5D_CHUNKED) return read_chunks(dataset, place, first, rows, values);
  const Selection some(dataset, shape_of(dataset, place), first, rows);
  if (H5Dread(dataset, file_type(type_of(dataset, place)), some.memory, some.file, H5P_DEFAULT, values) < 0)
    place.unreadable();
}

H5Rows::H5Rows(std::filesystem::path path, std::string name, int64_t id, const int* disk_error)
    : path_(std::move(path)), name_(std::move(name)), id_(id), disk_error_(disk_error) {
  const Place place{path_, name_};
  type_ = type_of(id_, place);
  shape_ = shape_of(id_, place);
}

H5Rows::H5Rows(H5Rows&& other) noexcept
    : path_(std::move(other.path_)),
      name_(std::move(other.name_)),
      id_(std::exchange(other.id_, -1)),
      disk_error_(other.disk_error_),
      close_failed_(std::move(other.close_failed_)),
      type_(other.type_),
      shape_(std::move(other.shape_)),
      chunk_(std::move(other.chunk_)) {}

H5Rows::~H5Rows() {
  const LibraryLock lock;
  if (id_ >= 0 && H5Dclose(id_) < 0 && close_failed_) *close_failed_ = true;
}

int64_t H5Rows::row_bytes() const {
  return std::accumulate(shape_.begin() + 1, shape_.end(), static_cast<int64_t>(h5_type_size(type_)),
                         std::multiplies<>());
}

void H5Rows::append(int64_t rows, const void* values) {
  const LibraryLock lock;
  expect(rows >= 0 && rows <= shape_[0] - chunk_.first - chunk_.held, "rows of the dataset");
  if (chunk_.bytes.empty()) return;
  const auto* from = static_cast<const char*>(values);
  while (rows > 0) {
    const int64_t due = std::min(chunk_.rows, shape_[0] - chunk_.first);
    const int64_t some = std::min(rows, due - chunk_.held);
    std::copy_n(from, some * row_bytes(), chunk_.bytes.data() + chunk_.held * row_bytes());
    from += some * row_bytes();
    rows -= some;
    chunk_.held += some;
    if (chunk_.held == due) write_chunk();
  }
}

void H5Rows::write_chunk() {
  char* const bytes = chunk_.bytes.data();
  herr_t result;
  if (chunk_.compression == H5Compression::kNone) {
    // Stores what libhdf5 would store, but computes the checksum here. A chunk is always complete: zeros
    // follow after the last row.
    const size_t size = chunk_.bytes.size() - sizeof(uint32_t);
    std::fill(bytes + chunk_.held * row_bytes(), bytes + size, 0);
    const uint32_t checksum = fletcher32(bytes, size);
    std::memcpy(bytes + size, &checksum, sizeof checksum);
    std::vector<hsize_t> begin(shape_.size(), 0);
    begin[0] = static_cast<hsize_t>(chunk_.first);
    result = H5Dwrite_chunk(id_, H5P_DEFAULT, 0, begin.data(), chunk_.bytes.size(), bytes);
  } else {
    const Selection some(id_, shape_, chunk_.first, chunk_.held);
    result = H5Dwrite(id_, file_type(type_), some.memory, some.file, H5P_DEFAULT, bytes);
  }
  if (disk_error_ != nullptr && *disk_error_ != 0) storage::throw_file_error("write", path_, *disk_error_);
  if (result < 0) Place{path_, name_}.unwritable();
  chunk_.first += std::exchange(chunk_.held, 0);
}

void H5Rows::read(int64_t first, int64_t rows, void* values) const {
  const LibraryLock lock;
  if (rows == 0) return;
  read_rows(id_, {path_, name_}, first, rows, values);
}

H5Rows H5File::open_rows(const std::string& name, int64_t limit_bytes) const {
  const LibraryLock lock;
  const Place place{path_, name};
  Handle dataset = open_dataset(id_, place);
  H5Rows rows(path_, name, dataset.release(), nullptr);
  check_storage(rows.id_, place, static_cast<int64_t>(h5_type_size(rows.type_)), limit_bytes);
  int64_t left = limit_bytes / static_cast<int64_t>(h5_type_size(rows.type_));
  for (size_t i = 1; i < rows.shape_.size(); ++i) {
    const int64_t length = rows.shape_[i];
    if (length > left)
      place.refuse(fmt::format("a row of {} elements is too large", fmt::join(rows.shape_, " x ")),
                   "an undamaged file");
    if (length > 0) left /= length;
  }
  if (std::find(rows.shape_.begin(), rows.shape_.end(), 0) == rows.shape_.end())
    check_claim(id_, rows.id_, place, INT64_MAX);
  return rows;
}

}  // namespace mazescan::hdf5

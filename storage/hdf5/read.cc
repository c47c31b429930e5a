#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <cstring>

#include "storage/hdf5/detail.h"
#include "storage/hdf5/hdf5.h"
#include "storage/hdf5/seg_filter.h"

namespace mazescan::hdf5 {

using namespace detail;

namespace {

constexpr int64_t kMinChunkLimit = 1 << 20;  // chunks of so many bytes are always allowed
constexpr int64_t kMaxInflation = 1040;      // the largest ratio of deflate is 1032 : 1

}  // namespace

namespace detail {

void check_storage(hid_t dataset, const Place& place, int64_t element_bytes, int64_t limit_bytes) {
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties.ok()) place.unreadable();
  const H5D_layout_t layout = H5Pget_layout(properties);
  if (layout != H5D_CHUNKED && layout != H5D_CONTIGUOUS && layout != H5D_COMPACT)
    place.refuse("it is a virtual dataset", "a dataset that contains its values");
  if (H5Pget_external_count(properties) != 0)
    place.refuse("its values are in other files", "a dataset that contains its values");
  const int filters = H5Pget_nfilters(properties);
  if (filters < 0) place.unreadable();
  for (int i = 0; i < filters; ++i) {
    unsigned flags, configuration;
    size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &values, nullptr,
                                               0, nullptr, &configuration);
    if (filter < 0) place.unreadable();
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32 &&
        filter != kSegFilter)
      place.refuse(fmt::format("it needs HDF5 filter {}", filter),
                   fmt::format("deflate, shuffle, fletcher32 and {} (SEG) only", kSegFilter));
  }
  if (layout == H5D_CHUNKED) {
    hsize_t chunk[H5S_MAX_RANK];
    const int rank = H5Pget_chunk(properties, H5S_MAX_RANK, chunk);
    if (rank < 0) place.unreadable();
    auto left = static_cast<hsize_t>(std::max<int64_t>(limit_bytes, kMinChunkLimit) / element_bytes);
    for (int i = 0; i < rank; ++i) {
      if (chunk[i] == 0 || chunk[i] > left) place.refuse("its chunks are too large", "an undamaged file");
      left /= chunk[i];
    }
  }
}

void check_claim(hid_t file, hid_t dataset, const Place& place, int64_t limit_bytes) {
  const std::vector<int64_t> shape = shape_of(dataset, place);
  const auto element_bytes = static_cast<int64_t>(h5_type_size(type_of(dataset, place)));
  hsize_t file_bytes = 0;
  if (H5Fget_filesize(file, &file_bytes) < 0) place.unreadable();
  const auto stored_bytes = static_cast<int64_t>(std::min(H5Dget_storage_size(dataset), file_bytes));
  int64_t left = std::min(limit_bytes, stored_bytes * kMaxInflation) / element_bytes;
  for (const int64_t length : shape) {
    if (length > left)
      place.refuse(
          fmt::format("its {} elements of {} bytes are more than the file can hold, or than may be read",
                      fmt::join(shape, " x "), element_bytes),
          "a complete, undamaged file");
    left /= length;
  }
}

}  // namespace detail

std::vector<int64_t> H5File::check_read(const std::string& name, H5Type type, int64_t limit_bytes) const {
  const LibraryLock lock;
  const Place place{path_, name};
  const Handle dataset = open_dataset(id_, place);
  const H5Type stored = type_of(dataset, place);
  if (stored != type)
    place.refuse(fmt::format("its elements are {}", h5_type_name(stored)),
                 fmt::format("{}", h5_type_name(type)));
  const std::vector<int64_t> shape = shape_of(dataset, place);
  const auto element_bytes = static_cast<int64_t>(h5_type_size(type));
  check_storage(dataset, place, element_bytes, limit_bytes);
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return shape;
  check_claim(id_, dataset, place, limit_bytes);
  return shape;
}

void H5File::read_raw(const std::string& name, void* values) const {
  const LibraryLock lock;
  const Place place{path_, name};
  const Handle dataset = open_dataset(id_, place);
  read_rows(dataset, place, 0, shape_of(dataset, place)[0], values);
}

H5Type H5File::type(const std::string& name) const {
  const LibraryLock lock;
  const Place place{path_, name};
  return type_of(open_dataset(id_, place), place);
}

std::vector<int64_t> H5File::shape(const std::string& name) const {
  const LibraryLock lock;
  const Place place{path_, name};
  return shape_of(open_dataset(id_, place), place);
}

std::vector<std::string> H5File::axes(const std::string& name) const {
  const LibraryLock lock;
  const Place place{path_, name};
  const Handle dataset = open_dataset(id_, place);
  std::vector<std::string> names;
  for (size_t i = 0; i < shape_of(dataset, place).size(); ++i) {
    char label[256] = {};
    if (H5DSget_label(dataset, static_cast<unsigned>(i), label, sizeof label) < 0) place.unreadable();
    label[sizeof label - 1] = '\0';
    names.emplace_back(label);
  }
  return names;
}

bool H5File::has(const std::string& name) const {
  const LibraryLock lock;
  for (size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    if (H5Lexists(id_, name.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

bool H5File::is_group(const std::string& name) const {
  const LibraryLock lock;
  return H5Iget_type(open_object(id_, {path_, name})) == H5I_GROUP;
}

std::vector<std::string> H5File::list(const std::string& group) const {
  const LibraryLock lock;
  const Place place{path_, group};
  const Handle object = open_object(id_, place);
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  if (H5Literate(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names) < 0) place.unreadable();
  std::sort(names.begin(), names.end());
  return names;
}

namespace {

// Returns the name of the axis whose dimension scale has this name: "x" for "x", "x_25" and "x_index".
std::string axis_of_scale(const std::string& scale) {
  const size_t index = scale.rfind(kIndex);
  if (index != std::string::npos && index > 0 && index + std::strlen(kIndex) == scale.size())
    return scale.substr(0, index);
  const size_t last = scale.find_last_not_of("0123456789");
  const bool numbered =
      last != std::string::npos && last > 0 && last + 1 < scale.size() && scale[last] == '_';
  return numbered ? scale.substr(0, last) : scale;
}

}  // namespace

std::vector<std::string> H5File::groups() const {
  const LibraryLock lock;
  std::vector<std::string> found = {""};
  for (size_t g = 0; g < found.size(); ++g) {
    const std::string group = found[g];
    for (const std::string& name : list(group.empty() ? "/" : group))
      if (is_group(group + "/" + name)) found.push_back(group + "/" + name);
  }
  return found;
}

std::string H5File::unexpected(const std::set<std::string>& datasets,
                               const std::set<std::string>& axes) const {
  const LibraryLock lock;
  std::vector<std::string> pending = {""};  // groups; "" is the root
  for (size_t g = 0; g < pending.size(); ++g) {
    const std::string group = pending[g];
    for (const std::string& name : list(group.empty() ? "/" : group)) {
      const std::string path = group + "/" + name;
      H5L_info_t link;
      if (H5Lget_info(id_, path.c_str(), &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD) return path;
      const auto below = datasets.lower_bound(path + "/");
      const bool holds = below != datasets.end() && below->rfind(path + "/", 0) == 0;
      const bool known = datasets.count(path) != 0 || (group.empty() && axes.count(axis_of_scale(name)) != 0);
      if (is_group(path) ? !holds : !known) return path;
      if (holds) pending.push_back(path);
    }
  }
  return "";
}

}  // namespace mazescan::hdf5

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <utility>

#include "core/error.h"
#include "storage/hdf5/detail.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::hdf5 {

using namespace detail;

namespace {

// The value that readers get where a part is missing. HDF5's default is 0, which looks like data.
template <class T>
constexpr T kMissing = std::numeric_limits<T>::is_signed ? std::numeric_limits<T>::lowest()
                                                         : std::numeric_limits<T>::max();

void set_missing(hid_t properties, H5Type type) {
  const auto set = [&](const auto& value) {
    checked(H5Pset_fill_value(properties, file_type(type), &value));
  };
  switch (type) {
    case H5Type::kUint8:
      return set(kMissing<uint8_t>);
    case H5Type::kInt16:
      return set(kMissing<int16_t>);
    case H5Type::kUint16:
      return set(kMissing<uint16_t>);
    case H5Type::kInt32:
      return set(kMissing<int32_t>);
    case H5Type::kUint32:
      return set(kMissing<uint32_t>);
    case H5Type::kInt64:
      return set(kMissing<int64_t>);
    case H5Type::kFloat16:
      return set(storage::to_float16(std::numeric_limits<float>::quiet_NaN()));
    case H5Type::kFloat32:
      return set(std::numeric_limits<float>::quiet_NaN());
    case H5Type::kFloat64:
      return set(std::numeric_limits<double>::quiet_NaN());
  }
}

std::string text_of(hid_t properties, size_t part, ssize_t (*get)(hid_t, size_t, char*, size_t)) {
  char text[4096];
  const ssize_t size = get(properties, part, text, sizeof text);
  return size < 0 || size >= static_cast<ssize_t>(sizeof text) ? "" : std::string(text, size);
}

}  // namespace

void H5File::write_virtual(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                           const std::vector<H5Part>& parts) {
  const LibraryLock lock;
  const Place place{path_, name};
  std::vector<hsize_t> lengths(axes.size());
  for (size_t i = 0; i < axes.size(); ++i) lengths[i] = static_cast<hsize_t>(axes[i].length);
  const Handle space(checked(H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr)),
                     H5Sclose);
  const Handle properties(checked(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose);
  set_missing(properties, type);
  int64_t row = 0;
  for (const H5Part& part : parts) {
    if (part.rows == 0) continue;
    std::vector<hsize_t> begin(lengths.size(), 0), count = lengths;
    begin[0] = static_cast<hsize_t>(row);
    count[0] = static_cast<hsize_t>(part.rows);
    const Handle source(checked(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr)),
                        H5Sclose);
    checked(H5Sselect_hyperslab(space, H5S_SELECT_SET, begin.data(), nullptr, count.data(), nullptr));
    if (H5Pset_virtual(properties, space, part.file.c_str(), part.dataset.c_str(), source) < 0)
      place.unwritable();
    row += part.rows;
  }
  expect(row == axes[0].length && row > 0, "as many rows as all parts have");
  Handle dataset(make_dataset(name, type, axes, properties, H5P_DEFAULT), H5Dclose);
  for (unsigned i = 0; i < axes.size(); ++i) attach_scale(dataset, i, axes[i]);
  close_written(dataset, place);
}

H5Virtual H5File::virtual_dataset(const std::string& name) const {
  const LibraryLock lock;
  const Place place{path_, name};
  const Handle dataset = open_virtual(id_, place);
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties.ok()) place.unreadable();
  const char* const hint = "the virtual dataset as mazescan writes it";
  if (H5Pget_layout(properties) != H5D_VIRTUAL) place.refuse("it is not a virtual dataset", hint);
  const std::vector<int64_t> shape = shape_of(dataset, place);
  size_t count = 0;
  if (H5Pget_virtual_count(properties, &count) < 0) place.unreadable();
  std::vector<H5Part> parts;
  hsize_t row = 0;
  for (size_t i = 0; i < count; ++i) {
    const Handle space(H5Pget_virtual_vspace(properties, i), H5Sclose);
    hsize_t first[H5S_MAX_RANK], last[H5S_MAX_RANK];
    if (!space.ok() || H5Sget_simple_extent_ndims(space) != static_cast<int>(shape.size()) ||
        H5Sget_select_bounds(space, first, last) < 0)
      place.unreadable();
    bool whole_rows = first[0] == row && last[0] < static_cast<hsize_t>(shape[0]);
    hsize_t elements = last[0] - first[0] + 1;
    for (size_t axis = 1; axis < shape.size(); ++axis) {
      whole_rows = whole_rows && first[axis] == 0 && last[axis] + 1 == static_cast<hsize_t>(shape[axis]);
      elements *= static_cast<hsize_t>(shape[axis]);
    }
    if (!whole_rows || static_cast<hsize_t>(H5Sget_select_npoints(space)) != elements)
      place.refuse("its parts are not whole rows in order", hint);
    row = last[0] + 1;
    parts.push_back({text_of(properties, i, H5Pget_virtual_filename),
                     text_of(properties, i, H5Pget_virtual_dsetname),
                     static_cast<int64_t>(last[0] - first[0] + 1)});
  }
  if (row != static_cast<hsize_t>(shape[0])) place.refuse("its parts do not have all of its rows", hint);
  return {type_of(dataset, place), shape, std::move(parts)};
}

}  // namespace mazescan::hdf5

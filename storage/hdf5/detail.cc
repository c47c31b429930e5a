#include "storage/hdf5/detail.h"

#include <fmt/format.h>

#include "core/error.h"

namespace mazescan::hdf5::detail {
namespace {

constexpr const char* kMinVersion = "1.10.7";  // as in cmake/dependencies.cmake

constexpr H5Type kTypes[] = {H5Type::kUint8,   H5Type::kInt16,   H5Type::kUint16,
                             H5Type::kInt32,   H5Type::kUint32,  H5Type::kInt64,
                             H5Type::kFloat16, H5Type::kFloat32, H5Type::kFloat64};

// Requires hard links only: soft and external links could lead to other files.
void check_links(hid_t file, const Place& place) {
  size_t end = 0;
  while (end != std::string::npos) {
    end = place.object.find('/', end + 1);
    const std::string prefix = place.object.substr(0, end);
    const htri_t exists = H5Lexists(file, prefix.c_str(), H5P_DEFAULT);
    if (exists < 0) place.unreadable();
    if (exists == 0) place.refuse("the file has no such object", "a file of the expected format, undamaged");
    H5L_info_t info;
    if (H5Lget_info(file, prefix.c_str(), &info, H5P_DEFAULT) < 0) place.unreadable();
    if (info.type != H5L_TYPE_HARD) place.refuse("it is a soft or external link", "a plain dataset or group");
  }
}

std::string name_of(const Place& place) {
  return place.object.empty() ? place.file.string()
                              : fmt::format("{}: {}", place.file.string(), place.object);
}

}  // namespace

std::string reason() {
  std::string text;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned n, const H5E_error2_t* error, void* out) -> herr_t {
        if (n == 0 && error->desc) *static_cast<std::string*>(out) = error->desc;
        return 0;
      },
      &text);
  return text.empty() ? "HDF5 gave no reason" : "HDF5: " + text;
}

LibraryLock::LibraryLock() {
  static std::recursive_mutex mutex;
  lock_ = std::unique_lock(mutex);
}

void refuse_library() {
  const std::string why = reason();
  throw UserError(fmt::format("cannot use HDF5 {}", hdf5_version()), why,
                  fmt::format("enough memory, and a version from {} to 2.2", kMinVersion));
}

void Place::unreadable() const {
  refuse(reason(), "an undamaged copy of the file");
}

void Place::unwritable() const {
  throw UserError(fmt::format("cannot write {}", name_of(*this)), reason(),
                  "enough memory, and names of objects that do not exist yet");
}

void Place::refuse(const std::string& reason, const std::string& hint) const {
  throw UserError(fmt::format("cannot read {}", name_of(*this)), reason, hint);
}

Handle file_type(H5Type type) {
  const auto copy = [](hid_t id) { return Handle(checked(H5Tcopy(id)), H5Tclose); };
  switch (type) {
    case H5Type::kUint8:
      return copy(H5T_STD_U8LE);
    case H5Type::kInt16:
      return copy(H5T_STD_I16LE);
    case H5Type::kUint16:
      return copy(H5T_STD_U16LE);
    case H5Type::kInt32:
      return copy(H5T_STD_I32LE);
    case H5Type::kUint32:
      return copy(H5T_STD_U32LE);
    case H5Type::kInt64:
      return copy(H5T_STD_I64LE);
    case H5Type::kFloat32:
      return copy(H5T_IEEE_F32LE);
    case H5Type::kFloat64:
      return copy(H5T_IEEE_F64LE);
    case H5Type::kFloat16:
      break;
  }
  // HDF5 1.10 has no predefined binary16; h5py reads this type as numpy's float16. libhdf5 must not convert
  // to it (its conversion is wrong after a subnormal), so values are Float16 in memory, too.
  Handle half = copy(H5T_IEEE_F32LE);
  checked(H5Tset_fields(half, 15, 10, 5, 0, 10));
  checked(H5Tset_size(half, 2));
  checked(H5Tset_ebias(half, 15));
  return half;
}

Handle open_virtual(hid_t file, const Place& place) {
  check_links(file, place);
  Handle dataset(H5Dopen2(file, place.object.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.ok()) place.unreadable();
  return dataset;
}

Handle open_dataset(hid_t file, const Place& place) {
  check_links(file, place);
  refuse_virtual(file, place);
  Handle dataset(H5Dopen2(file, place.object.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.ok()) place.unreadable();
  return dataset;
}

Handle open_object(hid_t file, const Place& place) {
  if (place.object != "/") {
    check_links(file, place);
    refuse_virtual(file, place);
  }
  Handle object(H5Oopen(file, place.object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object.ok()) place.unreadable();
  return object;
}

std::vector<int64_t> shape_of(hid_t dataset, const Place& place) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const int rank = space.ok() ? H5Sget_simple_extent_ndims(space) : -1;
  if (rank < 0) place.unreadable();
  std::vector<hsize_t> lengths(static_cast<size_t>(rank));
  if (H5Sis_simple(space) <= 0 || H5Sget_simple_extent_type(space) == H5S_NULL) lengths.clear();
  if (!lengths.empty() && H5Sget_simple_extent_dims(space, lengths.data(), nullptr) < 0) place.unreadable();
  if (lengths.empty()) place.refuse("it has no dimensions", "an array");
  std::vector<int64_t> shape;
  for (const hsize_t length : lengths) {
    if (length > hsize_t{1} << 48)
      place.refuse(fmt::format("it has a dimension of {}", length), "an undamaged file");
    shape.push_back(static_cast<int64_t>(length));
  }
  return shape;
}

H5Type type_of(hid_t dataset, const Place& place) {
  const Handle stored(H5Dget_type(dataset), H5Tclose);
  if (!stored.ok()) place.unreadable();
  for (const H5Type type : kTypes)
    if (H5Tequal(stored, file_type(type)) > 0) return type;
  place.refuse("mazescan does not use its element type", "little-endian integers or IEEE floats");
}

}  // namespace mazescan::hdf5::detail

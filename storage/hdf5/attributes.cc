#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "storage/hdf5/detail.h"
#include "storage/hdf5/hdf5.h"

namespace mazescan::hdf5 {

using namespace detail;

namespace {

constexpr size_t kMaxTextBytes = 64 << 20;  // of a text attribute

enum class VariableText { kRefused, kRead };

template <class T>
T read_scalar(const Handle& object, const Place& place, const std::string& key, hid_t type,
              VariableText variable = VariableText::kRefused) {
  const Place attribute_place{place.file, fmt::format("attribute {} of {}", key, place.object)};
  const htri_t exists = H5Aexists(object, key.c_str());
  if (exists < 0) attribute_place.unreadable();
  if (exists == 0)
    attribute_place.refuse("there is no such attribute", "a file of the expected format, undamaged");
  const Handle attribute(H5Aopen(object, key.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute.ok()) attribute_place.unreadable();
  const Handle stored(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  if (!stored.ok() || !space.ok()) attribute_place.unreadable();
  if (H5Sget_simple_extent_type(space) != H5S_SCALAR)
    attribute_place.refuse("it is an array", "a single value");
  if constexpr (std::is_same_v<T, std::string>) {
    if (variable == VariableText::kRead && H5Tis_variable_str(stored) > 0) {
      char* allocated = nullptr;
      if (H5Aread(attribute, stored, &allocated) < 0) attribute_place.unreadable();
      std::string text = allocated == nullptr ? "" : allocated;
      H5free_memory(allocated);
      return text;
    }
    if (H5Tget_class(stored) != H5T_STRING || H5Tis_variable_str(stored) != 0)
      attribute_place.refuse("it has another type", "a string of fixed length");
    const size_t size = H5Tget_size(stored);
    if (size == 0 || size > kMaxTextBytes) attribute_place.refuse("it is too large", "an undamaged file");
    std::string text(size, '\0');
    if (H5Aread(attribute, stored, text.data()) < 0) attribute_place.unreadable();
    text.erase(std::min(text.find('\0'), text.size()));
    return text;
  } else {
    if (H5Tequal(stored, type) <= 0)
      attribute_place.refuse("it has another type", std::is_same_v<T, double> ? "float64" : "int64");
    T value;
    if (H5Aread(attribute, type, &value) < 0) attribute_place.unreadable();
    return value;
  }
}

void write_scalar(hid_t file, const Place& place, const std::string& key, hid_t type, const void* value) {
  const Handle object = open_object(file, place);
  const Handle space(checked(H5Screate(H5S_SCALAR)), H5Sclose);
  if (checked(H5Aexists(object, key.c_str())) > 0) checked(H5Adelete(object, key.c_str()));
  Handle attribute(H5Acreate2(object, key.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute.ok() || H5Awrite(attribute, type, value) < 0) place.unwritable();
  close_written(attribute, place);
}

}  // namespace

void H5File::set_attribute(const std::string& object, const std::string& key, std::string_view value) {
  const LibraryLock lock;
  const Handle type(checked(H5Tcopy(H5T_C_S1)), H5Tclose);
  checked(H5Tset_size(type, std::max<size_t>(value.size(), 1)));
  checked(H5Tset_strpad(type, H5T_STR_NULLPAD));
  checked(H5Tset_cset(type, H5T_CSET_UTF8));
  write_scalar(id_, {path_, object}, key, type, value.empty() ? "" : value.data());
}

void H5File::set_attribute(const std::string& object, const std::string& key, int64_t value) {
  const LibraryLock lock;
  write_scalar(id_, {path_, object}, key, H5T_STD_I64LE, &value);
}

void H5File::set_attribute(const std::string& object, const std::string& key, double value) {
  const LibraryLock lock;
  write_scalar(id_, {path_, object}, key, H5T_IEEE_F64LE, &value);
}

bool H5File::has_attribute(const std::string& object, const std::string& key) const {
  const LibraryLock lock;
  const Place place{path_, object};
  const htri_t exists = H5Aexists(open_object(id_, place), key.c_str());
  if (exists < 0) place.unreadable();
  return exists > 0;
}

std::vector<std::string> H5File::attributes(const std::string& object) const {
  const LibraryLock lock;
  const Place place{path_, object};
  std::vector<std::string> keys;
  const auto collect = [](hid_t, const char* key, const H5A_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(key);
    return 0;
  };
  hsize_t next = 0;
  if (H5Aiterate2(open_object(id_, place), H5_INDEX_NAME, H5_ITER_INC, &next, collect, &keys) < 0)
    place.unreadable();
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::string H5File::text_attribute(const std::string& object, const std::string& key) const {
  const LibraryLock lock;
  const Place place{path_, object};
  return read_scalar<std::string>(open_object(id_, place), place, key, H5T_C_S1);
}

std::string H5File::recorded_text_attribute(const std::string& object, const std::string& key) const {
  const LibraryLock lock;
  const Place place{path_, object};
  return read_scalar<std::string>(open_object(id_, place), place, key, H5T_C_S1, VariableText::kRead);
}

int64_t H5File::int_attribute(const std::string& object, const std::string& key) const {
  const LibraryLock lock;
  const Place place{path_, object};
  return read_scalar<int64_t>(open_object(id_, place), place, key, H5T_STD_I64LE);
}

double H5File::float_attribute(const std::string& object, const std::string& key) const {
  const LibraryLock lock;
  const Place place{path_, object};
  return read_scalar<double>(open_object(id_, place), place, key, H5T_IEEE_F64LE);
}

double H5File::virtual_attribute(const std::string& dataset, const std::string& key) const {
  const LibraryLock lock;
  const Place place{path_, dataset};
  return read_scalar<double>(open_virtual(id_, place), place, key, H5T_IEEE_F64LE);
}

}  // namespace mazescan::hdf5

#include "storage/hdf5.h"

#include <fmt/format.h>
#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "storage/atomic_file.h"

namespace mazescan {
namespace {

constexpr size_t kMemoryStep = 4 << 20;  // by which a new file's memory grows
constexpr int64_t kChunkBytes = 1 << 20;
constexpr size_t kMaxText = 64 << 20;    // bytes of a text attribute
constexpr int64_t kMaxInflation = 1040;  // deflate cannot do better than 1032 : 1

// HDF5's own reason for the last failure: the innermost message of its error stack.
std::string reason() {
  std::string text;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned n, const H5E_error2_t* error, void* out) -> herr_t {
        if (n == 0 && error->desc) *static_cast<std::string*>(out) = error->desc;
        return 0;
      },
      &text);
  return text.empty() ? "HDF5 gave no reason" : "HDF5 says: " + text;
}

// Builds messages for one object of one file.
struct Place {
  const std::filesystem::path& file;
  std::string object;
  std::string text() const {
    return object.empty() ? file.string() : fmt::format("{}: {}", file.string(), object);
  }
  [[noreturn]] void unreadable() const {
    throw UserError(fmt::format("cannot read {}", text()), reason(), "an undamaged copy of the file");
  }
  [[noreturn]] void unwritable() const {
    throw UserError(fmt::format("cannot write {}", text()), reason(),
                    "a folder with enough space that works");
  }
  [[noreturn]] void refuse(const std::string& why, const std::string& right) const {
    throw UserError(fmt::format("cannot read {}", text()), why, right);
  }
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

Handle file_type(H5Type type) {
  const auto copy = [](hid_t id) { return Handle(H5Tcopy(id), H5Tclose); };
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
  // HDF5 1.10 has no binary16 of its own; h5py knows this one as numpy's float16. Never let libhdf5 convert
  // to it (its conversion is wrong after a subnormal): values are Float16 in memory too.
  Handle half = copy(H5T_IEEE_F32LE);
  H5Tset_fields(half, 15, 10, 5, 0, 10);
  H5Tset_size(half, 2);
  H5Tset_ebias(half, 15);
  return half;
}

constexpr H5Type kTypes[] = {H5Type::kUint8,   H5Type::kInt16,   H5Type::kUint16,
                             H5Type::kInt32,   H5Type::kUint32,  H5Type::kInt64,
                             H5Type::kFloat16, H5Type::kFloat32, H5Type::kFloat64};

std::vector<hsize_t> lengths_of(const std::vector<H5Axis>& axes) {
  std::vector<hsize_t> lengths;
  for (const auto& axis : axes) lengths.push_back(static_cast<hsize_t>(axis.length));
  return lengths;
}

Handle access_properties() {
  // HDF5 prints its error stack unless told not to; the setting is a thread's own.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(properties, H5F_CLOSE_STRONG);
  // A shard has one writer under a temporary name: locks only fail on file systems that have none.
  H5Pset_file_locking(properties, false, true);
  // Format 1.8: object headers carry checksums and old readers understand it. (1.10 marks files that are
  // open, which would spoil the image that close() takes.)
  H5Pset_libver_bounds(properties, H5F_LIBVER_V18, H5F_LIBVER_V18);
  return properties;
}

// Follows hard links only: soft and external ones could lead to other files.
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
    if (info.type != H5L_TYPE_HARD)
      place.refuse("it is a link to somewhere else", "a plain dataset or group");
  }
}

Handle open_dataset(hid_t file, const Place& place) {
  check_links(file, place);
  Handle dataset(H5Dopen2(file, place.object.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.ok()) place.unreadable();
  return dataset;
}

Handle open_object(hid_t file, const Place& place) {
  if (place.object != "/") check_links(file, place);
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
      place.refuse(fmt::format("a dimension of {}", length), "an undamaged file");
    shape.push_back(static_cast<int64_t>(length));
  }
  return shape;
}

H5Type type_of(hid_t dataset, const Place& place) {
  const Handle stored(H5Dget_type(dataset), H5Tclose);
  if (!stored.ok()) place.unreadable();
  for (const H5Type type : kTypes)
    if (H5Tequal(stored, file_type(type)) > 0) return type;
  place.refuse("its element type is not one that mazescan uses", "little-endian integers or IEEE floats");
}

// Refuses storage that could lead elsewhere or load code, and chunks that ask for more than `limit_bytes`.
void check_storage(hid_t dataset, const Place& place, int64_t element_bytes, int64_t limit_bytes) {
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties.ok()) place.unreadable();
  const H5D_layout_t layout = H5Pget_layout(properties);
  if (layout != H5D_CHUNKED && layout != H5D_CONTIGUOUS && layout != H5D_COMPACT)
    place.refuse("it is a virtual dataset", "a dataset with values of its own");
  if (H5Pget_external_count(properties) != 0)
    place.refuse("its values lie in other files", "a dataset with values of its own");
  const int filters = H5Pget_nfilters(properties);
  if (filters < 0) place.unreadable();
  for (int i = 0; i < filters; ++i) {
    unsigned flags, configuration;
    size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &values, nullptr,
                                               0, nullptr, &configuration);
    if (filter < 0) place.unreadable();
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
      place.refuse(fmt::format("it needs HDF5 filter {}", filter), "deflate, shuffle and fletcher32 only");
  }
  if (layout == H5D_CHUNKED) {
    hsize_t chunk[H5S_MAX_RANK];
    const int rank = H5Pget_chunk(properties, H5S_MAX_RANK, chunk);
    if (rank < 0) place.unreadable();
    auto left = static_cast<hsize_t>(std::max<int64_t>(limit_bytes, kChunkBytes) / element_bytes);
    for (int i = 0; i < rank; ++i) {
      if (chunk[i] == 0 || chunk[i] > left) place.refuse("its chunks are too large", "an undamaged file");
      left /= chunk[i];
    }
  }
}

template <class T>
T read_scalar(hid_t file, const Place& place, const std::string& key, hid_t type) {
  const Handle object = open_object(file, place);
  const Place attribute_place{place.file, fmt::format("attribute {} of {}", key, place.object)};
  if (H5Aexists(object, key.c_str()) <= 0)
    attribute_place.refuse("there is no such attribute", "a file of the expected format, undamaged");
  const Handle attribute(H5Aopen(object, key.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute.ok()) attribute_place.unreadable();
  const Handle stored(H5Aget_type(attribute), H5Tclose);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  if (!stored.ok() || !space.ok()) attribute_place.unreadable();
  if (H5Sget_simple_extent_type(space) != H5S_SCALAR)
    attribute_place.refuse("it is an array", "a single value");
  if constexpr (std::is_same_v<T, std::string>) {
    if (H5Tget_class(stored) != H5T_STRING || H5Tis_variable_str(stored) != 0)
      attribute_place.refuse("its type is another", "a string of fixed length");
    const size_t size = H5Tget_size(stored);
    if (size == 0 || size > kMaxText) attribute_place.refuse("its size is absurd", "an undamaged file");
    std::string text(size, '\0');
    if (H5Aread(attribute, stored, text.data()) < 0) attribute_place.unreadable();
    text.erase(std::min(text.find('\0'), text.size()));
    return text;
  } else {
    if (H5Tequal(stored, type) <= 0)
      attribute_place.refuse("its type is another", std::is_same_v<T, double> ? "float64" : "int64");
    T value;
    if (H5Aread(attribute, type, &value) < 0) attribute_place.unreadable();
    return value;
  }
}

void write_scalar(hid_t file, const Place& place, const std::string& key, hid_t type, const void* value) {
  const Handle object = open_object(file, place);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  if (H5Aexists(object, key.c_str()) > 0) H5Adelete(object, key.c_str());
  const Handle attribute(H5Acreate2(object, key.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute.ok() || H5Awrite(attribute, type, value) < 0) place.unwritable();
}

}  // namespace

const char* h5_type_name(H5Type type) {
  constexpr const char* kNames[] = {"uint8", "int16",   "uint16",  "int32",  "uint32",
                                    "int64", "float16", "float32", "float64"};
  return kNames[static_cast<size_t>(type)];
}

size_t h5_type_size(H5Type type) {
  constexpr size_t kSizes[] = {1, 2, 2, 4, 4, 8, 2, 4, 8};
  return kSizes[static_cast<size_t>(type)];
}

H5File H5File::create(const std::filesystem::path& path) {
  H5File file(path, true);
  const Handle access = access_properties();
  H5Pset_fapl_core(access, kMemoryStep, false);
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_istore_k(creation, 8);  // the default's index nodes outweigh small datasets
  file.id_ = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
  if (file.id_ < 0) Place{path, ""}.unwritable();
  return file;
}

H5File H5File::open(const std::filesystem::path& path) {
  H5File file(path, false);
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const Place place{path, ""};
  if (!std::filesystem::exists(status)) place.refuse("there is no such file", "the path of an HDF5 file");
  if (!std::filesystem::is_regular_file(status)) place.refuse("it is not a regular file", "an HDF5 file");
  const Handle access = access_properties();
  file.id_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  if (file.id_ < 0) place.refuse(reason(), "an HDF5 file that may be read and is complete");
  return file;
}

H5File::H5File(H5File&& other) noexcept
    : path_(std::move(other.path_)), created_(other.created_), id_(std::exchange(other.id_, -1)) {}

H5File::~H5File() {
  if (id_ >= 0) H5Fclose(id_);
}

void H5File::close() {
  const Handle file(std::exchange(id_, -1), H5Fclose);
  if (!created_ || !file.ok()) return;
  const Place place{path_, ""};
  if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0) place.unwritable();
  // H5Fget_file_image knows the size, but damages the superblock's checksum when it copies: take the memory
  // itself.
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  void** image = nullptr;
  if (size < 0 || H5Fget_vfd_handle(file, H5P_DEFAULT, reinterpret_cast<void**>(&image)) < 0)
    place.unwritable();
  write_atomically(path_, {static_cast<const char*>(*image), static_cast<size_t>(size)});
}

void H5File::check_count(const std::string& name, int64_t count, const std::vector<H5Axis>& axes) {
  int64_t expected = 1;
  for (const auto& axis : axes) expected *= axis.length;
  if (count != expected)
    throw InternalError(fmt::format("{}: {} values for axes of {} in all", name, count, expected));
}

void H5File::write_raw(const std::string& name, H5Type type, const void* values,
                       const std::vector<H5Axis>& axes, H5Compression compression) {
  const Place place{path_, name};
  expect(!axes.empty(), "a dataset with dimensions");
  const std::vector<hsize_t> lengths = lengths_of(axes);
  const hsize_t count = std::accumulate(lengths.begin(), lengths.end(), hsize_t{1}, std::multiplies<>());
  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
  if (count > 0) {  // what is empty cannot be chunked, and has nothing to guard
    const auto sample_bytes = static_cast<int64_t>(count / lengths[0] * h5_type_size(type));
    std::vector<hsize_t> chunk = lengths;
    chunk[0] = std::clamp<hsize_t>(static_cast<hsize_t>(kChunkBytes / sample_bytes), 1, lengths[0]);
    H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
    if (compression == H5Compression::kGzip) {
      H5Pset_shuffle(properties);
      H5Pset_deflate(properties, 1);
    }
    H5Pset_fletcher32(properties);  // last, so that a damaged chunk never reaches the decompressor
  }
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const Handle space(H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr), H5Sclose);
  const Handle stored = file_type(type);
  const Handle dataset(H5Dcreate2(id_, name.c_str(), stored, space, links, properties, H5P_DEFAULT),
                       H5Dclose);
  if (!dataset.ok()) place.unwritable();
  if (count > 0 && H5Dwrite(dataset, stored, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) place.unwritable();
  for (unsigned i = 0; i < axes.size(); ++i) attach_scale(dataset, i, axes[i]);
}

void H5File::attach_scale(int64_t dataset, unsigned dimension, const H5Axis& axis) {
  std::string name = "/" + axis.name;
  if (has(name) && shape(name)[0] != axis.length) name += fmt::format("_{}", axis.length);
  const Place place{path_, name};
  if (!has(name)) {
    expect(axis.length <= INT32_MAX, "a dimension that int32 can count");
    std::vector<int32_t> positions(static_cast<size_t>(axis.length));
    std::iota(positions.begin(), positions.end(), 0);
    const auto length = static_cast<hsize_t>(axis.length);
    const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    if (length > 0) {
      const hsize_t chunk = std::min<hsize_t>(length, kChunkBytes / sizeof(int32_t));
      H5Pset_chunk(properties, 1, &chunk);
      H5Pset_shuffle(properties);
      H5Pset_deflate(properties, 1);
      H5Pset_fletcher32(properties);
    }
    const Handle space(H5Screate_simple(1, &length, nullptr), H5Sclose);
    const Handle scale(
        H5Dcreate2(id_, name.c_str(), H5T_STD_I32LE, space, H5P_DEFAULT, properties, H5P_DEFAULT), H5Dclose);
    if (!scale.ok()) place.unwritable();
    if (length > 0 && H5Dwrite(scale, H5T_STD_I32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, positions.data()) < 0)
      place.unwritable();
    if (H5DSset_scale(scale, name.c_str() + 1) < 0) place.unwritable();
  }
  const Handle scale = open_dataset(id_, place);
  if (H5DSattach_scale(dataset, scale, dimension) < 0 ||
      H5DSset_label(dataset, dimension, axis.name.c_str()) < 0)
    place.unwritable();
}

std::vector<int64_t> H5File::check_read(const std::string& name, H5Type type, int64_t limit_bytes) const {
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
  // What a small file merely claims to hold must not cost memory.
  hsize_t file_bytes = 0;
  if (H5Fget_filesize(id_, &file_bytes) < 0) place.unreadable();
  const auto stored_bytes = static_cast<int64_t>(std::min(H5Dget_storage_size(dataset), file_bytes));
  int64_t left = std::min(limit_bytes, stored_bytes * kMaxInflation) / element_bytes;
  for (const int64_t length : shape) {
    if (length > left)
      place.refuse(
          fmt::format("it claims {} elements of {} bytes, more than the file can hold or may be read",
                      fmt::join(shape, " x "), element_bytes),
          "a complete, undamaged file");
    left /= length;
  }
  return shape;
}

void H5File::read_raw(const std::string& name, H5Type type, void* values) const {
  const Place place{path_, name};
  const Handle dataset = open_dataset(id_, place);
  if (H5Dread(dataset, file_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) place.unreadable();
}

H5Type H5File::type(const std::string& name) const {
  const Place place{path_, name};
  return type_of(open_dataset(id_, place), place);
}

std::vector<int64_t> H5File::shape(const std::string& name) const {
  const Place place{path_, name};
  return shape_of(open_dataset(id_, place), place);
}

std::vector<std::string> H5File::axes(const std::string& name) const {
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
  for (size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    if (H5Lexists(id_, name.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

std::vector<std::string> H5File::list(const std::string& group) const {
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

void H5File::set_attribute(const std::string& object, const std::string& key, std::string_view value) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, std::max<size_t>(value.size(), 1));
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  write_scalar(id_, {path_, object}, key, type, value.empty() ? "" : value.data());
}

void H5File::set_attribute(const std::string& object, const std::string& key, int64_t value) {
  write_scalar(id_, {path_, object}, key, H5T_STD_I64LE, &value);
}

void H5File::set_attribute(const std::string& object, const std::string& key, double value) {
  write_scalar(id_, {path_, object}, key, H5T_IEEE_F64LE, &value);
}

bool H5File::has_attribute(const std::string& object, const std::string& key) const {
  return H5Aexists(open_object(id_, {path_, object}), key.c_str()) > 0;
}

std::string H5File::text_attribute(const std::string& object, const std::string& key) const {
  return read_scalar<std::string>(id_, {path_, object}, key, H5T_C_S1);
}

int64_t H5File::int_attribute(const std::string& object, const std::string& key) const {
  return read_scalar<int64_t>(id_, {path_, object}, key, H5T_STD_I64LE);
}

double H5File::double_attribute(const std::string& object, const std::string& key) const {
  return read_scalar<double>(id_, {path_, object}, key, H5T_IEEE_F64LE);
}

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace mazescan

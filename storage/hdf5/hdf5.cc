#include "storage/hdf5/hdf5.h"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/hash.h"
#include "storage/atomic_file.h"
#include "storage/hdf5/detail.h"
#include "storage/hdf5/disk.h"
#include "storage/hdf5/seg_filter.h"
#include "storage/seal.h"

namespace mazescan::hdf5 {

using namespace detail;

namespace {

// Returns the part of a path after its last slash.
const char* last_part(const std::string& path) {
  return path.c_str() + (path.rfind('/') + 1);
}

constexpr size_t kMemoryStep = 4 << 20;  // growth of the memory of a new file
constexpr int64_t kChunkBytes = 1 << 20;

std::vector<hsize_t> lengths_of(const std::vector<H5Axis>& axes) {
  std::vector<hsize_t> lengths;
  for (const auto& axis : axes) lengths.push_back(static_cast<hsize_t>(axis.length));
  return lengths;
}

// Returns the creation properties of a dataset with these lengths.
Handle storage_properties(const std::vector<hsize_t>& lengths, H5Type type, H5Compression compression) {
  Handle properties(checked(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose);
  checked(H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER));
  const hsize_t count = std::accumulate(lengths.begin(), lengths.end(), hsize_t{1}, std::multiplies<>());
  if (count == 0) return properties;  // an empty dataset cannot have chunks, and needs no checksum
  const auto row_bytes = static_cast<int64_t>(count / lengths[0] * h5_type_size(type));
  std::vector<hsize_t> chunk = lengths;
  chunk[0] = std::clamp<hsize_t>(static_cast<hsize_t>(kChunkBytes / row_bytes), 1, lengths[0]);
  checked(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()));
  if (compression == H5Compression::kGzip) {
    checked(H5Pset_shuffle(properties));
    checked(H5Pset_deflate(properties, 1));
  }
  if (compression == H5Compression::kSeg) {
    expect(type == H5Type::kUint8 || type == H5Type::kUint16 || type == H5Type::kInt16, "small integers");
    checked(H5Zregister(&kSegClass));
    const unsigned parameters[kSegParameters] = {seg::kVersion, static_cast<unsigned>(h5_type_size(type)),
                                                 seg::kBestK, type == H5Type::kInt16 ? 1U : 0U};
    checked(H5Pset_filter(properties, kSegFilter, H5Z_FLAG_MANDATORY, kSegParameters, parameters));
  }
  checked(H5Pset_fletcher32(properties));  // last filter: a damaged chunk never reaches the decompressor
  return properties;
}

Handle access_properties() {
  // Stops HDF5 from printing its error stack; this is a setting of each thread.
  checked(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr));
  checked(H5PLset_loading_state(0));
  Handle properties(checked(H5Pcreate(H5P_FILE_ACCESS)), H5Pclose);
  checked(H5Pset_fclose_degree(properties, H5F_CLOSE_STRONG));
  // No locks, which some file systems lack: a shard has one writer and a temporary name.
  checked(H5Pset_file_locking(properties, false, true));
  // Format 1.8: its object headers have checksums, and old readers support it. (Format 1.10 marks open files,
  // and the mark would be in the image that close() writes.) Only virtual datasets need format 1.10.
  checked(H5Pset_libver_bounds(properties, H5F_LIBVER_V18, H5F_LIBVER_V110));
  return properties;
}

Handle creation_properties() {
  Handle properties(checked(H5Pcreate(H5P_FILE_CREATE)), H5Pclose);
  checked(H5Pset_istore_k(properties, 8));  // by default index nodes are larger than small datasets
  return properties;
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

H5File::H5File(std::filesystem::path path, bool created) : path_(std::move(path)), created_(created) {}

H5File H5File::create(const std::filesystem::path& path) {
  const LibraryLock lock;
  H5File file(path, true);
  const Handle access = access_properties();
  checked(H5Pset_fapl_core(access, kMemoryStep, false));
  file.id_ = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation_properties(), access);
  if (file.id_ < 0) Place{path, ""}.unwritable();
  return file;
}

H5File H5File::create_on_disk(const std::filesystem::path& path) {
  const LibraryLock lock;
  H5File file(path, true);
  file.disk_ = std::make_unique<DiskFile>(path);
  const Handle access = access_properties();
  write_to_disk(access, *file.disk_);
  file.id_ = H5Fcreate(file.disk_->target.temporary().c_str(), H5F_ACC_TRUNC, creation_properties(), access);
  file.check_disk();
  if (file.id_ < 0) Place{path, ""}.unwritable();
  return file;
}

void H5File::check_disk() const {
  if (disk_ && disk_->error != 0) storage::throw_file_error("write", path_, disk_->error);
}

H5File H5File::open(const std::filesystem::path& path) {
  const LibraryLock lock;
  H5File file(path, false);
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const Place place{path, ""};
  if (!std::filesystem::exists(status)) place.refuse("there is no such file", "the path of an HDF5 file");
  if (!std::filesystem::is_regular_file(status)) place.refuse("it is not a regular file", "an HDF5 file");
  const Handle access = access_properties();
  file.id_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  if (file.id_ < 0) place.refuse(reason(), "a complete HDF5 file with read permission");
  return file;
}

H5File::H5File(H5File&& other) noexcept
    : path_(std::move(other.path_)),
      created_(other.created_),
      disk_(std::move(other.disk_)),
      close_failed_(other.close_failed_),
      id_(std::exchange(other.id_, -1)) {}

H5File::~H5File() {
  const LibraryLock lock;
  if (id_ >= 0) H5Fclose(id_);
}

void H5File::close() {
  const LibraryLock lock;
  if (created_ && id_ >= 0) rename_ambiguous_scales();
  Handle file(std::exchange(id_, -1), H5Fclose);
  if (!created_ || !file.ok()) return;
  const Place place{path_, ""};
  if (*close_failed_) place.unwritable();
  if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0) place.unwritable();
  if (disk_) {
    if (file.close() < 0) place.unwritable();
    check_disk();
    const std::filesystem::path& complete = disk_->target.temporary();
    storage::append_bytes(complete, storage::file_seal(storage::hash_file(complete)));
    disk_->target.commit();
    return;
  }
  // H5Fget_file_image returns the right size, but a copy with a wrong checksum of the superblock: so the
  // memory of the driver is written.
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  void** image = nullptr;
  if (size < 0 || H5Fget_vfd_handle(file, H5P_DEFAULT, reinterpret_cast<void**>(&image)) < 0)
    place.unwritable();
  std::string bytes(static_cast<const char*>(*image), static_cast<size_t>(size));
  bytes += storage::file_seal(hash_hex(bytes));
  storage::write_atomically(path_, bytes);
}

void H5File::check_count(const std::string& name, int64_t count, const std::vector<H5Axis>& axes) {
  int64_t expected = 1;
  for (const auto& axis : axes) expected *= axis.length;
  if (count != expected)
    throw InternalError(fmt::format("{}: {} values for axes with {} elements", name, count, expected));
}

void H5File::write_raw(const std::string& name, H5Type type, const void* values,
                       const std::vector<H5Axis>& axes, H5Compression compression) {
  const LibraryLock lock;
  const Place place{path_, name};
  expect(!axes.empty(), "a dataset with at least one dimension");
  const std::vector<hsize_t> lengths = lengths_of(axes);
  const hsize_t count = std::accumulate(lengths.begin(), lengths.end(), hsize_t{1}, std::multiplies<>());
  Handle dataset(make_dataset(name, type, axes, storage_properties(lengths, type, compression), H5P_DEFAULT),
                 H5Dclose);
  if (count > 0 && H5Dwrite(dataset, file_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    place.unwritable();
  for (unsigned i = 0; i < axes.size(); ++i) attach_scale(dataset, i, axes[i]);
  close_written(dataset, place);
  check_disk();
}

H5Rows H5File::create_rows(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                           H5Compression compression) {
  const LibraryLock lock;
  expect(!axes.empty(), "a dataset with at least one dimension");
  const Handle properties = storage_properties(lengths_of(axes), type, compression);
  const Handle access(checked(H5Pcreate(H5P_DATASET_ACCESS)), H5Pclose);
  checked(H5Pset_chunk_cache(access, 0, 0, 1));  // whole chunks are written, so a cache is useless
  H5Rows rows(path_, name, make_dataset(name, type, axes, properties, access),
              disk_ ? &disk_->error : nullptr);
  rows.close_failed_ = close_failed_;
  hsize_t chunk[H5S_MAX_RANK];
  if (H5Pget_layout(properties) == H5D_CHUNKED) {  // not empty
    checked(H5Pget_chunk(properties, H5S_MAX_RANK, chunk));
    rows.chunk_.compression = compression;
    rows.chunk_.rows = static_cast<int64_t>(chunk[0]);
    rows.chunk_.bytes.resize(static_cast<size_t>(rows.chunk_.rows * rows.row_bytes()) + sizeof(uint32_t));
  }
  for (unsigned i = 0; i < axes.size(); ++i) attach_scale(rows.id_, i, axes[i]);
  check_disk();
  return rows;
}

int64_t H5File::make_dataset(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                             int64_t properties, int64_t access) {
  const std::vector<hsize_t> lengths = lengths_of(axes);
  const Handle links(checked(H5Pcreate(H5P_LINK_CREATE)), H5Pclose);
  checked(H5Pset_create_intermediate_group(links, 1));
  const Handle space(checked(H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr)),
                     H5Sclose);
  const hid_t dataset = H5Dcreate2(id_, name.c_str(), file_type(type), space, links, properties, access);
  if (dataset < 0) Place{path_, name}.unwritable();
  return dataset;
}

void H5File::attach_scale(int64_t dataset, unsigned dimension, const H5Axis& axis) {
  std::string name = "/" + axis.name;
  if (has(name) && shape(name)[0] != axis.length) name += fmt::format("_{}", axis.length);
  const Place place{path_, name};
  if (!has(name)) {
    expect(axis.length <= INT32_MAX, "a dimension whose indices fit into int32");
    std::vector<int32_t> positions(static_cast<size_t>(axis.length));
    std::iota(positions.begin(), positions.end(), 0);
    const auto length = static_cast<hsize_t>(axis.length);
    const Handle properties(checked(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose);
    if (length > 0) {
      const hsize_t chunk = std::min<hsize_t>(length, kChunkBytes / sizeof(int32_t));
      checked(H5Pset_chunk(properties, 1, &chunk));
      checked(H5Pset_shuffle(properties));
      checked(H5Pset_deflate(properties, 1));
      checked(H5Pset_fletcher32(properties));
    }
    const Handle space(checked(H5Screate_simple(1, &length, nullptr)), H5Sclose);
    const Handle links(checked(H5Pcreate(H5P_LINK_CREATE)), H5Pclose);
    checked(H5Pset_create_intermediate_group(links, 1));
    Handle scale(H5Dcreate2(id_, name.c_str(), H5T_STD_I32LE, space, links, properties, H5P_DEFAULT),
                 H5Dclose);
    if (!scale.ok()) place.unwritable();
    if (length > 0 && H5Dwrite(scale, H5T_STD_I32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, positions.data()) < 0)
      place.unwritable();
    if (H5DSset_scale(scale, last_part(name)) < 0) place.unwritable();
    close_written(scale, place);
  }
  Handle scale = open_dataset(id_, place);
  if (H5DSattach_scale(dataset, scale, dimension) < 0 ||
      H5DSset_label(dataset, dimension, last_part(axis.name)) < 0)
    place.unwritable();
  close_written(scale, place);
}

void H5File::rename_ambiguous_scales() {
  std::set<std::string> taken;
  for (const std::string& group : groups()) {
    taken.insert(last_part(group));
    if (group.empty()) continue;
    for (const std::string& name : list(group)) {
      const std::string path = group + "/" + name;
      if (is_group(path)) continue;
      const std::vector<std::string> labels = axes(path);
      if (std::find(labels.begin(), labels.end(), name) != labels.end()) taken.insert(name);
    }
  }
  for (const std::string& name : list("/")) {
    const std::string scale = "/" + name;
    if (taken.count(name) == 0 || is_group(scale)) continue;
    if (H5Lmove(id_, scale.c_str(), id_, (scale + kIndex).c_str(), H5P_DEFAULT, H5P_DEFAULT) < 0)
      Place{path_, scale}.unwritable();
  }
}

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  checked(H5get_libversion(&major, &minor, &release));
  return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace mazescan::hdf5

#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "storage/float16.h"

// HDF5 files through one class; nothing else includes HDF5's own headers. Every dataset is little-endian,
// chunked, guarded by Fletcher32, and has named axes (dimension scales). All errors are UserErrors that name
// file, object and HDF5's reason. Objects are named by their path from the root: "/episodes/cheese"; groups
// are made as needed.
namespace mazescan {

// Element types of datasets; the names are numpy's.
enum class H5Type { kUint8, kInt16, kUint16, kInt32, kUint32, kInt64, kFloat16, kFloat32, kFloat64 };
const char* h5_type_name(H5Type type);  // "uint8", ..., "float16"
size_t h5_type_size(H5Type type);       // bytes an element

template <class T>
struct H5TypeOf;  // H5TypeOf<float>::value
template <>
struct H5TypeOf<uint8_t> {
  static constexpr H5Type value = H5Type::kUint8;
};
template <>
struct H5TypeOf<int16_t> {
  static constexpr H5Type value = H5Type::kInt16;
};
template <>
struct H5TypeOf<uint16_t> {
  static constexpr H5Type value = H5Type::kUint16;
};
template <>
struct H5TypeOf<int32_t> {
  static constexpr H5Type value = H5Type::kInt32;
};
template <>
struct H5TypeOf<uint32_t> {
  static constexpr H5Type value = H5Type::kUint32;
};
template <>
struct H5TypeOf<int64_t> {
  static constexpr H5Type value = H5Type::kInt64;
};
template <>
struct H5TypeOf<Float16> {
  static constexpr H5Type value = H5Type::kFloat16;
};
template <>
struct H5TypeOf<float> {
  static constexpr H5Type value = H5Type::kFloat32;
};
template <>
struct H5TypeOf<double> {
  static constexpr H5Type value = H5Type::kFloat64;
};

// One dimension. Its name is the dataset's label for it and leads to a dimension scale of 0, 1, ..., length -
// 1 in the root group: "/name" for the first length that is used with this name, "/name_LENGTH" for others.
struct H5Axis {
  std::string name;
  int64_t length = 0;
};

enum class H5Compression { kNone, kGzip };  // kGzip: shuffle and deflate level 1

template <class T>
struct H5Array {
  std::vector<int64_t> shape;
  std::vector<T> values;  // row-major
};

class H5File {
 public:
  // A new file. It grows in memory, as libhdf5 does not survive a full disk; close() writes it atomically to
  // `path`.
  static H5File create(const std::filesystem::path& path);
  // For reading, without locks. Filter plugins are never loaded.
  static H5File open(const std::filesystem::path& path);
  H5File(H5File&& other) noexcept;
  H5File& operator=(H5File&&) = delete;
  ~H5File();  // closes; a new file that was not closed before is given up

  // Closes; a new file is written to its path, where it replaces an old one.
  void close();

  // values: product of the axes' lengths (may be zero, then values may be null).
  template <class T>
  void write(const std::string& name, const T* values, const std::vector<H5Axis>& axes,
             H5Compression compression = H5Compression::kGzip) {
    write_raw(name, H5TypeOf<T>::value, values, axes, compression);
  }
  template <class T>
  void write(const std::string& name, const std::vector<T>& values, const std::vector<H5Axis>& axes,
             H5Compression compression = H5Compression::kGzip) {
    check_count(name, static_cast<int64_t>(values.size()), axes);
    write_raw(name, H5TypeOf<T>::value, values.data(), axes, compression);
  }

  // The dataset, which must hold elements of exactly type T and, when read, at most `limit_bytes`.
  template <class T>
  H5Array<T> read(const std::string& name, int64_t limit_bytes = int64_t{1} << 33) const {
    H5Array<T> array;
    array.shape = check_read(name, H5TypeOf<T>::value, limit_bytes);
    int64_t count = 1;
    for (const int64_t length : array.shape) count *= length;
    array.values.resize(static_cast<size_t>(count));
    read_raw(name, H5TypeOf<T>::value, array.values.data());
    return array;
  }
  H5Type type(const std::string& name) const;                 // of a dataset
  std::vector<int64_t> shape(const std::string& name) const;  // of a dataset
  std::vector<std::string> axes(
      const std::string& name) const;            // labels of its dimensions, "" where it has none
  bool has(const std::string& name) const;       // a group or dataset
  bool is_group(const std::string& name) const;  // else a dataset
  std::vector<std::string> list(const std::string& group) const;  // names in a group, sorted bytewise

  // Attributes of a group ("/" is the root) or dataset. Text is stored as a UTF-8 string of fixed length.
  void set_attribute(const std::string& object, const std::string& key, std::string_view value);
  void set_attribute(const std::string& object, const std::string& key, int64_t value);
  void set_attribute(const std::string& object, const std::string& key, double value);
  bool has_attribute(const std::string& object, const std::string& key) const;
  std::vector<std::string> attributes(const std::string& object) const;  // their keys, sorted bytewise
  std::string text_attribute(const std::string& object, const std::string& key) const;
  // Text of h5py's kind, too: strings of variable length, whose heap HDF5 1.10 reads with less care. For
  // files that the user recorded, not for what strangers share.
  std::string recorded_text_attribute(const std::string& object, const std::string& key) const;
  int64_t int_attribute(const std::string& object, const std::string& key) const;
  double double_attribute(const std::string& object, const std::string& key) const;

 private:
  H5File(std::filesystem::path path, bool created) : path_(std::move(path)), created_(created) {}
  void write_raw(const std::string& name, H5Type type, const void* values, const std::vector<H5Axis>& axes,
                 H5Compression compression);
  void read_raw(const std::string& name, H5Type type, void* values) const;
  std::vector<int64_t> check_read(const std::string& name, H5Type type, int64_t limit_bytes) const;
  static void check_count(const std::string& name, int64_t count, const std::vector<H5Axis>& axes);
  void attach_scale(int64_t dataset, unsigned dimension, const H5Axis& axis);

  std::filesystem::path path_;
  bool created_;
  int64_t id_ = -1;  // HDF5's handle
};

// "1.10.8", of the library in use.
std::string hdf5_version();

}  // namespace mazescan

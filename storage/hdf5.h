#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
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
// With a group before the name ("size05/sample") the scale stands in that group.
struct H5Axis {
  std::string name;
  int64_t length = 0;
};

// Some rows of a virtual dataset: all those of a dataset of another file.
struct H5Part {
  std::string file;  // relative to the folder of the file that holds the virtual dataset
  std::string dataset;
  int64_t rows = 0;
  bool operator==(const H5Part& other) const {
    return file == other.file && dataset == other.dataset && rows == other.rows;
  }
};

enum class H5Compression { kNone, kGzip };  // kGzip: shuffle and deflate level 1

template <class T>
struct H5Array {
  std::vector<int64_t> shape;
  std::vector<T> values;  // row-major
};

// A virtual dataset: the rows of its parts, one part after the other.
struct H5Virtual {
  H5Type type;
  std::vector<int64_t> shape;
  std::vector<H5Part> parts;
};

// A dataset that is written or read some rows (indices of its first dimension) at a time. What is written is
// held until it makes a chunk. Must not outlive its file's close().
class H5Rows {
 public:
  H5Rows(H5Rows&& other) noexcept;
  H5Rows& operator=(H5Rows&&) = delete;
  ~H5Rows();

  H5Type type() const { return type_; }
  const std::vector<int64_t>& shape() const { return shape_; }
  int64_t row_bytes() const;  // of one row

  // The next rows of a new dataset: rows * row_bytes() bytes, elements as stored.
  void append(int64_t rows, const void* values);
  void read(int64_t first, int64_t rows, void* values) const;

 private:
  friend class H5File;
  H5Rows(std::filesystem::path path, std::string name, int64_t id, const int* disk_error);
  void write_chunk();
  std::filesystem::path path_;
  std::string name_;
  int64_t id_;             // HDF5's handle
  const int* disk_error_;  // of a file that is made on disk
  H5Type type_;
  std::vector<int64_t> shape_;

  // Of a dataset that is written: the chunk that is being filled.
  struct Chunk {
    H5Compression compression = H5Compression::kNone;
    std::vector<char> bytes;  // none if the dataset is empty; behind the rows, room for a checksum
    int64_t rows = 0, first = 0, held = 0;  // how many fit, the first of them, how many are there
  } chunk_;
};

namespace hdf5_detail {
struct DiskFile;
}

class H5File {
 public:
  // A new file. It grows in memory, as libhdf5 does not survive a full disk; close() writes it atomically to
  // `path`.
  static H5File create(const std::filesystem::path& path);
  // The same for a file that may be too large for memory: it grows on disk under a temporary name. An error
  // of the disk is thrown by the next write or by close().
  static H5File create_on_disk(const std::filesystem::path& path);
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

  // A new dataset to be filled by rows.
  H5Rows create_rows(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                     H5Compression compression);
  // A dataset to be read by rows; a row may have at most `limit_bytes`.
  H5Rows open_rows(const std::string& name, int64_t limit_bytes = int64_t{1} << 28) const;

  // A virtual dataset: the rows of its parts, one part after the other. axes[0] is as long as all parts. A
  // reader gets, where a part is missing, NaN or the invalid value of its type: the smallest number of signed
  // integers, the largest of unsigned ones.
  void write_virtual(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                     const std::vector<H5Part>& parts);
  // What a virtual dataset consists of; all other functions refuse it. Throws UserError if it is none, or
  // cuts its parts otherwise. Only for files whose bytes are known to be sound: libhdf5 1.10 overruns a
  // buffer on a hostile one.
  H5Virtual virtual_dataset(const std::string& name) const;

  // The dataset, which must hold elements of exactly type T and, when read, at most `limit_bytes`.
  template <class T>
  H5Array<T> read(const std::string& name, int64_t limit_bytes = int64_t{1} << 33) const {
    H5Array<T> array;
    array.shape = check_read(name, H5TypeOf<T>::value, limit_bytes);
    int64_t count = 1;
    for (const int64_t length : array.shape) count *= length;
    array.values.resize(static_cast<size_t>(count));
    if (count > 0) read_raw(name, array.values.data());
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
  bool has_attribute(const std::string& object, const std::string& key) const;
  std::vector<std::string> attributes(const std::string& object) const;  // their keys, sorted bytewise
  std::string text_attribute(const std::string& object, const std::string& key) const;
  // Text of h5py's kind, too: strings of variable length, whose heap HDF5 1.10 reads with less care. For
  // files that the user recorded, not for what strangers share.
  std::string recorded_text_attribute(const std::string& object, const std::string& key) const;
  int64_t int_attribute(const std::string& object, const std::string& key) const;

 private:
  H5File(std::filesystem::path path, bool created);
  int64_t make_dataset(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                       int64_t properties, int64_t access);
  void check_disk() const;  // throws what the disk said
  void write_raw(const std::string& name, H5Type type, const void* values, const std::vector<H5Axis>& axes,
                 H5Compression compression);
  void read_raw(const std::string& name, void* values) const;
  std::vector<int64_t> check_read(const std::string& name, H5Type type, int64_t limit_bytes) const;
  static void check_count(const std::string& name, int64_t count, const std::vector<H5Axis>& axes);
  void attach_scale(int64_t dataset, unsigned dimension, const H5Axis& axis);

  std::filesystem::path path_;
  bool created_;
  std::unique_ptr<hdf5_detail::DiskFile> disk_;  // of a new file that is not made in memory
  int64_t id_ = -1;                              // HDF5's handle
};

// "1.10.8", of the library in use.
std::string hdf5_version();

}  // namespace mazescan

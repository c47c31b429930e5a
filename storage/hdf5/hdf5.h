#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "storage/float16.h"

// Reading and writing of HDF5 files; no other folder includes HDF5's headers. Every dataset is little-endian
// and chunked, has Fletcher32 checksums and named axes (dimension scales). All errors are UserErrors that
// name file, object and HDF5's reason. Objects are named by their path from the root, such as
// "/episodes/cheese"; groups are created as needed.
namespace mazescan::hdf5 {

// Element types of datasets; the names are numpy's.
enum class H5Type { kUint8, kInt16, kUint16, kInt32, kUint32, kInt64, kFloat16, kFloat32, kFloat64 };
const char* h5_type_name(H5Type type);  // "uint8", ..., "float16"
size_t h5_type_size(H5Type type);       // bytes of an element

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
struct H5TypeOf<storage::Float16> {
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

// A dimension of a dataset. Its name becomes the label of the dimension, and the name of a dimension scale
// with the values 0, 1, ..., length - 1 in the root group: "/name" for the first length with this name,
// "/name_LENGTH" for other lengths, "/name_index" if a group of the file, or a dataset along the axis, has that name, too. With a group before the
// name ("size05/sample") the scale is in that group.
struct H5Axis {
  std::string name;
  int64_t length = 0;
};

// A part of a virtual dataset: all rows of a dataset of another file.
struct H5Part {
  std::string file;  // relative to the folder of the file that holds the virtual dataset
  std::string dataset;
  int64_t rows = 0;
  bool operator==(const H5Part& other) const {
    return file == other.file && dataset == other.dataset && rows == other.rows;
  }
};

// kGzip: shuffle and deflate level 1. kSeg: storage/seg with the best k of each chunk, for integers of one or
// two bytes.
enum class H5Compression { kNone, kGzip, kSeg };

template <class T>
struct H5Array {
  std::vector<int64_t> shape;
  std::vector<T> values;  // row-major
};

// A virtual dataset: the concatenated rows of its parts.
struct H5Virtual {
  H5Type type;
  std::vector<int64_t> shape;
  std::vector<H5Part> parts;
};

// A dataset that is written or read by rows (indices of its first dimension). Rows to write are kept in
// memory until a chunk is complete. Must not be used after close() of its file.
class H5Rows {
 public:
  H5Rows(H5Rows&& other) noexcept;
  H5Rows& operator=(H5Rows&&) = delete;
  ~H5Rows();

  H5Type type() const { return type_; }
  const std::vector<int64_t>& shape() const { return shape_; }
  int64_t row_bytes() const;  // bytes of one row

  // Appends rows to a new dataset. values: rows * row_bytes() bytes, elements as stored.
  void append(int64_t rows, const void* values);
  // Reads rows `first` to `first + rows - 1` into `values`.
  void read(int64_t first, int64_t rows, void* values) const;

 private:
  friend class H5File;
  H5Rows(std::filesystem::path path, std::string name, int64_t id, const int* disk_error);
  void write_chunk();
  std::filesystem::path path_;
  std::string name_;
  int64_t id_;                          // handle of libhdf5
  const int* disk_error_;               // errno of a file that grows on disk
  std::shared_ptr<bool> close_failed_;  // of the file that is written: H5File::close throws then
  H5Type type_;
  std::vector<int64_t> shape_;

  // The chunk that is being filled, of a dataset that is written.
  struct Chunk {
    H5Compression compression = H5Compression::kNone;
    std::vector<char> bytes;  // the rows and room for a checksum; empty if the dataset is empty
    int64_t rows = 0;         // how many rows fit
    int64_t first = 0;        // index of the first row
    int64_t held = 0;         // how many rows are filled
  } chunk_;
};

namespace detail {
struct DiskFile;
}

class H5File {
 public:
  // Creates a file that grows in memory, because libhdf5 does not survive a full disk. close() writes it
  // atomically to `path`.
  static H5File create(const std::filesystem::path& path);
  // Creates a file that may be too large for memory: it grows on disk under a temporary name. The next write,
  // or close(), throws an error of the disk.
  static H5File create_on_disk(const std::filesystem::path& path);
  // Opens a file for reading, without locks. Never loads filter plugins.
  static H5File open(const std::filesystem::path& path);
  H5File(H5File&& other) noexcept;
  H5File& operator=(H5File&&) = delete;
  ~H5File();  // discards a new file that was not closed

  // Closes the file. A new file gets a seal (storage/seal.h) and is moved to its path, where it replaces an
  // old one.
  void close();

  // Writes a dataset. values: as many as the product of the lengths of the axes; may be null if that is zero.
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

  // Creates a dataset that is written by rows.
  H5Rows create_rows(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                     H5Compression compression);
  // Opens a dataset that is read by rows. A row may have at most `limit_bytes`.
  H5Rows open_rows(const std::string& name, int64_t limit_bytes = int64_t{1} << 28) const;

  // Writes a virtual dataset: the concatenated rows of its parts. axes[0] has the total length. If a part is
  // missing, readers get NaN, the smallest value of a signed integer type or the largest of an unsigned one.
  void write_virtual(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                     const std::vector<H5Part>& parts);
  // Returns the parts of a virtual dataset, which all other functions refuse. Only for trusted files, because
  // libhdf5 1.10 overruns a buffer on a hostile one.
  // Throws UserError if the dataset is not virtual, or if its parts are not whole rows in order.
  H5Virtual virtual_dataset(const std::string& name) const;

  // Reads a dataset whose elements have exactly the type T. It may have at most `limit_bytes`.
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
  // Returns the labels of the dimensions, "" without one. Only for trusted files: they are texts of variable
  // length, on which libhdf5 may crash.
  std::vector<std::string> axes(const std::string& name) const;
  bool has(const std::string& name) const;                        // a group or a dataset
  bool is_group(const std::string& name) const;                   // false for a dataset
  std::vector<std::string> list(const std::string& group) const;  // names in a group, sorted bytewise
  // Returns the path of the first object that is none of these datasets, of the groups that hold them, and of the
  // dimension scales of these axes; "" if there is none. Links that are not hard are such objects, too.
  std::string unexpected(const std::set<std::string>& datasets, const std::set<std::string>& axes) const;

  // Attributes of a group ("/" is the root) or of a dataset. Text is a UTF-8 string of fixed length.
  void set_attribute(const std::string& object, const std::string& key, std::string_view value);
  void set_attribute(const std::string& object, const std::string& key, int64_t value);
  void set_attribute(const std::string& object, const std::string& key, double value);
  bool has_attribute(const std::string& object, const std::string& key) const;
  std::vector<std::string> attributes(const std::string& object) const;  // their keys, sorted bytewise
  std::string text_attribute(const std::string& object, const std::string& key) const;
  // Reads strings of variable length, too, as h5py writes them. HDF5 1.10 checks their heap less carefully:
  // only for files that the user recorded, not for files from other people.
  std::string recorded_text_attribute(const std::string& object, const std::string& key) const;
  int64_t int_attribute(const std::string& object, const std::string& key) const;
  double float_attribute(const std::string& object, const std::string& key) const;
  // Reads an attribute of a virtual dataset. Only for trusted files, as virtual_dataset.
  double virtual_attribute(const std::string& dataset, const std::string& key) const;

 private:
  H5File(std::filesystem::path path, bool created);
  int64_t make_dataset(const std::string& name, H5Type type, const std::vector<H5Axis>& axes,
                       int64_t properties, int64_t access);
  void check_disk() const;  // throws the first error of the disk
  void write_raw(const std::string& name, H5Type type, const void* values, const std::vector<H5Axis>& axes,
                 H5Compression compression);
  void read_raw(const std::string& name, void* values) const;
  std::vector<int64_t> check_read(const std::string& name, H5Type type, int64_t limit_bytes) const;
  static void check_count(const std::string& name, int64_t count, const std::vector<H5Axis>& axes);
  void attach_scale(int64_t dataset, unsigned dimension, const H5Axis& axis);
  // Renames scales that have the name of a group, or of a dataset along them: in netCDF's model the first cannot be, and
  // the second would be the scale's values.
  void rename_ambiguous_scales();
  std::vector<std::string> groups() const;  // paths of all groups, the root first as ""

  std::filesystem::path path_;
  bool created_;
  std::unique_ptr<detail::DiskFile> disk_;                              // of a new file that grows on disk
  std::shared_ptr<bool> close_failed_ = std::make_shared<bool>(false);  // of rows that were written
  int64_t id_ = -1;                                                     // handle of libhdf5
};

// Returns the version of the HDF5 library in use, such as "1.10.8".
std::string hdf5_version();

}  // namespace mazescan::hdf5

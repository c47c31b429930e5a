// Tests that chunks of all kinds are read as by libhdf5, and that chunks with a wrong length are refused.
#include <gtest/gtest.h>
#include <hdf5.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

#include "storage/hdf5/fletcher32.h"
#include "storage/hdf5/hdf5.h"
#include "storage/hdf5/seg_filter.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::hdf5 {
namespace {

namespace fs = std::filesystem;
using Lengths = std::vector<hsize_t>;
using Filters = std::function<void(hid_t)>;  // adds filters to the properties of a dataset

// Creates "/data" of int32 and lets `fill` write it.
void write(const fs::path& path, const Lengths& shape, const Lengths& chunk, const Filters& filters,
           const std::function<void(hid_t)>& fill) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS), properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110);
  H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data());
  filters(properties);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t dataset = H5Dcreate2(file, "data", H5T_STD_I32LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  fill(dataset);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Fclose(file);
  H5Pclose(properties);
  H5Pclose(access);
}

void all_filters(hid_t properties) {
  H5Pset_shuffle(properties);
  H5Pset_deflate(properties, 1);
  H5Pset_fletcher32(properties);
}

TEST(Hdf5Chunks, AnyShapeAndFiltersAreRead) {
  const TemporaryFolder folder;
  const Filters filters[] = {[](hid_t) {}, [](hid_t p) { H5Pset_fletcher32(p); },
                             [](hid_t p) {
                               H5Pset_fletcher32(p);
                               H5Pset_deflate(p, 6);
                             },
                             [](hid_t p) { H5Pset_shuffle(p); }, all_filters};
  for (const Lengths& chunk : {Lengths{1, 1, 1}, Lengths{3, 2, 4}, Lengths{7, 5, 6}, Lengths{2, 5, 6}})
    for (const Filters& some : filters) {
      std::vector<int32_t> values(size_t{7} * 5 * 6);
      std::iota(values.begin(), values.end(), -100);
      write(folder / "f.h5", {7, 5, 6}, chunk, some, [&](hid_t dataset) {
        H5Dwrite(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
      });
      const H5File file = H5File::open(folder / "f.h5");
      EXPECT_EQ(file.read<int32_t>("/data").values, values);
      std::vector<int32_t> rows(size_t{3} * 5 * 6);
      file.open_rows("/data").read(2, 3, rows.data());
      EXPECT_TRUE(std::equal(rows.begin(), rows.end(), values.begin() + 2 * 5 * 6));
    }
}

std::string checked(std::string bytes) {
  const uint32_t checksum = fletcher32(bytes.data(), bytes.size());
  return bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
           bytes.size());
  return out.substr(0, size);
}

TEST(Hdf5Chunks, WrongLengthsAreRefused) {
  const TemporaryFolder folder;
  constexpr hsize_t kRowsOfChunks = 100;
  const std::string whole(kRowsOfChunks * 4, '\1');
  const Filters none = [](hid_t) {}, fletcher = [](hid_t p) { H5Pset_fletcher32(p); };
  std::string changed = checked(whole);
  changed[7] ^= 1;
  const struct {
    Filters filters;
    std::string stored;
    uint32_t skipped;
    const char* message;  // "": it is read
  } chunks[] = {
    {none, whole, 0, ""},
#if !H5_VERSION_GE(2, 0, 0)  // which does not write such chunks
    {none, whole.substr(1), 0, "has a wrong length"},
    {none, whole + "x", 0, "has a wrong length"},
    {none, whole + whole + whole + std::string(1000, 'x'), 0, "is too long"},
#endif
    {fletcher, checked(whole), 0, ""},
    {fletcher, "", 0, "more than the file can hold"},
    {fletcher, "abc", 0, "shorter than its checksum"},
    {fletcher, checked(""), 0, "has a wrong length"},
    {fletcher, changed, 0, "has a wrong checksum"},
    {all_filters, checked(deflated(whole)), 0, ""},
    {all_filters, checked(whole), 2, ""},
    {all_filters, whole, 7, ""},
    {all_filters, checked(deflated(whole.substr(4))), 0, "has a wrong length"},
    {all_filters, checked(deflated(whole + "xxxx")), 0, "has a wrong length"},
    {all_filters, checked(deflated(whole + whole)), 0, "cannot be decompressed"},
    {all_filters, checked(whole), 0, "cannot be decompressed"}
  };
  for (const auto& chunk : chunks) {
    write(folder / "f.h5", {kRowsOfChunks}, {kRowsOfChunks}, chunk.filters, [&](hid_t dataset) {
      const hsize_t begin = 0;
      if (chunk.stored.empty()) return;
      EXPECT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, chunk.skipped, &begin, chunk.stored.size(),
                               chunk.stored.data()),
                0);
    });
    const H5File file = H5File::open(folder / "f.h5");
    if (*chunk.message == '\0') {
      EXPECT_EQ(file.read<int32_t>("/data").values, std::vector<int32_t>(kRowsOfChunks, 0x01010101));
    } else {
      EXPECT_USER_ERROR(file.read<int32_t>("/data"), chunk.message);
    }
  }
}

std::vector<uint16_t> sparse_values(size_t count) {
  std::vector<uint16_t> values(count);
  for (size_t i = 0; i < count; i += 7) values[i] = static_cast<uint16_t>(i * i);
  return values;
}

TEST(Hdf5Chunks, SegIsReadAsItWasWritten) {
  const TemporaryFolder folder;
  constexpr int64_t kRows = 30'001, kWidth = 100;  // several chunks, the last of them shorter
  const std::vector<uint16_t> values = sparse_values(kRows * kWidth);
  const std::vector<int16_t> low = {0, -1, 1, 0, -32768, 32767};
  const std::vector<uint8_t> bytes = {0, 0, 255, 1};
  H5File file = H5File::create(folder / "f.h5");
  file.write("/whole", values, {{"row", kRows}, {"column", kWidth}}, H5Compression::kSeg);
  file.write("/signed", low, {{"six", 6}}, H5Compression::kSeg);
  file.write("/bytes", bytes, {{"four", 4}}, H5Compression::kSeg);
  file.write("/empty", std::vector<uint8_t>(), {{"none", 0}}, H5Compression::kSeg);
  {
    H5Rows rows =
        file.create_rows("/rows", H5Type::kUint16, {{"row", kRows}, {"column", kWidth}}, H5Compression::kSeg);
    for (int64_t row = 0; row < kRows; row += 11)
      rows.append(std::min<int64_t>(11, kRows - row), values.data() + row * kWidth);
  }
  file.close();
  EXPECT_LT(fs::file_size(folder / "f.h5"), values.size() * 2);  // twice, in less than half
  const H5File read = H5File::open(folder / "f.h5");
  EXPECT_EQ(read.read<uint16_t>("/whole").values, values);
  EXPECT_EQ(read.read<uint16_t>("/rows").values, values);
  EXPECT_EQ(read.read<int16_t>("/signed").values, low);
  EXPECT_EQ(read.read<uint8_t>("/bytes").values, bytes);
  EXPECT_EQ(read.read<uint8_t>("/empty").values.size(), 0U);
  std::vector<uint16_t> some(3 * kWidth);
  read.open_rows("/rows").read(20'000, 3, some.data());
  EXPECT_TRUE(std::equal(some.begin(), some.end(), values.begin() + 20'000 * kWidth));
}

// Creates "/data" of uint16 in one chunk with the filters SEG and Fletcher32, and stores this chunk.
void write_seg(const fs::path& path, hsize_t count, std::vector<unsigned> parameters,
               const std::string& chunk) {
  {  // registers the filter, so that libhdf5 accepts it
    H5File file = H5File::create(path);
    file.write("/data", std::vector<uint8_t>{1}, {{"one", 1}}, H5Compression::kSeg);
    file.close();
  }
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110);
  H5Pset_chunk(properties, 1, &count);
  ASSERT_GE(H5Pset_filter(properties, kSegFilter, H5Z_FLAG_MANDATORY, parameters.size(), parameters.data()),
            0);
  H5Pset_fletcher32(properties);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t dataset = H5Dcreate2(file, "data", H5T_STD_U16LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  const hsize_t begin = 0;
  EXPECT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &begin, chunk.size(), chunk.data()), 0);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Fclose(file);
  H5Pclose(access);
  H5Pclose(properties);
}

TEST(Hdf5Chunks, WrongSegStreamsAreRefused) {
  const TemporaryFolder folder;
  constexpr hsize_t kCount = 1000;
  const std::vector<uint16_t> values = sparse_values(kCount);
  const std::vector<char> encoded = seg::encode(values.data(), kCount, {2, false});
  const std::string stream(encoded.begin(), encoded.end());
  const std::vector<char> short_one = seg::encode(values.data(), kCount - 1, {2, false});
  std::string newer = stream, damaged = checked(stream);
  newer[0] = 2;
  damaged[20] ^= 4;
  const struct {
    std::vector<unsigned> parameters;
    std::string stored;
    const char* message;  // "": it is read
  } chunks[] = {
      {{1, 2, 255, 0}, checked(stream), ""},
      {{1, 2, 3, 0}, checked(stream), ""},
      {{2, 2, 255, 0}, checked(stream), "other parameters of filter 441 (SEG)"},
      {{1, 1, 255, 0}, checked(stream), "other parameters of filter 441 (SEG)"},
      {{1, 2, 17, 0}, checked(stream), "other parameters of filter 441 (SEG)"},
      {{1, 2, 255, 2}, checked(stream), "other parameters of filter 441 (SEG)"},
      {{1, 2, 255}, checked(stream), "other parameters of filter 441 (SEG)"},
      {{1, 2, 255, 0, 0}, checked(stream), "other parameters of filter 441 (SEG)"},
      {{1, 2, 255, 1}, checked(stream), "a chunk holds elements of another type"},
      {{1, 2, 255, 0}, checked(newer), "a chunk is of another version of the SEG codec than 1"},
      {{1, 2, 255, 0}, checked(stream.substr(0, stream.size() - 1)), "a chunk is cut off"},
      {{1, 2, 255, 0}, checked(stream + '\0'), "a chunk is longer than its numbers"},
      {{1, 2, 255, 0},
       checked({short_one.begin(), short_one.end()}),
       "a chunk has a wrong number of elements"},
      {{1, 2, 255, 0}, damaged, "a chunk has a wrong checksum"},
  };
  for (const auto& chunk : chunks) {
    write_seg(folder / "f.h5", kCount, chunk.parameters, chunk.stored);
    const H5File file = H5File::open(folder / "f.h5");
    if (*chunk.message == '\0') {
      EXPECT_EQ(file.read<uint16_t>("/data").values, values);
    } else {
      EXPECT_USER_ERROR(file.read<uint16_t>("/data"), chunk.message);
    }
  }
}

TEST(Hdf5Chunks, MissingChunksAreRefused) {
  const TemporaryFolder folder;
  write(folder / "f.h5", {4}, {2}, all_filters, [&](hid_t dataset) {
    const hsize_t begin = 0;
    const std::string stored = checked(deflated(std::string(8, '\1')));
    EXPECT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &begin, stored.size(), stored.data()), 0);
  });
  EXPECT_USER_ERROR(H5File::open(folder / "f.h5").read<int32_t>("/data"), "not allocated");
}

}  // namespace
}  // namespace mazescan::hdf5

// Tests datasets by rows, files that grow on disk, and virtual datasets.
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "storage/atomic_file.h"
#include "storage/hdf5/hdf5.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::hdf5 {
namespace {

namespace fs = std::filesystem;

std::vector<float> counting(int64_t count, float first = 0) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = first + static_cast<float>(i);
  return values;
}

constexpr int64_t kRows = 1000, kWidth = 700;  // 2.8 MB: several chunks

void write_in_pieces(const fs::path& path, H5Compression compression, int64_t piece) {
  H5File file = H5File::create_on_disk(path);
  {
    H5Rows rows =
        file.create_rows("/a/data", H5Type::kFloat32, {{"row", kRows}, {"column", kWidth}}, compression);
    EXPECT_EQ(rows.row_bytes(), kWidth * 4);
    const std::vector<float> values = counting(kRows * kWidth);
    for (int64_t first = 0; first < kRows; first += piece)
      rows.append(std::min(piece, kRows - first), values.data() + first * kWidth);
  }
  file.set_attribute("/a/data", "note", int64_t{3});
  EXPECT_FALSE(fs::exists(path));
  file.close();
}

TEST(Hdf5Rows, RowsInPiecesAreTheWholeDataset) {
  const TemporaryFolder folder;
  for (const auto compression : {H5Compression::kGzip, H5Compression::kNone})
    for (const int64_t piece : {int64_t{1}, int64_t{37}, kRows}) {
      write_in_pieces(folder / "f.h5", compression, piece);
      EXPECT_EQ(folder.entries(), 1U);
      {
        const H5File file = H5File::open(folder / "f.h5");
        EXPECT_EQ(file.read<float>("/a/data").values, counting(kRows * kWidth));
        EXPECT_EQ(file.axes("/a/data"), (std::vector<std::string>{"row", "column"}));
        EXPECT_EQ(file.int_attribute("/a/data", "note"), 3);
        const H5Rows rows = file.open_rows("/a/data");
        std::vector<float> some(static_cast<size_t>(2 * kWidth));
        rows.read(500, 2, some.data());
        EXPECT_EQ(some, counting(2 * kWidth, 500 * kWidth));
      }
      fs::remove(folder / "f.h5");
    }
}

// Returns the chunks of a dataset as stored in the file, with their checksums, by their first row.
std::vector<std::string> stored_chunks(const fs::path& path, const char* name, hsize_t rows,
                                       hsize_t rows_a_chunk) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  std::vector<std::string> chunks;
  for (hsize_t at[2] = {0, 0}; at[0] < rows; at[0] += rows_a_chunk) {
    hsize_t bytes = 0;
    uint32_t filters = 1;
    EXPECT_GE(H5Dget_chunk_storage_size(dataset, at, &bytes), 0);
    chunks.emplace_back(bytes, '\0');
    EXPECT_GE(H5Dread_chunk(dataset, H5P_DEFAULT, at, &filters, chunks.back().data()), 0);
    EXPECT_EQ(filters, 0U);
  }
  H5Dclose(dataset);
  H5Fclose(file);
  return chunks;
}

// Our checksum equals that of libhdf5's filter, and the last chunk is filled as by libhdf5.
TEST(Hdf5Rows, ChunksAreStoredAsLibhdf5StoresThem) {
  const TemporaryFolder folder;
  std::mt19937 random(3);
  std::vector<std::pair<int64_t, int64_t>> shapes = {
      {1, 1},         {1, 2},       {3, 1},         {64, 1},       {1, 65},
      {3'000'001, 1}, {1000, 2999}, {1, 2'000'001}, {600, 10'001}, {2, 1 << 20}};
  for (int i = 0; i < 60; ++i) shapes.emplace_back(1 + random() % 40, 1 + random() % 90);
  for (const auto& [rows, width] : shapes)
    for (const int kind : {0, 1, 2, 3}) {
      std::vector<uint8_t> values(static_cast<size_t>(rows * width), kind == 1 ? 0xff : 0);
      if (kind >= 2)
        for (auto& value : values)
          value = kind == 2 || random() % 50 == 0 ? static_cast<uint8_t>(random()) : 0;
      H5File file = H5File::create_on_disk(folder / "f.h5");
      const std::vector<H5Axis> axes = {{"row", rows}, {"column", width}};
      file.write("/theirs", values, axes, H5Compression::kNone);
      {
        H5Rows ours = file.create_rows("/ours", H5Type::kUint8, axes, H5Compression::kNone);
        for (int64_t first = 0, some; first < rows; first += some) {
          some = std::min<int64_t>(1 + random() % 1000, rows - first);
          ours.append(some, values.data() + first * width);
        }
      }
      file.close();
      ASSERT_EQ(H5File::open(folder / "f.h5").read<uint8_t>("/ours").values, values);
      const int64_t rows_a_chunk = std::clamp<int64_t>((1 << 20) / width, 1, rows);
      ASSERT_TRUE(stored_chunks(folder / "f.h5", "/ours", rows, rows_a_chunk) ==
                  stored_chunks(folder / "f.h5", "/theirs", rows, rows_a_chunk))
          << rows << " x " << width << ", kind " << kind;
    }
}

TEST(Hdf5Rows, ADiscardedFileLeavesNothing) {
  const TemporaryFolder folder;
  {
    H5File file = H5File::create_on_disk(folder / "f.h5");
    H5Rows rows = file.create_rows("/data", H5Type::kFloat32, {{"row", 10}}, H5Compression::kNone);
    rows.append(10, counting(10).data());
    EXPECT_EQ(folder.entries(), 1U);
  }
  EXPECT_EQ(folder.entries(), 0U);
}

// libhdf5 alone would crash at the end of the process because of such a file.
TEST(Hdf5Rows, AFullDiskIsAnErrorAndTheProcessEndsNormally) {
  const TemporaryFolder folder;
  for (const rlim_t limit : {rlim_t{100}, rlim_t{5000}, rlim_t{1} << 20, rlim_t{2} << 20}) {
    const int status = run_in_child([&] {
      limit_file_size(limit);
      const std::string message =
          user_error([&] { write_in_pieces(folder / "f.h5", H5Compression::kNone, 100); });
      if (message.find((folder / "f.h5").string()) == std::string::npos ||
          message.find("File too large") == std::string::npos)
        _exit(3);
      exit(4);  // runs the exit handlers of libhdf5
    });
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 4) << limit;
    EXPECT_EQ(folder.entries(), 0U) << limit;
  }
}

TEST(Hdf5Rows, AMissingFolderIsAnError) {
  EXPECT_USER_ERROR(H5File::create_on_disk("/nowhere/f.h5"), "/nowhere/f.h5");
}

TEST(Hdf5Rows, DamageIsDetectedOnReading) {
  const TemporaryFolder folder;
  write_in_pieces(folder / "f.h5", H5Compression::kNone, 100);
  {
    std::fstream file(folder / "f.h5", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1'500'000);
    file.put('\x55');
  }
  const H5File file = H5File::open(folder / "f.h5");
  const H5Rows rows = file.open_rows("/a/data");
  std::vector<float> all(static_cast<size_t>(kRows * kWidth));
  EXPECT_USER_ERROR(rows.read(0, kRows, all.data()), "/a/data");
}

TEST(Hdf5Rows, TooLargeRowsAreRefused) {
  const TemporaryFolder folder;
  write_in_pieces(folder / "f.h5", H5Compression::kNone, 100);
  EXPECT_USER_ERROR(H5File::open(folder / "f.h5").open_rows("/a/data", 100), "/a/data");
  EXPECT_USER_ERROR(H5File::open(folder / "f.h5").open_rows("/b"), "/b");
}

void write_master(const fs::path& path) {
  const auto parts = [](const std::string& name) {
    return std::vector<H5Part>{{"shards/a.h5", name, 4}, {"shards/b.h5", name, 2}};
  };
  H5File file = H5File::create(path);
  file.write_virtual("/all/key", H5Type::kInt16, {{"all/row", 6}}, parts("/key"));
  file.write_virtual("/all/value", H5Type::kFloat16, {{"all/row", 6}, {"all/column", 3}}, parts("/value"));
  file.close();
}

TEST(Hdf5Virtual, HasPartsAndNamedAxes) {
  const TemporaryFolder folder;
  write_master(folder / "all.h5");
  const H5File file = H5File::open(folder / "all.h5");
  const H5Virtual values = file.virtual_dataset("/all/value");
  EXPECT_EQ(values.parts, (std::vector<H5Part>{{"shards/a.h5", "/value", 4}, {"shards/b.h5", "/value", 2}}));
  EXPECT_EQ(values.shape, (std::vector<int64_t>{6, 3}));
  EXPECT_EQ(values.type, H5Type::kFloat16);
  EXPECT_EQ(file.read<int32_t>("/all/row").values.size(), 6U);
  EXPECT_USER_ERROR(file.virtual_dataset("/all/row"), "not a virtual dataset");
}

// A hostile file may have a virtual dataset in place of data: libhdf5 must not even open it.
TEST(Hdf5Virtual, IsRefusedInPlaceOfData) {
  const TemporaryFolder folder;
  write_master(folder / "all.h5");
  const H5File file = H5File::open(folder / "all.h5");
  EXPECT_USER_ERROR(file.read<int16_t>("/all/key"), "virtual");
  EXPECT_USER_ERROR(file.open_rows("/all/key"), "virtual");
  EXPECT_USER_ERROR(file.shape("/all/key"), "virtual");
  EXPECT_USER_ERROR(file.type("/all/key"), "virtual");
  EXPECT_USER_ERROR(file.axes("/all/key"), "virtual");
  EXPECT_USER_ERROR(file.has_attribute("/all/key", "x"), "virtual");
  EXPECT_USER_ERROR(file.is_group("/all/key"), "virtual");
}

TEST(Hdf5Virtual, EqualDatasetsAreEqualFiles) {
  const TemporaryFolder folder;
  write_master(folder / "a");
  write_master(folder / "b");
  EXPECT_EQ(storage::read_file(folder / "a"), storage::read_file(folder / "b"));
}

}  // namespace
}  // namespace mazescan::hdf5

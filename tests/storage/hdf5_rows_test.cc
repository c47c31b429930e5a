// Datasets in pieces, files that grow on disk, virtual datasets.
#include <gtest/gtest.h>

#include <fstream>

#include "storage/atomic_file.h"
#include "storage/hdf5.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
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
      rows.write(first, std::min(piece, kRows - first), values.data() + first * kWidth);
  }
  file.set_attribute("/a/data", "note", int64_t{3});
  EXPECT_FALSE(fs::exists(path));
  file.close();
}

TEST(Hdf5Rows, PiecesMakeTheWhole) {
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

TEST(Hdf5Rows, AGivenUpFileLeavesNothing) {
  const TemporaryFolder folder;
  {
    H5File file = H5File::create_on_disk(folder / "f.h5");
    H5Rows rows = file.create_rows("/data", H5Type::kFloat32, {{"row", 10}}, H5Compression::kNone);
    rows.write(0, 10, counting(10).data());
    EXPECT_EQ(folder.entries(), 1U);
  }
  EXPECT_EQ(folder.entries(), 0U);
}

// libhdf5 alone would stumble over such a file at the end of the process.
TEST(Hdf5Rows, AFullDiskIsOneMessageAndTheProcessEndsWell) {
  const TemporaryFolder folder;
  for (const rlim_t limit : {rlim_t{100}, rlim_t{5000}, rlim_t{1} << 20, rlim_t{2} << 20}) {
    const int status = run_in_child([&] {
      limit_file_size(limit);
      const std::string message =
          user_error([&] { write_in_pieces(folder / "f.h5", H5Compression::kNone, 100); });
      if (message.find((folder / "f.h5").string()) == std::string::npos ||
          message.find("File too large") == std::string::npos)
        _exit(3);
      exit(4);  // with HDF5's own clearing up
    });
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 4) << limit;
    EXPECT_EQ(folder.entries(), 0U) << limit;
  }
}

TEST(Hdf5Rows, AnImpossibleFolderIsTold) {
  EXPECT_USER_ERROR(H5File::create_on_disk("/nowhere/f.h5"), "/nowhere/f.h5");
}

TEST(Hdf5Rows, DamageIsNoticedWhenItIsRead) {
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

TEST(Hdf5Rows, AbsurdRowsAreRefused) {
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

TEST(Hdf5Virtual, TellsItsPartsAndHasNamedAxes) {
  const TemporaryFolder folder;
  write_master(folder / "all.h5");
  const H5File file = H5File::open(folder / "all.h5");
  const H5Virtual values = file.virtual_dataset("/all/value");
  EXPECT_EQ(values.parts, (std::vector<H5Part>{{"shards/a.h5", "/value", 4}, {"shards/b.h5", "/value", 2}}));
  EXPECT_EQ(values.shape, (std::vector<int64_t>{6, 3}));
  EXPECT_EQ(values.type, H5Type::kFloat16);
  EXPECT_EQ(file.read<int32_t>("/all/row").values.size(), 6U);
  EXPECT_USER_ERROR(file.virtual_dataset("/all/row"), "no virtual dataset");
}

// A stranger's file may say anything in the place of data, and libhdf5 must not even open it.
TEST(Hdf5Virtual, IsRefusedWhereDataAreDue) {
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

TEST(Hdf5Virtual, EqualMastersAreEqualFiles) {
  const TemporaryFolder folder;
  write_master(folder / "a");
  write_master(folder / "b");
  EXPECT_EQ(read_file(folder / "a"), read_file(folder / "b"));
}

}  // namespace
}  // namespace mazescan

#include "storage/hdf5/hdf5.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <thread>

#include "storage/atomic_file.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::hdf5 {
namespace {

namespace fs = std::filesystem;

template <class T>
std::vector<T> counting(size_t count, int64_t first = 0) {
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<T>(first + static_cast<int64_t>(i));
  return values;
}

template <class T>
void expect_round_trip(const fs::path& path, const std::vector<T>& values) {
  const int64_t rows = static_cast<int64_t>(values.size()) / 3;
  for (const auto compression : {H5Compression::kGzip, H5Compression::kNone}) {
    H5File file = H5File::create(path);
    file.write("/group/sub/data", values, {{"row", rows}, {"column", 3}}, compression);
    file.close();
    const H5File back = H5File::open(path);
    const H5Array<T> array = back.read<T>("/group/sub/data");
    EXPECT_EQ(array.values, values);
    EXPECT_EQ(array.shape, (std::vector<int64_t>{rows, 3}));
    EXPECT_EQ(back.type("/group/sub/data"), H5TypeOf<T>::value);
  }
}

TEST(Hdf5, EveryTypeRoundTrips) {
  const TemporaryFolder folder;
  expect_round_trip(folder / "f", counting<uint8_t>(300));
  expect_round_trip(folder / "f", counting<int16_t>(300, -100));
  expect_round_trip(folder / "f", counting<uint16_t>(300, 65400));
  expect_round_trip(folder / "f", counting<int32_t>(300, -100));
  expect_round_trip(folder / "f", counting<uint32_t>(300, 4000000000));
  expect_round_trip(folder / "f", counting<int64_t>(300, -(int64_t{1} << 60)));
  expect_round_trip(folder / "f", counting<float>(300, -100));
  expect_round_trip(folder / "f", counting<double>(300, -100));
  expect_round_trip(folder / "f", counting<int32_t>(3 * 700001));  // several chunks
  expect_round_trip(folder / "f", std::vector<float>{});
}

// Most builds of libhdf5 are not thread-safe; the parallel ones crash here without a lock of our own.
TEST(Hdf5, ThreadsUseFilesOfTheirOwn) {
  const TemporaryFolder folder;
  std::vector<std::thread> threads;
  for (const char* name : {"a", "b", "c"})
    threads.emplace_back([path = folder / name] {
      for (int i = 0; i < 100; ++i) expect_round_trip(path, counting<int32_t>(300, i));
    });
  for (std::thread& thread : threads) thread.join();
}

TEST(Hdf5, EveryFloat16KeepsItsBits) {
  const TemporaryFolder folder;
  std::vector<storage::Float16> values(0x10000);
  for (uint32_t bits = 0; bits < values.size(); ++bits) values[bits].bits = static_cast<uint16_t>(bits);
  H5File file = H5File::create(folder / "f");
  file.write("/half", values, {{"value", 0x10000}});
  file.close();
  const auto array = H5File::open(folder / "f").read<storage::Float16>("/half");
  for (uint32_t bits = 0; bits < values.size(); ++bits) ASSERT_EQ(array.values[bits].bits, bits);
}

TEST(Hdf5, AxesAreNamedScales) {
  const TemporaryFolder folder;
  H5File file = H5File::create(folder / "f");
  file.write("/a", counting<int32_t>(6), {{"episode", 2}, {"x", 3}});
  file.write("/g/b", counting<int32_t>(8), {{"episode", 2}, {"x", 4}});
  file.write("/g/c", counting<int32_t>(0), {{"x", 0}});
  file.close();
  const H5File back = H5File::open(folder / "f");
  EXPECT_EQ(back.axes("/a"), (std::vector<std::string>{"episode", "x"}));
  EXPECT_EQ(back.axes("/g/b"), (std::vector<std::string>{"episode", "x"}));
  EXPECT_EQ(back.list("/"), (std::vector<std::string>{"a", "episode", "g", "x", "x_0", "x_4"}));
  EXPECT_EQ(back.read<int32_t>("/x_4").values, counting<int32_t>(4));
  EXPECT_EQ(back.read<int32_t>("/x_0").values.size(), 0u);
}

TEST(Hdf5, AttributesRoundTrip) {
  const TemporaryFolder folder;
  H5File file = H5File::create(folder / "f");
  file.write("/g/a", counting<int32_t>(2), {{"x", 2}});
  const std::string large(200000, 'p');  // more than old HDF5 formats allow
  file.set_attribute("/", "text", "naïve");
  file.set_attribute("/", "large", large);
  file.set_attribute("/", "empty", "");
  file.set_attribute("/g", "count", int64_t{1} << 40);
  file.set_attribute("/g/a", "twice", int64_t{1});
  file.set_attribute("/g/a", "twice", int64_t{2});
  file.close();
  const H5File back = H5File::open(folder / "f");
  EXPECT_EQ(back.text_attribute("/", "text"), "naïve");
  EXPECT_EQ(back.text_attribute("/", "large"), large);
  EXPECT_EQ(back.text_attribute("/", "empty"), "");
  EXPECT_EQ(back.int_attribute("/g", "count"), int64_t{1} << 40);
  EXPECT_EQ(back.int_attribute("/g/a", "twice"), 2);
  EXPECT_TRUE(back.has_attribute("/", "text"));
  EXPECT_FALSE(back.has_attribute("/", "none"));
  EXPECT_USER_ERROR(back.int_attribute("/", "text"), "attribute text");
  EXPECT_USER_ERROR(back.text_attribute("/g", "count"), "fixed length");
  EXPECT_USER_ERROR(back.int_attribute("/", "text"), "int64");
  EXPECT_USER_ERROR(back.text_attribute("/", "none"), "no such attribute");
}

TEST(Hdf5, ReadingChecksNamesTypesAndLimits) {
  const TemporaryFolder folder;
  H5File file = H5File::create(folder / "f");
  file.write("/g/a", counting<int32_t>(600), {{"x", 600}});
  file.close();
  const H5File back = H5File::open(folder / "f");
  EXPECT_TRUE(back.has("/g/a"));
  EXPECT_FALSE(back.has("/g/b"));
  EXPECT_FALSE(back.has("/none/b"));
  EXPECT_USER_ERROR(back.read<int32_t>("/g/b"), "/g/b");
  EXPECT_USER_ERROR(back.read<int32_t>("/none/b"), "no such object");
  EXPECT_USER_ERROR(back.read<int32_t>("/g"), "/g");
  EXPECT_USER_ERROR(back.read<int64_t>("/g/a"), "its elements are int32");
  EXPECT_USER_ERROR(back.read<int32_t>("/g/a", 2399), "600 elements");
  EXPECT_EQ(back.read<int32_t>("/g/a", 2400).values.size(), 600u);
}

TEST(Hdf5, OtherFilesAreRefused) {
  const TemporaryFolder folder;
  EXPECT_USER_ERROR(H5File::open(folder / "none"), "no such file");
  EXPECT_USER_ERROR(H5File::open(folder.path()), "not a regular file");
  storage::write_atomically(folder / "text", std::string(5000, 'x'));
  EXPECT_USER_ERROR(H5File::open(folder / "text"), "text");
  storage::write_atomically(folder / "empty", "");
  EXPECT_USER_ERROR(H5File::open(folder / "empty"), "empty");
}

TEST(Hdf5, NewFilesAppearCompleteWhenClosed) {
  const TemporaryFolder folder;
  const auto written = [](const fs::path& path) {
    H5File file = H5File::create(path);
    file.write("/a", counting<int32_t>(4), {{"x", 4}});
    return file;
  };
  written(folder / "given-up");
  EXPECT_EQ(folder.entries(), 0u);
  EXPECT_USER_ERROR(written(folder / "none" / "f").close(), "No such file");
  EXPECT_USER_ERROR(written("/proc/mazescan.h5").close(), "/proc/mazescan.h5");
  written(folder / "f").close();
  EXPECT_EQ(folder.entries(), 1u);
  H5File twice = written(folder / "f");
  EXPECT_USER_ERROR(twice.write("/a", counting<int32_t>(4), {{"x", 4}}), "/a");
}

TEST(Hdf5, AFullDiskIsAnErrorAndNotACrash) {
  const TemporaryFolder folder;
  for (const size_t count : {size_t{1000}, size_t{4000000}}) {
    const int status = run_in_child([&] {
      limit_file_size(2000);
      try {
        H5File file = H5File::create(folder / "f");
        file.write("/a", counting<int64_t>(count), {{"x", static_cast<int64_t>(count)}},
                   H5Compression::kNone);
        file.close();
      } catch (const UserError& error) {
        exit(std::string(error.what()).find("cannot write") != std::string::npos ? 7 : 8);
      }
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 7);
  }
}

// Writes hostile files with libhdf5 itself.
class Hostile : public testing::Test {
 protected:
  Hostile() : file_(H5Fcreate((folder_ / "f").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  void write(hid_t type, std::vector<hsize_t> shape, hid_t properties) {
    const hid_t space = shape.empty()
                            ? H5Screate(H5S_SCALAR)
                            : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    H5Dclose(H5Dcreate2(file_, "/a", type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    H5Sclose(space);
  }
  void expect_refused(const char* text) {
    H5Fclose(file_);
    const H5File file = H5File::open(folder_ / "f");
    EXPECT_USER_ERROR(file.read<int32_t>("/a"), text);
  }
  TemporaryFolder folder_;
  hid_t file_;
};

TEST_F(Hostile, LargeShapesWithoutContentCostNothing) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {1024, 1024};
  H5Pset_chunk(properties, 2, chunk);
  write(H5T_STD_I32LE, {1 << 14, 1 << 15}, properties);  // 2 GiB in a file of a few hundred bytes
  expect_refused("more than the file can hold");
}

TEST_F(Hostile, AbsurdDimensionsDoNotOverflow) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {1, 1, 1};
  H5Pset_chunk(properties, 3, chunk);
  write(H5T_STD_I32LE, {hsize_t{1} << 40, hsize_t{1} << 40, hsize_t{1} << 40}, properties);
  expect_refused("more than the file can hold");
}

TEST_F(Hostile, HugeDimension) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {1};
  H5Pset_chunk(properties, 1, chunk);
  write(H5T_STD_I32LE, {hsize_t{1} << 62}, properties);
  expect_refused("a dimension of");
}

TEST_F(Hostile, HugeChunks) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {1 << 29};
  H5Pset_chunk(properties, 1, chunk);
  const hsize_t shape[] = {1 << 29};
  write(H5T_STD_I32LE, {shape[0]}, properties);
  H5Fclose(file_);
  const H5File file = H5File::open(folder_ / "f");
  EXPECT_USER_ERROR(file.read<int32_t>("/a", 1 << 20), "chunks are too large");
}

TEST_F(Hostile, Scalar) {
  write(H5T_STD_I32LE, {}, H5P_DEFAULT);
  expect_refused("no dimensions");
}

TEST_F(Hostile, BigEndian) {
  write(H5T_STD_I32BE, {4}, H5P_DEFAULT);
  expect_refused("element type");
}

TEST_F(Hostile, Strings) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  write(type, {4}, H5P_DEFAULT);
  expect_refused("element type");
}

TEST_F(Hostile, ValuesInOtherFiles) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(properties, "/etc/passwd", 0, 16);
  write(H5T_STD_I32LE, {4}, properties);
  expect_refused("other files");
}

TEST_F(Hostile, VirtualDataset) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t shape[] = {4};
  const hid_t space = H5Screate_simple(1, shape, nullptr);
  H5Pset_virtual(properties, space, "other.h5", "/a", space);
  write(H5T_STD_I32LE, {4}, properties);
  expect_refused("virtual");
}

TEST_F(Hostile, ForeignFilter) {
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {4};
  H5Pset_chunk(properties, 1, chunk);
  H5Pset_scaleoffset(properties, H5Z_SO_INT, 0);
  write(H5T_STD_I32LE, {4}, properties);
  expect_refused("filter");
}

TEST_F(Hostile, ExternalLink) {
  H5Lcreate_external("/other.h5", "/a", file_, "/a", H5P_DEFAULT, H5P_DEFAULT);
  expect_refused("a soft or external link");
}

TEST_F(Hostile, SoftLinkToItself) {
  H5Lcreate_soft("/a", file_, "/a", H5P_DEFAULT, H5P_DEFAULT);
  expect_refused("a soft or external link");
}

TEST_F(Hostile, AttributesOfOtherKinds) {
  const auto attribute = [&](const char* key, hid_t type, hid_t space) {
    H5Aclose(H5Acreate2(file_, key, type, space, H5P_DEFAULT, H5P_DEFAULT));
  };
  const hid_t variable = H5Tcopy(H5T_C_S1);
  H5Tset_size(variable, H5T_VARIABLE);
  const hsize_t shape[] = {5};
  attribute("variable", variable, H5Screate(H5S_SCALAR));
  attribute("array", H5T_STD_I64LE, H5Screate_simple(1, shape, nullptr));
  attribute("null", H5T_STD_I64LE, H5Screate(H5S_NULL));
  H5Fclose(file_);
  const H5File file = H5File::open(folder_ / "f");
  EXPECT_USER_ERROR(file.text_attribute("/", "variable"), "fixed length");
  EXPECT_EQ(file.attributes("/"), (std::vector<std::string>{"array", "null", "variable"}));
  EXPECT_USER_ERROR(file.recorded_text_attribute("/", "array"), "an array");
  EXPECT_USER_ERROR(file.int_attribute("/", "array"), "an array");
  EXPECT_USER_ERROR(file.int_attribute("/", "null"), "an array");
}

// Writes a string as h5py does.
TEST_F(Hostile, VariableTextIsReadAsRecordedTextOnly) {
  const hid_t variable = H5Tcopy(H5T_C_S1);
  H5Tset_size(variable, H5T_VARIABLE);
  const auto attribute = [&](const char* key, const char* text) {
    const hid_t created = H5Acreate2(file_, key, variable, H5Screate(H5S_SCALAR), H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(created, variable, &text);
    H5Aclose(created);
  };
  attribute("game", "maze_aisc");
  attribute("empty", "");
  H5Gclose(H5Gcreate2(file_, "/group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(file_);
  const H5File file = H5File::open(folder_ / "f");
  EXPECT_EQ(file.recorded_text_attribute("/", "game"), "maze_aisc");
  EXPECT_EQ(file.recorded_text_attribute("/", "empty"), "");
  EXPECT_USER_ERROR(file.text_attribute("/", "game"), "fixed length");
  EXPECT_TRUE(file.is_group("/group"));
  EXPECT_TRUE(file.is_group("/"));
}

}  // namespace
}  // namespace mazescan::hdf5

#include "datasets/activation_shard.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <set>

#include "core/hash.h"
#include "storage/atomic_file.h"
#include "tests/datasets/sample_activations.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::datasets {
namespace {

namespace fs = std::filesystem;

TEST(ActivationShard, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  for (const int levels : {0, 1, 7}) {
    const SampleActivations sample(levels);
    const std::string hash = sample.write(folder / "s.h5");
    const ActivationShard shard = read_activation_shard(folder / "s.h5");
    EXPECT_EQ(shard.payload_hash, hash);
    EXPECT_EQ(shard.count(), sample.count());
    EXPECT_EQ(shard.unit.placement, "cell:1,2");
    EXPECT_EQ(shard.unit.seed, 7);
    EXPECT_EQ(shard.samples.mouse, sample.keys.mouse);
    EXPECT_EQ(shard.samples.probability, sample.keys.probability);
    EXPECT_EQ(shard.levels.open, sample.table.open);
    ASSERT_EQ(shard.taps.size(), 2U);
    EXPECT_EQ(shard.taps[0].shape.shape, (std::vector<int64_t>{2, 3, 4}));
    EXPECT_EQ(shard.taps[0].type, hdf5::H5Type::kFloat16);
    const ActivationHeader header = read_activation_header(folder / "s.h5");
    EXPECT_EQ(header.header.payload_hash, hash);
    EXPECT_EQ(header.header.key, sample.unit.record_key);
    EXPECT_EQ(header.samples, sample.count());
  }
}

TEST(ActivationShard, HashKnowsContentsNotStorage) {
  const TemporaryFolder folder;
  const SampleActivations sample(5);
  const std::string hash = sample.write(folder / "a.h5");
  EXPECT_EQ(sample.write(folder / "a.h5", {"float16", "none"}), hash);
  EXPECT_EQ(sample.write(folder / "a.h5", {"float16", "gzip"}, 100), hash);
  std::set<std::string> hashes = {hash, sample.write(folder / "a.h5", {"float32", "gzip"})};
  const auto with = [&](const std::function<void(SampleActivations&)>& change) {
    SampleActivations other(5);
    change(other);
    hashes.insert(other.write(folder / "a.h5"));
  };
  with([](auto& s) { s.values[1].back() += 1; });
  with([](auto& s) { s.keys.action[3] = 0; });
  with([](auto& s) { s.keys.value[0] = 2; });
  with([](auto& s) { s.table.open[0] ^= 1; });
  with([](auto& s) { s.unit.chunk = 5; });
  with([](auto& s) { s.unit.policy_hash = "other"; });
  with([](auto& s) { s.unit.sampling = "initial"; });
  with([](auto& s) { s.unit.seed = 8; });
  with([](auto& s) { s.taps[1].name = "fc_value"; });
  EXPECT_EQ(hashes.size(), 11U);
}

// Uses more data than one hashing step or one chunk holds.
TEST(ActivationShard, PiecesOfAnySizeMakeTheSameShard) {
  const TemporaryFolder folder;
  const SampleActivations sample(15'000);
  for (const char* storage_dtype : {"float16", "float32"}) {
    const std::string hash = sample.write(folder / "s.h5", {storage_dtype, "gzip"}, 1000);
    EXPECT_EQ(sample.write(folder / "s.h5", {storage_dtype, "none"}, 30'000), hash);
    EXPECT_EQ(sample.write(folder / "s.h5", {storage_dtype, "none"}, 7), hash);
    EXPECT_EQ(read_activation_shard(folder / "s.h5").payload_hash, hash);
  }
}

TEST(ActivationShard, ValuesTooLargeForFloat16AreCounted) {
  const TemporaryFolder folder;
  SampleActivations sample(3);
  sample.values[1][4] = 1e6F;
  sample.values[1][7] = -65520;
  sample.values[1][8] = 65519;
  sample.values[1][9] = std::numeric_limits<float>::max();
  sample.write(folder / "s.h5");
  const auto shard = read_activation_shard(folder / "s.h5");
  EXPECT_EQ(shard.taps[0].overflowed, 0);
  EXPECT_EQ(shard.taps[1].overflowed, 3);
  sample.write(folder / "s.h5", {"float32", "gzip"});
  EXPECT_EQ(read_activation_shard(folder / "s.h5").taps[1].overflowed, 0);
}

TEST(ActivationShard, ADivergedPolicyIsToldAndLeavesNoShard) {
  const TemporaryFolder folder;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float value : {std::nanf(""), -std::nanf(""), kInfinity, -kInfinity})
    for (const char* storage_dtype : {"float16", "float32"}) {
      SampleActivations sample(3);
      sample.values[0][100] = value;
      EXPECT_USER_ERROR(sample.write(folder / "s.h5", {storage_dtype, "gzip"}), "embedder.block1.conv");
      EXPECT_EQ(folder.entries(), 0U);
    }
}

TEST(ActivationShard, EveryFlippedBitIsRefused) {
  const TemporaryFolder folder;
  SampleActivations(2).write(folder / "s.h5", {"float16", "none"});
  const std::string bytes = storage::read_file(folder / "s.h5");
  for (size_t at = 0; at < bytes.size(); at += 37) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    storage::write_atomically(folder / "d.h5", damaged);
    EXPECT_USER_ERROR(read_activation_shard(folder / "d.h5"), "d.h5 is damaged");
  }
  for (const double share : {0.0, 0.3, 0.7, 0.99}) {
    storage::write_atomically(
        folder / "d.h5", bytes.substr(0, static_cast<size_t>(share * static_cast<double>(bytes.size()))));
    EXPECT_USER_ERROR(read_activation_shard(folder / "d.h5"), (folder / "d.h5").string());
  }
}

// Breaks a rule of the format in shards whose payload hash is correct.
TEST(ActivationShard, ContradictionsAreRefused) {
  const TemporaryFolder folder;
  SampleActivations sound(3);
  sound.write(folder / "s.h5");
  const auto refused = [&](const char* fault, const std::function<void(hdf5::H5File&)>& change) {
    hdf5::H5File file = hdf5::H5File::create(folder / "bad.h5");
    file.set_attribute("/", "format", "mazescan-record-shard");
    file.set_attribute("/", "format_version", int64_t{1});
    change(file);
    file.close();
    EXPECT_USER_ERROR(read_activation_shard(folder / "bad.h5"), fault);
  };
  refused("attribute size", [](hdf5::H5File&) {});
  EXPECT_USER_ERROR(read_activation_shard(folder / "none.h5"), "No such file");
  storage::write_atomically(folder / "text.h5", "no HDF5");
  EXPECT_USER_ERROR(read_activation_shard(folder / "text.h5"), "text.h5");
  for (const auto& change : std::vector<std::function<void(SampleActivations&)>>{
           [](auto& s) { s.keys.mouse[2] = 3; }, [](auto& s) { s.keys.action[0] = 5; },
           [](auto& s) { s.keys.step[0] = 21; }, [](auto& s) { s.keys.level_seed[0] = 99; },
           [](auto& s) { s.keys.value[0] = std::nanf(""); }, [](auto& s) { s.keys.size[1] = 5; },
           [](auto& s) { s.keys.outcome.pop_back(); }, [](auto& s) { s.table.open[0] = 2; },
           [](auto& s) { s.unit.placement = "a\nb"; }}) {
    SampleActivations sample(3);
    change(sample);
    EXPECT_THROW(sample.write(folder / "never.h5"), InternalError);
    EXPECT_FALSE(fs::exists(folder / "never.h5"));
  }
}

TEST(ActivationShard, AFullDiskIsTold) {
  const TemporaryFolder folder;
  const SampleActivations sample(50);
  const int status = run_in_child([&] {
    limit_file_size(20000);
    EXPECT_USER_ERROR(sample.write(folder / "s.h5", {"float32", "none"}), "File too large");
    exit(testing::Test::HasFailure() ? 3 : 4);
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 4);
  EXPECT_EQ(folder.entries(), 0U);
}

}  // namespace
}  // namespace mazescan::datasets

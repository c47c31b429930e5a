#include "datasets/activation_shard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <set>
#include <utility>

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

// With every HDF5 and compiler: the same data written elsewhere are the same dataset.
TEST(ActivationShard, EqualDataHaveAFixedHash) {
  const TemporaryFolder folder;
  EXPECT_EQ(SampleActivations(5).write(folder / "a.h5"), "d2afe1a08ad255973b5be0e6c77b63f8");
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
  EXPECT_EQ(shard.taps[0].lost, 0);
  EXPECT_EQ(shard.taps[1].lost, 3);
  sample.write(folder / "s.h5", {"float32", "gzip"});
  EXPECT_EQ(read_activation_shard(folder / "s.h5").taps[1].lost, 0);
}

std::vector<float> tap_values(const fs::path& shard, const SampleActivations& sample, size_t tap) {
  std::vector<float> values(sample.values[tap].size());
  read_tap_values(hdf5::H5File::open(shard), sample.taps[tap].name, 0, sample.count(), values.data());
  return values;
}

TEST(ActivationShard, CodesAreReadAsNumbers) {
  const TemporaryFolder folder;
  SampleActivations sample(300);
  for (float& value : sample.values[1]) value = std::max(value - 60, 0.F);  // often 0
  for (const auto& [storage_dtype, bits] : {std::pair{"uint8", 8}, {"uint16", 16}}) {
    const std::string hash = sample.write(folder / "s.h5", {storage_dtype, "seg"});
    EXPECT_EQ(sample.write(folder / "gzip.h5", {storage_dtype, "gzip"}), hash);
    EXPECT_EQ(sample.write(folder / "none.h5", {storage_dtype, "none"}), hash);
    const ActivationShard shard = read_activation_shard(folder / "s.h5");
    EXPECT_EQ(shard.payload_hash, hash);
    EXPECT_EQ(shard.samples.probability, sample.keys.probability);
    for (size_t t = 0; t < 2; ++t) {
      const StoredTap& tap = shard.taps[t];
      EXPECT_EQ(tap.type, storage_type(storage_dtype));
      ASSERT_TRUE(tap.quantisation);
      EXPECT_EQ(*tap.quantisation, sample.quantisations(bits)[t]);
      EXPECT_EQ(tap.lost, 0);
      const std::vector<float> values = tap_values(folder / "s.h5", sample, t);
      EXPECT_EQ(values, tap_values(folder / "gzip.h5", sample, t));
      for (size_t i = 0; i < values.size(); ++i) {
        ASSERT_LE(std::abs(values[i] - sample.values[t][i]), tap.quantisation->step() * 0.5001) << i;
        if (t == 1 && sample.values[t][i] == 0) {
          ASSERT_EQ(values[i], 0);
        }
      }
    }
  }
}

TEST(ActivationShard, TheHashCoversTheMeaningOfCodes) {
  const TemporaryFolder folder;
  SampleActivations sample(5);
  const auto hash_with = [&](const storage::Quantisation& first) {
    return sample.write_codes(folder / "s.h5", {"uint8", "seg"}, {first, {-1, 64, 8}});
  };
  const std::set<std::string> hashes = {hash_with({-1, 64, 8}), hash_with({-1, 65, 8}),
                                        hash_with({-2, 64, 8})};
  EXPECT_EQ(hashes.size(), 3U);
}

TEST(ActivationShard, ClippedValuesAreCounted) {
  const TemporaryFolder folder;
  SampleActivations sample(3);
  sample.write_codes(folder / "s.h5", {"uint16", "seg"}, {{0, 64, 16}, {-1, 64, 16}});
  const ActivationShard shard = read_activation_shard(folder / "s.h5");
  EXPECT_EQ(shard.taps[0].lost, 8);  // below 0
  EXPECT_EQ(shard.taps[1].lost, 0);
  EXPECT_EQ(tap_values(folder / "s.h5", sample, 0)[0], 0);
}

TEST(ActivationShard, ImpossibleCodesAreRefused) {
  const TemporaryFolder folder;
  SampleActivations(3).write_codes(folder / "bad.h5", {"uint8", "none"}, {{0, 64, 7}, {-1, 64, 8}});
  EXPECT_USER_ERROR(read_activation_shard(folder / "bad.h5"), "codes of 7 bits in uint8");
  const auto fault = [](const storage::Quantisation& codes, int64_t lost) {
    return stored_tap_fault({{"fc", {1}}, hdf5::H5Type::kUint8, codes, lost});
  };
  EXPECT_EQ(fault({0, 64, 8}, 0), "");
  EXPECT_NE(fault({0, 64, 16}, 0), "");
  EXPECT_NE(fault({0, 64, 8}, -1), "");
  EXPECT_NE(fault({64, 64, 8}, 0), "");
  EXPECT_NE(fault({0, 1e39, 8}, 0), "");
  EXPECT_NE(fault({std::nan(""), 1, 8}, 0), "");
  EXPECT_NE(fault({0, std::nan(""), 8}, 0), "");
  EXPECT_NE(stored_tap_fault({{"fc", {1}}, hdf5::H5Type::kInt32, {}, 0}), "");
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

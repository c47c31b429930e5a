#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "datasets/scan_shard_check.h"
#include "datasets/scan_shard_file.h"
#include "storage/atomic_file.h"
#include "storage/hdf5/hdf5.h"
#include "tests/datasets/sample_shard.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::datasets {
namespace {

namespace fs = std::filesystem;

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {  // NaN equals NaN
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

bool same(const ExactChances& a, const ExactChances& b) {
  return a.arrived == b.arrived && a.expected_steps == b.expected_steps && a.goal == b.goal &&
         a.proxy == b.proxy && a.proxy_then_goal == b.proxy_then_goal &&
         a.decision_reached == b.decision_reached && a.decision_to_goal == b.decision_to_goal &&
         a.decision_to_proxy == b.decision_to_proxy && a.random_arrived == b.random_arrived &&
         a.blind_steps == b.blind_steps;
}

bool same(const Rollouts& a, const Rollouts& b) {
  return a.success == b.success && a.outcome == b.outcome && a.steps == b.steps &&
         a.decision_step == b.decision_step && a.path_offset == b.path_offset && a.path == b.path;
}

// Expects that `b` equals `a`, with or without its activations.
bool same(const ScanShard& a, const ScanShard& b, bool with_activations) {
  bool equal = a.size == b.size && a.placement == b.placement && a.chunk == b.chunk && a.limit == b.limit &&
               a.region == b.region && a.scan_key == b.scan_key && a.level_seed == b.level_seed &&
               a.open == b.open && a.cheese == b.cheese && a.optimal == b.optimal && a.on_path == b.on_path &&
               a.decision == b.decision && same(a.sampled, b.sampled) && same(a.greedy, b.greedy) &&
               same(a.exact, b.exact) && a.decision_episode == b.decision_episode &&
               a.fields.size() == b.fields.size() && b.taps.size() == (with_activations ? a.taps.size() : 0);
  for (size_t i = 0; equal && i < b.taps.size(); ++i)
    equal = a.taps[i].tap == b.taps[i].tap && a.taps[i].moment == b.taps[i].moment &&
            a.taps[i].shape == b.taps[i].shape && same_bits(a.taps[i].values, b.taps[i].values);
  for (size_t i = 0; equal && i < b.fields.size(); ++i)
    equal = a.fields[i].episode == b.fields[i].episode &&
            same_bits(a.fields[i].probability, b.fields[i].probability) &&
            same_bits(a.fields[i].value, b.fields[i].value);
  return equal;
}

TEST(Shard, RoundTrips) {
  const TemporaryFolder folder;
  for (const char* storage_dtype : {"float16", "float32"})
    for (const char* compression : {"gzip", "none"})
      for (const int episodes : {0, 1, 2, 40}) {
        const ScanShard shard = sample_shard(episodes);
        const fs::path path = folder / "s.h5";
        const std::string hash = write_shard(path, shard, {storage_dtype, compression}, "{}");
        EXPECT_TRUE(same(shard, read_shard(path, true), true)) << storage_dtype << compression << episodes;
        EXPECT_TRUE(same(shard, read_shard(path, false), false)) << storage_dtype << compression << episodes;
        const ShardHeader header = read_shard_header(path);
        EXPECT_EQ(header.payload_hash, hash);
        EXPECT_EQ(header.key, shard.scan_key);
        EXPECT_EQ(folder.entries(), 1u);
      }
}

// With every HDF5 and compiler: the same data written elsewhere are the same dataset.
TEST(Shard, EqualDataHaveAFixedHash) {
  const TemporaryFolder folder;
  EXPECT_EQ(write_shard(folder / "s.h5", sample_shard(7), {"float16", "gzip"}, "{}"),
            "3636ab9f6995bd02cc19c4d56f068a95");
}

TEST(Shard, WithoutAnyActivationsOrFields) {
  const TemporaryFolder folder;
  ScanShard shard = sample_shard(5);
  shard.taps.clear();
  shard.fields.clear();
  shard.decision_episode.clear();
  write_shard(folder / "s.h5", shard, {}, "");
  EXPECT_TRUE(same(shard, read_shard(folder / "s.h5", true), true));
}

TEST(Shard, HashIsTheSameWithAllVersionsOfHdf5) {
  const TemporaryFolder folder;
  EXPECT_EQ(write_shard(folder / "s.h5", sample_shard(7), {}, ""), "3636ab9f6995bd02cc19c4d56f068a95");
}

TEST(Shard, HashCoversThePayloadAndNothingElse) {
  const TemporaryFolder folder;
  const fs::path path = folder / "s.h5";
  const ScanShard shard = sample_shard(4);
  const std::string hash = write_shard(path, shard, {"float16", "gzip"}, "{}");
  EXPECT_EQ(hash.size(), 32u);
  EXPECT_EQ(write_shard(path, shard, {"float16", "none"}, "{\"host\": \"other\"}"), hash);
  EXPECT_NE(write_shard(path, shard, {"float32", "gzip"}, "{}"), hash);
  std::vector<std::string> seen{hash};
  const auto expect_new_hash = [&](const auto& change) {
    ScanShard changed = shard;
    change(changed);
    seen.push_back(write_shard(path, changed, {}, "{}"));
    EXPECT_EQ(std::count(seen.begin(), seen.end(), seen.back()), 1) << seen.size();
  };
  expect_new_hash([](ScanShard& s) { s.placement = "centre"; });
  expect_new_hash([](ScanShard& s) { s.chunk = 3; });
  expect_new_hash([](ScanShard& s) { s.exact.arrived.back() += 0.01F; });
  expect_new_hash([](ScanShard& s) { s.exact.blind_steps[1] += 1; });
  expect_new_hash([](ScanShard& s) { s.region = 2; });
  expect_new_hash([](ScanShard& s) { s.scan_key = "x"; });
  expect_new_hash([](ScanShard& s) { s.level_seed[3] ^= 1; });
  expect_new_hash([](ScanShard& s) { s.open[7] ^= 1; });
  expect_new_hash([](ScanShard& s) { s.greedy.path[7] ^= 1; });
  expect_new_hash([](ScanShard& s) { s.sampled.outcome[0] ^= 1; });
  expect_new_hash([](ScanShard& s) { s.fields[1].value[0] += 1; });
  expect_new_hash([](ScanShard& s) { s.taps[2].values[5] += 1; });
  expect_new_hash([](ScanShard& s) { s.taps[2].tap = "embedder.block1.conw"; });
  expect_new_hash([](ScanShard& s) { s.taps[0].shape = {2, 3, 2, 4}; });
  expect_new_hash([](ScanShard& s) { s.taps.pop_back(); });
  expect_new_hash([](ScanShard& s) { s.fields.pop_back(); });
}

TEST(Shard, OrderOfTapsDoesNotMatter) {
  const TemporaryFolder folder;
  ScanShard shard = sample_shard(4);
  const std::string hash = write_shard(folder / "a.h5", shard, {}, "");
  std::reverse(shard.taps.begin(), shard.taps.end());
  EXPECT_EQ(write_shard(folder / "b.h5", shard, {}, ""), hash);
}

TEST(Shard, OverflowsOfFloat16AreCounted) {
  const TemporaryFolder folder;
  ScanShard shard = sample_shard(4);
  shard.taps[2].values[0] = 70000;
  shard.taps[2].values[1] = -70000;
  shard.taps[2].values[2] = 65504;
  testing::internal::CaptureStdout();
  write_shard(folder / "s.h5", shard, {"float16", "gzip"}, "");
  const std::string output = testing::internal::GetCapturedStdout();
  EXPECT_NE(output.find("2 of 96 values of /activations/first/embedder.block1.conv"), std::string::npos)
      << output;
  const hdf5::H5File file = hdf5::H5File::open(folder / "s.h5");
  EXPECT_EQ(file.int_attribute("/activations/first/embedder.block1.conv", "overflowed"), 2);
  EXPECT_EQ(file.int_attribute("/activations/first/fc_policy", "overflowed"), 0);
  const ScanShard back = read_shard(folder / "s.h5", true);
  EXPECT_EQ(back.taps[2].values[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(back.taps[2].values[2], 65504);
}

TEST(Shard, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  const fs::path path = folder / "s.h5";
  write_shard(path, sample_shard(6), {}, "{}");
  const std::string bytes = storage::read_file(path);
  const size_t step = bytes.size() / 150;
  for (size_t length = 0; length < bytes.size(); length += length < 100 ? 7 : step) {
    std::ofstream(path, std::ios::binary) << bytes.substr(0, length);
    EXPECT_USER_ERROR(read_shard(path, false), "s.h5");
  }
  std::ofstream(path, std::ios::binary) << bytes.substr(0, bytes.size() - 1);
  EXPECT_USER_ERROR(read_shard(path, false), "s.h5");
}

TEST(Shard, EveryFlippedBitIsRefused) {
  const TemporaryFolder folder;
  const fs::path path = folder / "s.h5";
  write_shard(path, sample_shard(6), {}, "{}");
  const std::string bytes = storage::read_file(path);
  for (size_t i = 0; i < bytes.size(); i += i < 512 ? 3 : 61) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ (1 << i % 8));
    std::ofstream(path, std::ios::binary) << bad;
    EXPECT_USER_ERROR(read_shard(path, true), "s.h5 is damaged");
  }
}

TEST(Shard, ForeignFilesAreRefused) {
  const TemporaryFolder folder;
  EXPECT_USER_ERROR(read_shard(folder / "none", false), "No such file");
  EXPECT_USER_ERROR(read_shard(folder.path(), false), "not a regular file");
  EXPECT_USER_ERROR(read_shard_header(fs::path("/proc/self/status")), "/proc/self/status");
  hdf5::H5File other = hdf5::H5File::create(folder / "other.h5");
  other.set_attribute("/", "format", "something");
  other.close();
  EXPECT_USER_ERROR(read_shard(folder / "other.h5", false), "is not a shard");
  EXPECT_USER_ERROR(read_shard_header(folder / "other.h5"), "is not a shard");
  hdf5::H5File future = hdf5::H5File::create(folder / "future.h5");
  future.set_attribute("/", "format", "mazescan-scan-shard");
  future.set_attribute("/", "format_version", int64_t{4});
  future.close();
  EXPECT_USER_ERROR(read_shard(folder / "future.h5", false), "format_version 4");
}

TEST(Shard, WriteErrorsLeaveTheOldShard) {
  const TemporaryFolder folder;
  const ScanShard shard = sample_shard(6);
  EXPECT_USER_ERROR(write_shard(folder / "none" / "s.h5", shard, {}, ""), "No such file");
  EXPECT_USER_ERROR(write_shard("/proc/s.h5", shard, {}, ""), "/proc");
  write_shard(folder / "s.h5", shard, {}, "");
  const int status = run_in_child([&] {
    limit_file_size(3000);
    try {
      write_shard(folder / "s.h5", sample_shard(40), {}, "");
    } catch (const UserError&) {
      exit(7);
    }
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_TRUE(same(shard, read_shard(folder / "s.h5", true), true));
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Shard, KillsAtAnyMomentLeaveAWholeShard) {
  const TemporaryFolder folder;
  const ScanShard small = sample_shard(3), large = sample_shard(200);
  write_shard(folder / "s.h5", small, {}, "");
  for (int round = 0; round < 8; ++round) {
    kill_during(
        [&] {
          write_shard(folder / "s.h5", large, {}, "");
          write_shard(folder / "s.h5", small, {}, "");
        },
        10 + 7 * round);
    const ScanShard back = read_shard(folder / "s.h5", true);
    EXPECT_TRUE(same(back, small, true) || same(back, large, true));
  }
}

// Makes one change at a time, each of which breaks one rule of the format.
TEST(ShardCheck, NamesTheFault) {
  EXPECT_EQ(shard_fault(sample_shard(6)), "");
  const auto expect_fault = [](const char* text, const std::function<void(ScanShard&)>& change) {
    ScanShard shard = sample_shard(6);
    change(shard);
    const std::string fault = shard_fault(shard);
    EXPECT_NE(fault.find(text), std::string::npos) << text << " in: " << fault;
  };
  expect_fault("size 0", [](ScanShard& s) { s.size = 0; });
  expect_fault("size 256", [](ScanShard& s) { s.size = 256; });
  expect_fault("limit", [](ScanShard& s) { s.limit = 0; });
  expect_fault("placement", [](ScanShard& s) { s.placement = "a\nb"; });
  expect_fault("scan_key", [](ScanShard& s) { s.scan_key = "a\nb"; });
  expect_fault("open", [](ScanShard& s) { s.open.pop_back(); });
  expect_fault("open [3]", [](ScanShard& s) { s.open[3] = 2; });
  expect_fault("cheese [5] is 5", [](ScanShard& s) { s.cheese[5] = 5; });
  expect_fault("decision [0]", [](ScanShard& s) { s.decision[0] = -2; });
  expect_fault("half a cell", [](ScanShard& s) { s.decision[0] = -1; });
  expect_fault("proxy [1] is 5", [](ScanShard& s) { s.proxy[1] = 5; });
  expect_fault("proxy of episode 0 is half a cell", [](ScanShard& s) { s.proxy[1] = -1; });
  expect_fault("optimal", [](ScanShard& s) { s.optimal[0] = 25; });
  expect_fault("on_path", [](ScanShard& s) { s.on_path[0] = 2; });
  expect_fault("sampled/success", [](ScanShard& s) { s.sampled.success[0] = 2; });
  expect_fault("greedy/outcome", [](ScanShard& s) { s.greedy.outcome[1] = 4; });
  expect_fault("greedy/steps", [](ScanShard& s) { s.greedy.steps[1] = 21; });
  expect_fault("sampled/decision_step", [](ScanShard& s) { s.sampled.decision_step[0] = -2; });
  expect_fault("beyond its path", [](ScanShard& s) { s.sampled.decision_step[0] = 5; });
  expect_fault("sampled/path [0] is 25", [](ScanShard& s) { s.sampled.path[0] = 25; });
  expect_fault("begin with 0", [](ScanShard& s) { s.sampled.path_offset[0] = 1; });
  expect_fault("ends with", [](ScanShard& s) { s.sampled.path.pop_back(); });
  expect_fault("entries from", [](ScanShard& s) { s.sampled.path_offset[1] = int64_t{1} << 50; });
  expect_fault("entries from", [](ScanShard& s) { s.sampled.path_offset[1] = 0; });
  expect_fault("exact/arrived", [](ScanShard& s) { s.exact.arrived.pop_back(); });
  expect_fault("exact/arrived [3] is less", [](ScanShard& s) { s.exact.arrived[3] = 0; });
  expect_fault("exact/arrived [20]", [](ScanShard& s) { s.exact.arrived[20] = 1.5F; });
  expect_fault("exact/random_arrived [0]", [](ScanShard& s) { s.exact.random_arrived[0] = std::nanf(""); });
  expect_fault("exact/proxy [2]", [](ScanShard& s) { s.exact.proxy[2] = -0.1F; });
  expect_fault("exact/decision_to_goal", [](ScanShard& s) { s.exact.decision_to_goal.clear(); });
  expect_fault("exact/expected_steps [1]", [](ScanShard& s) { s.exact.expected_steps[1] = std::nan(""); });
  expect_fault("exact/blind_steps [0]", [](ScanShard& s) { s.exact.blind_steps[0] = -2; });
  expect_fault("ascending", [](ScanShard& s) { s.decision_episode[1] = 0; });
  expect_fault("ascending", [](ScanShard& s) { s.decision_episode[2] = 6; });
  expect_fault("was never on", [](ScanShard& s) { s.decision_episode[1] = 3; });
  expect_fault("moment", [](ScanShard& s) { s.taps[0].moment = "last"; });
  expect_fault("name of a tap", [](ScanShard& s) { s.taps[0].tap = "../x"; });
  expect_fault("name of a tap", [](ScanShard& s) { s.taps[0].tap = "episode"; });
  expect_fault("dimensions", [](ScanShard& s) { s.taps[0].shape = {72}; });
  expect_fault("samples", [](ScanShard& s) { s.taps[0].shape = {6, 3, 2, 2}; });
  expect_fault("values", [](ScanShard& s) { s.taps[0].values.pop_back(); });
  expect_fault("twice", [](ScanShard& s) { s.taps[1] = s.taps[0]; });
  expect_fault("no episode 6", [](ScanShard& s) { s.fields[0].episode = 6; });
  expect_fault("fields/probability", [](ScanShard& s) { s.fields[0].probability.pop_back(); });
  expect_fault("fields/value", [](ScanShard& s) { s.fields[1].value.clear(); });
}

TEST(ShardCheck, UnsoundShardsAreNotWritten) {
  const TemporaryFolder folder;
  ScanShard shard = sample_shard(2);
  shard.cheese[0] = 5;
  EXPECT_THROW(write_shard(folder / "s.h5", shard, {}, ""), InternalError);
  EXPECT_EQ(folder.entries(), 0u);
}

}  // namespace
}  // namespace mazescan::datasets

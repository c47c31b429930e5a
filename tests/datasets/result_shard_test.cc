#include "datasets/result_shard.h"

#include <gtest/gtest.h>

#include "storage/atomic_file.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::datasets {
namespace {

ResultShard sample() {
  ResultShard shard(kCertify, {7, "all", 3}, "key");
  shard.facts = {{"limit", 105}};
  shard.set("walks/never", std::vector<int32_t>{0, 4, 1}, "layout");
  shard.set("walks/expected", std::vector<double>{1.5, 2, 3, 4, 5, 6}, {{"layout", 3}, {"moment", 2}});
  shard.set("none", std::vector<float>{}, "nothing");
  return shard;
}

TEST(ResultShard, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  const auto path = folder / "a.h5";
  const std::string hash = write_result_shard(path, sample(), "{}");
  const ResultShard read = read_result_shard(path, kCertify);
  EXPECT_EQ(read.unit.size, 7);
  EXPECT_EQ(read.unit.subject, "all");
  EXPECT_EQ(read.unit.chunk, 3);
  EXPECT_EQ(read.key, "key");
  EXPECT_EQ(read.facts, sample().facts);
  EXPECT_EQ(read.get<int32_t>("walks/never"), (std::vector<int32_t>{0, 4, 1}));
  EXPECT_EQ(read.get<double>("walks/expected").size(), 6U);
  EXPECT_EQ(read.axes("walks/expected")[1].name, "moment");
  EXPECT_TRUE(read.get<float>("none").empty());
  EXPECT_EQ(read_result_header(path, kCertify).payload_hash, hash);
  EXPECT_EQ(write_result_shard(folder / "b.h5", sample(), "{\"other\": 1}"), hash) << "provenance is outside";
}

// With every HDF5 and compiler: the same data written elsewhere are the same dataset.
TEST(ResultShard, EqualDataHaveAFixedHash) {
  const TemporaryFolder folder;
  EXPECT_EQ(write_result_shard(folder / "a.h5", sample(), "{}"), "ad1f55e3fa7ec5bd1fd621d4d1dcf880");
}

TEST(ResultShard, OtherContentsAreAnotherPayload) {
  const TemporaryFolder folder;
  const std::string hash = write_result_shard(folder / "a.h5", sample(), "{}");
  ResultShard other = sample();
  other.facts["limit"] = 106;
  EXPECT_NE(write_result_shard(folder / "b.h5", other, "{}"), hash);
  other = sample();
  other.set("walks/never", std::vector<int32_t>{0, 4, 2}, "layout");
  EXPECT_NE(write_result_shard(folder / "b.h5", other, "{}"), hash);
}

TEST(ResultShard, WhatDoesNotFitIsNamed) {
  const TemporaryFolder folder;
  const auto path = folder / "a.h5";
  write_result_shard(path, sample(), "{}");
  EXPECT_USER_ERROR(read_result_shard(path, kEdit), "no shard of an editing");
  const ResultShard read = read_result_shard(path, kCertify);
  EXPECT_USER_ERROR(read.get<int32_t>("walks/nothing"), "it has no column walks/nothing");
  EXPECT_USER_ERROR(read.get<double>("walks/never"), "column walks/never is of another type");
  std::string bytes = storage::read_file(path);
  for (size_t at = 0; at < bytes.size(); at += 101) {  // data or structure
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    storage::write_atomically(path, flipped);
    EXPECT_USER_ERROR(read_result_shard(path, kCertify), "a.h5 is damaged");
  }
}

}  // namespace
}  // namespace mazescan::datasets

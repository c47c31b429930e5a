#include "storage/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "storage/atomic_file.h"
#include "storage/seal.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::storage {
namespace {

namespace fs = std::filesystem;
using Blobs = std::map<std::string, std::string>;

Blobs blobs_of(int64_t step) {
  return {{"policy.bin", std::string(5000, static_cast<char>('a' + step % 26))},
          {"streams.bin", std::to_string(step)},
          {"empty", ""}};
}

void save(const fs::path& dir, int64_t step, int newest = 3, int64_t every = 0) {
  save_checkpoint(dir, step, blobs_of(step), {{"time", "now"}}, {newest, every});
}

TEST(Checkpoint, RoundTrips) {
  const TemporaryFolder folder;
  const fs::path dir = folder / "run" / "checkpoints";
  EXPECT_FALSE(load_latest(dir).has_value());
  const std::string hash = save_checkpoint(dir, 7, blobs_of(7), {{"time", "now"}}, {1});
  const auto checkpoint = load_latest(dir);
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(checkpoint->step, 7);
  EXPECT_EQ(checkpoint->blobs, blobs_of(7));
  EXPECT_EQ(checkpoint->payload_hash, hash);
  EXPECT_EQ(checkpoint->about["time"], "now");
  EXPECT_EQ(checkpoint->folder, dir / "00000007");
  EXPECT_EQ(load_checkpoint(dir / "00000007").blobs, blobs_of(7));
}

TEST(Checkpoint, PayloadHashCoversBlobsAndNotAbout) {
  const TemporaryFolder folder;
  const auto hash = [&](const char* dir, const Blobs& blobs, const char* time) {
    return save_checkpoint(folder / dir, 1, blobs, {{"time", time}}, {1});
  };
  const std::string base = hash("a", {{"x", "1"}, {"y", "2"}}, "now");
  EXPECT_EQ(hash("b", {{"x", "1"}, {"y", "2"}}, "later"), base);
  EXPECT_NE(hash("c", {{"x", "1"}, {"y", "3"}}, "now"), base);
  EXPECT_NE(hash("d", {{"x", "1"}, {"z", "2"}}, "now"), base);
  EXPECT_NE(hash("e", {{"x", "12"}, {"y", ""}}, "now"), base);
}

TEST(Checkpoint, KeepsTheNewest) {
  const TemporaryFolder folder;
  for (int64_t step = 8; step <= 12; ++step) save(folder.path(), step, 2);
  EXPECT_EQ(folder.entries(), 2u);
  EXPECT_TRUE(fs::exists(folder / "00000011"));
  EXPECT_EQ(load_latest(folder.path())->step, 12);
  save(folder.path(), 123456789, 1);
  EXPECT_EQ(load_latest(folder.path())->step, 123456789);
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Checkpoint, ADamagedNewestIsSkipped) {
  const TemporaryFolder folder;
  const fs::path newest = folder / "00000002";
  const auto expect_passed_over = [&](const char* what) {
    const auto checkpoint = load_latest(folder.path());
    ASSERT_TRUE(checkpoint.has_value()) << what;
    EXPECT_EQ(checkpoint->step, 1) << what;
    user_error([&] { load_checkpoint(newest); });
    fs::remove_all(newest);
    save(folder.path(), 2);
  };
  save(folder.path(), 1);
  save(folder.path(), 2);
  fs::remove(newest / "manifest.json");
  expect_passed_over("no manifest");
  fs::remove(newest / "streams.bin");
  expect_passed_over("no blob");
  fs::resize_file(newest / "policy.bin", 4999);
  expect_passed_over("truncated blob");
  std::string bytes = read_file(newest / "policy.bin");
  bytes[3000] ^= 1;
  write_atomically(newest / "policy.bin", bytes);
  expect_passed_over("flipped bit");
  write_atomically(newest / "empty", "x");
  expect_passed_over("longer blob");
  write_atomically(newest / "manifest.json", "{}");
  expect_passed_over("foreign manifest");
  fs::remove_all(newest);
  write_atomically(newest, "a file");
  expect_passed_over("file in the folder's place");
  fs::remove_all(newest);
  fs::copy(folder / "00000001", newest);
  expect_passed_over("renamed checkpoint");
  EXPECT_EQ(load_latest(folder.path())->step, 2);
}

TEST(Checkpoint, FlippedBytesOfTheManifestAreDetected) {
  const TemporaryFolder folder;
  save(folder.path(), 1);
  const fs::path path = folder / "00000001" / "manifest.json";
  const std::string text = read_file(path);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] ^= 1;
    write_atomically(path, bad);
    EXPECT_USER_ERROR(load_checkpoint(folder / "00000001"), "manifest.json is damaged");
  }
}

TEST(Checkpoint, OnlyDamagedOnesAreAnError) {
  const TemporaryFolder folder;
  save(folder.path(), 1);
  save(folder.path(), 2);
  fs::remove(folder / "00000001" / "empty");
  fs::remove(folder / "00000002" / "empty");
  EXPECT_USER_ERROR(load_latest(folder.path()), "no checkpoint in");
  EXPECT_USER_ERROR(load_checkpoint(folder / "00000003"), "No such file");
}

TEST(Checkpoint, HostileBlobNamesAreRefused) {
  const TemporaryFolder folder;
  write_atomically(folder / "secret", "x");
  save(folder / "c", 1);
  const fs::path path = folder / "c" / "00000001" / "manifest.json";
  nlohmann::json document = nlohmann::json::parse(read_file(path));
  document.erase("seal");
  for (const char* name : {"../../secret", "/etc/passwd", "a/b", "manifest.json", ".hidden"}) {
    document["files"][0]["name"] = name;
    write_atomically(path, sealed_json(document));
    EXPECT_USER_ERROR(load_checkpoint(folder / "c" / "00000001"), "name");
  }
}

TEST(Checkpoint, SavingAStepAgainReplacesADamagedOne) {
  const TemporaryFolder folder;
  save(folder.path(), 1);
  save(folder.path(), 2);
  fs::resize_file(folder / "00000002" / "policy.bin", 3);
  save(folder.path(), 2);
  EXPECT_EQ(load_latest(folder.path())->step, 2);
  save_checkpoint(folder.path(), 2, {{"other", "x"}}, nlohmann::json::object(), {3});
  EXPECT_EQ(load_latest(folder.path())->blobs, (Blobs{{"other", "x"}}));
  EXPECT_EQ(folder.entries(), 2u);
}

TEST(Checkpoint, EveryNthIsKept) {
  const TemporaryFolder folder;
  for (int64_t step = 2; step <= 14; step += 2) save(folder.path(), step, 2, 6);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"00000006", "00000012", "00000014"}));
  save(folder.path(), 5, 1, 6);  // removes all later ones, multiples included
  EXPECT_EQ(folder.entries(), 1U);
  EXPECT_EQ(load_latest(folder.path())->step, 5);
}

TEST(Checkpoint, LaterOnesAreRemoved) {
  const TemporaryFolder folder;
  save(folder.path(), 1);
  save(folder.path(), 9);
  fs::remove(folder / "00000009" / "policy.bin");
  save(folder.path(), 2, 1);
  EXPECT_EQ(load_latest(folder.path())->step, 2);
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(Checkpoint, AFullDiskLeavesTheOlderOnes) {
  const TemporaryFolder folder;
  save(folder.path(), 1, 1);
  const int status = run_in_child([&] {
    limit_file_size(1000);
    try {
      save(folder.path(), 2, 1);
    } catch (const UserError&) {
      _exit(7);
    }
  });
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(load_latest(folder.path())->step, 1);
  EXPECT_EQ(folder.entries(), 1u);
  EXPECT_USER_ERROR(save("/proc/mazescan/checkpoints", 1), "/proc/mazescan");
}

TEST(Checkpoint, KillsAtAnyTimeLeaveAUsableOne) {
  const TemporaryFolder folder;
  save(folder.path(), 0, 2);
  int64_t last = 0;
  for (int round = 0; round < 8 || (last < 3 && round < 18);
       ++round) {  // longer rounds where the disk is slow
    const auto before = load_latest(folder.path());
    ASSERT_TRUE(before.has_value());
    EXPECT_EQ(before->blobs, blobs_of(before->step));
    int64_t step = before->step;
    kill_during([&] { save(folder.path(), ++step, 2); }, 5 << (round / 2));
    ASSERT_TRUE(load_latest(folder.path()).has_value());
    last = load_latest(folder.path())->step;
    EXPECT_GE(last, before->step);
  }
  EXPECT_GT(last, 0);
  save(folder.path(), last + 1, 2);
  EXPECT_EQ(folder.entries(), 2u);  // the temporaries of killed processes are removed
}

}  // namespace
}  // namespace mazescan::storage

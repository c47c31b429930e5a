#include "storage/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/storage/child.h"
#include "tests/storage/memory_limit.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::storage {
namespace {

namespace fs = std::filesystem;

TEST(AtomicFile, WritesReplacesAndReadsBytes) {
  const TemporaryFolder folder;
  const std::string bytes("a\0b\nc", 5);
  write_atomically(folder / "file", "old");
  write_atomically(folder / "file", bytes);
  EXPECT_EQ(read_file(folder / "file"), bytes);
  write_atomically(folder / "file", "");
  EXPECT_EQ(read_file(folder / "file"), "");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, ReadsFilesOfUnknownSize) {
  EXPECT_NE(read_file("/proc/self/status").find("Pid:"), std::string::npos);
}

TEST(AtomicFile, ReadErrorsNamePathAndReason) {
  const TemporaryFolder folder;
  EXPECT_USER_ERROR(read_file(folder / "none"), "none");
  EXPECT_USER_ERROR(read_file(folder / "none"), "No such file");
  EXPECT_USER_ERROR(read_file(folder.path()), "Is a directory");
  write_atomically(folder / "file", "x");
  EXPECT_USER_ERROR(read_file(folder / "file" / "below"), "Not a directory");
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_USER_ERROR(read_file(folder / "pipe"), "not a regular file");
}

TEST(AtomicFile, WriteErrorsLeaveNoFiles) {
  const TemporaryFolder folder;
  EXPECT_USER_ERROR(write_atomically(folder / "none" / "file", "x"), "No such file");
  write_atomically(folder / "file", "x");
  EXPECT_USER_ERROR(write_atomically(folder / "file" / "below", "x"), "Not a directory");
  fs::create_directory(folder / "sub");
  EXPECT_USER_ERROR(write_atomically(folder / "sub", "x"), "Is a directory");
  EXPECT_USER_ERROR(write_atomically("/proc/mazescan", "x"), "/proc");
  EXPECT_USER_ERROR(write_atomically(folder / "", "x"), "not the name of a file");
  EXPECT_USER_ERROR(write_atomically(folder / std::string(300, 'n'), "x"), "File name too long");
  EXPECT_EQ(folder.entries(), 2u);
}

TEST(AtomicFile, FullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_atomically(folder / "file", "old");
  const int status = run_in_child([&] {
    limit_file_size(4096);
    try {
      write_atomically(folder / "file", std::string(100000, 'n'));
    } catch (const UserError& error) {
      _exit(std::string(error.what()).find("File too large") != std::string::npos ? 7 : 8);
    }
  });
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST(AtomicFile, KillsAtAnyTimeLeaveACompleteFile) {
  const TemporaryFolder folder;
  const std::string a(200000, 'a'), b(300000, 'b');
  write_atomically(folder / "file", a);
  for (int round = 0; round < 12; ++round) {
    kill_during(
        [&] {
          write_atomically(folder / "file", b);
          write_atomically(folder / "file", a);
        },
        3 + round);
    const std::string bytes = read_file(folder / "file");
    EXPECT_TRUE(bytes == a || bytes == b) << bytes.size() << " bytes";
  }
  write_atomically(folder / "file", a);
  EXPECT_EQ(folder.entries(), 1u) << "the last write takes over what the kills left";
}

TEST(AtomicFile, FilesThatAreTooLargeAreNotRead) {
  const TemporaryFolder folder;
  write_atomically(folder / "file", "1234");
  EXPECT_EQ(read_file(folder / "file", 4), "1234");
  EXPECT_USER_ERROR(read_file(folder / "file", 3), "it is too large, 4 bytes");
  EXPECT_USER_ERROR(read_file("/proc/self/status", 100), "it is too large");  // a file of unknown size
  fs::resize_file(folder / "file", uintmax_t{200} << 30);
  EXPECT_USER_ERROR(read_file(folder / "file"), "a file of this kind has at most 4294967296 bytes");
}

TEST(AtomicFile, FilesThatDoNotFitIntoMemoryAreAnError) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "memory cannot be limited under the address sanitizer";
#endif
  const TemporaryFolder folder;
  write_atomically(folder / "file", "");
  fs::resize_file(folder / "file", uintmax_t{2} << 30);
  const MemoryLimit limit(size_t{1} << 30);
  EXPECT_USER_ERROR(read_file(folder / "file"), "it does not fit into the memory of this machine");
}

TEST(AppendLine, AppendsAndReportsErrors) {
  const TemporaryFolder folder;
  append_line(folder / "metrics.jsonl", "{\"step\": 1}");
  append_line(folder / "metrics.jsonl", "{\"step\": 2}");
  EXPECT_EQ(read_file(folder / "metrics.jsonl"), "{\"step\": 1}\n{\"step\": 2}\n");
  EXPECT_USER_ERROR(append_line("/dev/full", "x"), "No space left");
  EXPECT_USER_ERROR(append_line(folder / "none" / "file", "x"), "No such file");
}

TEST(MakeDirectories, CreatesParentsAndReportsErrors) {
  const TemporaryFolder folder;
  make_directories(folder / "a/b/c");
  make_directories(folder / "a/b/c");
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
  write_atomically(folder / "file", "x");
  EXPECT_USER_ERROR(make_directories(folder / "file"), "Not a directory");
  EXPECT_USER_ERROR(make_directories(folder / "file/below"), "Not a directory");
}

TEST(AtomicFile, DevicesAndPipesAreNotReplaced) {
  const TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_USER_ERROR(write_atomically(pipe, "x"), "a device or a pipe");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

}  // namespace
}  // namespace mazescan::storage

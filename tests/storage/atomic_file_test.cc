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

TEST(AtomicFile, AKillBetweenWriteAndCommitLeavesTheOldFile) {
  const TemporaryFolder folder;
  write_atomically(folder / "file", "old");
  const int status = run_in_child([&] {
    const AtomicPath target(folder / "file");
    std::ofstream(target.temporary()) << "half of the n" << std::flush;
    raise(SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(folder.entries(), 2u);  // the old file and the temporary one
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(folder.entries(), 1u);
  EXPECT_EQ(read_file(folder / "file"), "old");
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
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(folder.entries(), 1u);
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

TEST(AtomicFile, OnlyTemporariesOfDeadProcessesAreRemoved) {
  const TemporaryFolder folder;
  const AtomicPath alive(folder / "file");
  std::ofstream(alive.temporary()) << "being written";
  write_atomically(folder / ".hidden", "x");
  write_atomically(folder / "name.tmp-a-1-1", "x");            // not hidden
  write_atomically(folder / ".name.tmp-a-x-1", "x");           // no process
  write_atomically(folder / ".name.tmp-other-host-1-1", "x");  // from another host, recent
  write_atomically(folder / ".old.tmp-other-host-1-1", "x");
  fs::last_write_time(folder / ".old.tmp-other-host-1-1",
                      fs::file_time_type::clock::now() - std::chrono::hours(2));
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(folder.entries(), 5u);
  EXPECT_FALSE(fs::exists(folder / ".old.tmp-other-host-1-1"));
  remove_stale_temporaries(folder / "none");  // a missing folder is ignored
}

TEST(AtomicPath, UncommittedFilesAndFoldersAreRemoved) {
  const TemporaryFolder folder;
  {
    const AtomicPath file(folder / "file"), tree(folder / "tree");
    std::ofstream(file.temporary()) << "x";
    fs::create_directories(tree.temporary() / "deep");
    std::ofstream(tree.temporary() / "deep" / "file") << "x";
    EXPECT_NE(file.temporary(), AtomicPath(folder / "file").temporary());
  }
  EXPECT_EQ(folder.entries(), 0u);
}

TEST(AtomicPath, CommitsFilesAndFolders) {
  const TemporaryFolder folder;
  AtomicPath file(folder / "file"), tree(folder / "tree"), none(folder / "none");
  std::ofstream(file.temporary()) << "x";
  file.commit();
  fs::create_directories(tree.temporary() / "deep");
  std::ofstream(tree.temporary() / "deep" / "file") << "y";
  tree.commit();
  EXPECT_EQ(read_file(folder / "file"), "x");
  EXPECT_EQ(read_file(folder / "tree" / "deep" / "file"), "y");
  EXPECT_USER_ERROR(none.commit(), "No such file");
  AtomicPath again(folder / "tree");
  fs::create_directories(again.temporary());
  EXPECT_USER_ERROR(again.commit(), "not empty");
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

// Returns whether a temporary file with the number of this process counts as stale.
bool is_removed_as_left_by(pid_t process, const TemporaryFolder& folder) {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  const auto left = folder / (std::string(".x.tmp-") + host + "-" + std::to_string(process) + "-0");
  write_new_file(left, "half");
  remove_stale_temporaries(folder.path());
  return !std::filesystem::exists(left);
}

// A killed rank stays a zombie until its parent waits for it, which may never happen.
TEST(AtomicFile, FilesOfZombiesAreStale) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);  // dead, not reaped
  EXPECT_TRUE(is_removed_as_left_by(child, folder));
  ::waitpid(child, nullptr, 0);
}

// Other programs get the numbers of dead processes.
TEST(AtomicFile, FilesWithTheNumberOfAnotherProgramAreStale) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("sleep", "sleep", "60", nullptr);
    ::_exit(1);
  }
  const std::string proc = "/proc/" + std::to_string(child) + "/comm";
  while (read_file(proc) != "sleep\n") ::usleep(1000);
  EXPECT_TRUE(is_removed_as_left_by(child, folder));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace mazescan::storage

#include "storage/atomic_path.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "storage/atomic_file.h"
#include "tests/storage/child.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::storage {
namespace {

namespace fs = std::filesystem;

// A process that is writing `target` until it is killed.
class Writer {
 public:
  explicit Writer(const fs::path& target) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      // Where it is allowed, in namespaces of its own, as in a container.
      const int ignored = ::unshare(CLONE_NEWUTS | CLONE_NEWPID);
      static_cast<void>(ignored);
      const AtomicPath path(target);
      std::ofstream(path.temporary()) << "half of the new file" << std::flush;
      if (::write(ready[1], "x", 1) == 1) ::pause();
      ::_exit(1);
    }
    char byte;
    if (::read(ready[0], &byte, 1) != 1) throw std::runtime_error("the writer has failed");
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Writer() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  // Kills it. It remains a zombie, because nobody waits for it.
  void kill() {
    ::kill(child_, SIGKILL);
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOWAIT);
  }

 private:
  pid_t child_;
};

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
  {
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
  EXPECT_EQ(folder.entries(), 2u);
}

TEST(AtomicPath, WhatALivingWriterMakesIsNotRemoved) {
  const TemporaryFolder folder;
  write_atomically(folder / ".hidden", "x");
  write_atomically(folder / "name.tmp-0", "x");   // not hidden
  write_atomically(folder / ".name.tmp-x", "x");  // no number
  Writer writer(folder / "file");
  const fs::path made = folder / ".file.tmp-0";
  // Clocks that are apart make it look old.
  fs::last_write_time(made, fs::file_time_type::clock::now() - std::chrono::hours(48));
  fs::last_write_time(made / "new", fs::file_time_type::clock::now() - std::chrono::hours(48));
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(read_file(made / "new"), "half of the new file");
  EXPECT_EQ(folder.entries(), 4u);
  writer.kill();
  remove_stale_temporaries(folder.path());
  EXPECT_FALSE(fs::exists(made));
  EXPECT_EQ(folder.entries(), 3u);
  remove_stale_temporaries(folder / "none");  // a missing folder is ignored
}

TEST(AtomicPath, AWriterTakesOverWhatAKilledOneLeft) {
  const TemporaryFolder folder;
  write_atomically(folder / "file", "old");
  Writer first(folder / "file"), second(folder / "file");
  EXPECT_EQ(folder.entries(), 3u);
  first.kill();
  EXPECT_EQ(read_file(folder / "file"), "old");
  {
    AtomicPath path(folder / "file");
    EXPECT_EQ(path.temporary(), folder / ".file.tmp-0" / "new");
    EXPECT_FALSE(fs::exists(path.temporary()));
  }
  EXPECT_EQ(folder.entries(), 2u) << "the file, and what the second writer makes";
  second.kill();
  write_atomically(folder / "file", "new");
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(folder.entries(), 1u);
  EXPECT_EQ(read_file(folder / "file"), "new");
}

// What a kill between two system calls may leave: a folder without a lock, with a free lock, with a lock and a tree.
TEST(AtomicPath, EveryPartOfATemporaryIsRemoved) {
  const TemporaryFolder folder;
  fs::create_directories(folder / ".a.tmp-0");
  fs::create_directories(folder / ".b.tmp-12");
  write_new_file(folder / ".b.tmp-12" / "lock", "");
  fs::create_directories(folder / ".c.tmp-3" / "new" / "deep");
  write_new_file(folder / ".c.tmp-3" / "lock", "");
  write_new_file(folder / ".c.tmp-3" / "new" / "deep" / "x", "half");
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(folder.entries(), 0u);
}

// Without a lock nobody knows whether a writer is alive, so only an empty folder is removed. A link in the place of
// a folder or a lock leads nowhere.
TEST(AtomicPath, WhatIsNotOursIsNotRemoved) {
  const TemporaryFolder folder;
  fs::create_directories(folder / ".a.tmp-0" / "new");
  fs::create_directories(folder / "elsewhere");
  write_new_file(folder / "elsewhere" / "lock", "x");
  fs::create_directories(folder / ".b.tmp-0");
  fs::create_symlink(folder / "elsewhere" / "lock", folder / ".b.tmp-0" / "lock");
  write_new_file(folder / ".c.tmp-0", "a file");
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(folder.entries(), 4u);
  EXPECT_TRUE(fs::exists(folder / "elsewhere" / "lock"));
  for (const char* name : {"b", "c"}) write_atomically(folder / name, "x");  // under the next number
  EXPECT_EQ(folder.entries(), 6u);
}

// Writers of one file and removers of what is left, all at once, some of them killed.
TEST(AtomicPath, WritersAndRemoversDoNotDisturbEachOther) {
  const TemporaryFolder folder;
  const std::string a(2000, 'a'), b(3000, 'b');
  std::vector<pid_t> workers;
  for (int worker = 0; worker < 6; ++worker) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        for (int round = 0; round < 2000; ++round) {
          if (worker < 3) {
            remove_stale_temporaries(folder.path());
          } else if (round % 20 == 0) {
            write_atomically(folder / "file", a);
          } else {  // without a commit, which waits for the disk
            const AtomicPath path(folder / "file");
            write_new_file(path.temporary(), b);
          }
        }
      } catch (const std::exception&) {
        ::_exit(99);
      }
      ::_exit(0);
    }
    workers.push_back(child);
  }
  for (int round = 0; round < 20; ++round)
    kill_during([&] { write_atomically(folder / "file", round % 2 == 0 ? a : b); }, 1 + round % 5);
  for (const pid_t worker : workers) {
    int status = -1;
    ::waitpid(worker, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "a writer lost its temporary folder";
  }
  const std::string bytes = read_file(folder / "file");
  EXPECT_TRUE(bytes == a || bytes == b);
  remove_stale_temporaries(folder.path());
  EXPECT_EQ(folder.entries(), 1u);
}

}  // namespace
}  // namespace mazescan::storage

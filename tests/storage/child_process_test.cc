#include "storage/child_process.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <vector>

#include "core/error.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::storage {
namespace {

constexpr ChildLimits kLimits = {uint64_t{1} << 30, 60, 100};

// Runs `body` in a child, as a program does, and ends this process.
void contained(const ChildLimits& limits, const std::function<void()>& body) {
  try {
    continue_in_child({"a.h5", "b.h5"}, limits);
    body();
    _exit(0);
  } catch (const UserError& e) {
    std::fputs(e.what(), stderr);
    _exit(2);
  } catch (const std::bad_alloc&) {
    _exit(3);
  }
}

TEST(ChildProcess, ItsStatusIsThatOfTheProgram) {
  EXPECT_EXIT(contained(kLimits, [] { _exit(7); }), testing::ExitedWithCode(7), "^$");
  EXPECT_EXIT(contained(kLimits, [] { std::fputs("its own words", stderr); }), testing::ExitedWithCode(0),
              "^its own words$");
  EXPECT_EXIT(contained(kLimits, [] { throw UserError("problem", "reason", "hint"); }),
              testing::ExitedWithCode(2), "^problem");
}

TEST(ChildProcess, ACrashIsAMessage) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGKILL})
    EXPECT_EXIT(contained(kLimits,
                          [signal] {
                            std::signal(SIGSEGV, SIG_DFL);  // a sanitizer has handlers of its own
                            std::signal(SIGBUS, SIG_DFL);
                            raise(signal);
                          }),
                testing::ExitedWithCode(2), "a.h5, b.h5: reading it ended with signal");
}

TEST(ChildProcess, TimeIsLimited) {
  ChildLimits limits = kLimits;
  limits.processor_seconds = 1;
  EXPECT_EXIT(contained(limits,
                        [] {
                          for (volatile int i = 0;; i = i + 1) {
                          }
                        }),
              testing::ExitedWithCode(2), "more than 1 s of processor time");
}

TEST(ChildProcess, MemoryAndFilesAreLimited) {
  EXPECT_EXIT(contained(kLimits, [] { const std::vector<char> large(std::size_t{2} << 30); }),
              testing::ExitedWithCode(3), "");
  EXPECT_EXIT(contained(kLimits,
                        [] {
                          struct rlimit files = {};
                          getrlimit(RLIMIT_NOFILE, &files);
                          _exit(static_cast<int>(files.rlim_cur));
                        }),
              testing::ExitedWithCode(100), "");
}

TEST(ChildProcess, LimitsGrowWithTheFiles) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << std::string(3 << 20, 'x');
  const ChildLimits none = ChildLimits::for_reading({"/no/such/file"}),
                    some = ChildLimits::for_reading({folder.path(), folder.path() / "file"});
  EXPECT_EQ(some.memory_bytes - none.memory_bytes, 4 * 2 * (3ULL << 20));
  EXPECT_EQ(some.processor_seconds - none.processor_seconds, 6U);
}

}  // namespace
}  // namespace mazescan::storage

#include "cluster/units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/mpi/mpi_main.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

struct Outcome {
  std::vector<int> taken;              // by this rank
  std::map<int, std::string> reports;  // on rank 0
};

void pause(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Takes all units, calls `work` for each and reports its result.
Outcome work_off(int total, const std::function<std::string(int unit)>& work) {
  const cluster::Communicator& communicator = test_communicator();
  Outcome out;
  bool inside = false;
  cluster::UnitQueue queue(communicator, total, [&](int unit, const std::string& report) {
    EXPECT_TRUE(communicator.is_root());
    EXPECT_FALSE(inside) << "one call at a time";
    inside = true;
    EXPECT_TRUE(out.reports.emplace(unit, report).second) << "unit " << unit << " was reported twice";
    inside = false;
  });
  while (const auto unit = queue.take()) {
    out.taken.push_back(*unit);
    queue.done(*unit, work(*unit));
  }
  EXPECT_EQ(out.reports.size(), communicator.is_root() ? static_cast<size_t>(total) : 0U)
      << "all reports have arrived when rank 0 gets 'none'";
  return out;
}

std::string joined(const std::vector<int>& numbers) {
  std::string text;
  for (const int n : numbers) text += std::to_string(n) + " ";
  return text;
}

void expect_each_once(const Outcome& outcome, int total) {
  std::vector<int> count(static_cast<size_t>(total), 0);
  for (const std::string& text : test_communicator().gather(joined(outcome.taken))) {
    std::istringstream numbers(text);
    for (int unit = 0; numbers >> unit;) ++count.at(static_cast<size_t>(unit));
  }
  if (!test_communicator().is_root()) return;
  EXPECT_EQ(count, std::vector<int>(static_cast<size_t>(total), 1));
}

TEST(UnitQueue, EveryUnitIsDoneAndReportedOnce) {
  for (const int total : {0, 1, 2, 3, 17, 500}) {
    const Outcome outcome = work_off(total, [](int unit) { return "did " + std::to_string(unit); });
    expect_each_once(outcome, total);
    for (const auto& [unit, report] : outcome.reports) EXPECT_EQ(report, "did " + std::to_string(unit));
  }
}

TEST(UnitQueue, ReportsMayBeEmptyOrLong) {
  const auto report_of = [](int unit) { return std::string(unit % 2 == 0 ? 0 : 1'000'000, 'x'); };
  const Outcome outcome = work_off(8, report_of);
  for (const auto& [unit, report] : outcome.reports) EXPECT_EQ(report, report_of(unit)) << unit;
}

// A rank may take units before it reports earlier ones, and report the last units after it got "none".
TEST(UnitQueue, ReportsMayFollowLater) {
  const cluster::Communicator& communicator = test_communicator();
  for (const int total : {0, 1, 3, 40}) {
    Outcome outcome;
    cluster::UnitQueue queue(communicator, total, [&](int unit, const std::string& report) {
      EXPECT_TRUE(outcome.reports.emplace(unit, report).second);
    });
    std::vector<int> held;
    while (true) {
      const auto unit = queue.take(/*reports_follow=*/!held.empty());
      if (!unit && held.empty()) break;
      if (unit) {
        outcome.taken.push_back(*unit);
        held.push_back(*unit);
      }
      if (unit && held.size() < 3) continue;
      for (const int done : held) queue.done(done, "late");
      held.clear();
    }
    EXPECT_EQ(outcome.reports.size(), communicator.is_root() ? static_cast<size_t>(total) : 0U);
    expect_each_once(outcome, total);
  }
}

// A count that all ranks of this machine share: a file, of which each event is a byte. The tests below wait for events,
// not for times, because a busy machine makes any time longer.
class SharedCount {
 public:
  // Collective.
  SharedCount() {
    if (test_communicator().is_root()) {
      folder_.emplace();
      std::ofstream(*folder_ / "count");
    }
    path_ = test_communicator().broadcast(folder_ ? (*folder_ / "count").string() : "");
  }
  ~SharedCount() { test_communicator().barrier(); }  // before rank 0 removes the folder
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;

  void add() const { std::ofstream(path_, std::ios::app) << 'x'; }
  int value() const { return static_cast<int>(std::filesystem::file_size(path_)); }
  // Waits until the count is `least`; false if it takes more than a minute.
  bool reaches(int least) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (value() < least) {
      if (std::chrono::steady_clock::now() > end) return false;
      pause(1);
    }
    return true;
  }

 private:
  std::optional<TemporaryFolder> folder_;  // of rank 0
  std::string path_;
};

// One rank works on its first unit until the others have done all the rest. Rank 0 may be the slow one, too.
TEST(UnitQueue, ASlowRankDoesNotDelayOthers) {
  const cluster::Communicator& communicator = test_communicator();
  if (communicator.size() == 1) return;
  constexpr int kUnits = 40;
  for (const int slow : {0, communicator.size() - 1}) {
    const SharedCount started, finished;
    const Outcome outcome = work_off(kUnits, [&](int) {
      if (communicator.rank() == slow) {
        started.add();
        EXPECT_TRUE(finished.reaches(kUnits - 1)) << "the others wait for rank " << slow;
      } else {
        EXPECT_TRUE(started.reaches(1)) << "rank " << slow << " got no unit";
      }
      finished.add();
      return "";
    });
    expect_each_once(outcome, kUnits);
    if (communicator.rank() == slow) {
      EXPECT_EQ(outcome.taken.size(), 1U);
    }
  }
}

// While one rank does a unit, each other rank does four: the others get four units for each of its.
TEST(UnitQueue, ASlowerRankGetsFewerUnits) {
  const cluster::Communicator& communicator = test_communicator();
  if (communicator.size() == 1) return;
  constexpr int kUnits = 100;
  const int others = 4 * (communicator.size() - 1);  // units of the others for each of the slow rank
  for (const int slow : {0, communicator.size() - 1}) {
    const SharedCount started, finished;
    const Outcome outcome = work_off(kUnits, [&](int) {
      if (communicator.rank() == slow) {
        const int goal = std::min(finished.value() + others, kUnits - 1);
        started.add();
        EXPECT_TRUE(finished.reaches(goal)) << "the others wait for rank " << slow;
      } else {
        EXPECT_TRUE(started.reaches(finished.value() > others ? 2 : 1)) << "rank " << slow << " got no unit";
      }
      finished.add();
      return "";
    });
    expect_each_once(outcome, kUnits);
    if (communicator.rank() == slow) {
      EXPECT_LE(static_cast<int>(outcome.taken.size()), kUnits / (others + 1) + 1);
    }
  }
}

// Rank 0 still works on its last unit while the others make the next queue: their requests must not be served
// as requests to the first queue.
TEST(UnitQueue, TheNextQueueWaitsForRankZero) {
  const cluster::Communicator& communicator = test_communicator();
  for (int round = 0; round < 2; ++round) {
    const int total = 4 * communicator.size();
    const Outcome outcome = work_off(total, [&](int) {
      pause(communicator.is_root() ? 300 : 1);
      return "";
    });
    expect_each_once(outcome, total);
    if (!communicator.is_root()) {
      EXPECT_FALSE(outcome.taken.empty()) << "round " << round;
    }
  }
}

TEST(UnitQueue, ManyShortQueuesDoNotMix) {
  for (int round = 0; round < 30; ++round) {
    const Outcome outcome = work_off(3, [&](int unit) { return std::to_string(round * 10 + unit); });
    for (const auto& [unit, report] : outcome.reports) EXPECT_EQ(report, std::to_string(round * 10 + unit));
  }
}

}  // namespace
}  // namespace mazescan

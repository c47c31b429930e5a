#include "cluster/units.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <sstream>
#include <thread>

#include "tests/mpi/mpi_main.h"

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

// One rank sleeps during its first unit; the others do the rest meanwhile. Rank 0 may be the slow one, too.
TEST(UnitQueue, ASlowRankDoesNotDelayOthers) {
  const cluster::Communicator& communicator = test_communicator();
  if (communicator.size() == 1) return;
  for (const int slow : {0, communicator.size() - 1}) {
    bool first = true;
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = work_off(40, [&](int) {
      if (communicator.rank() == slow && first) {
        pause(1000);
      } else {
        pause(2);  // otherwise a fast rank could take all units before the slow one starts
      }
      first = false;
      return "";
    });
    expect_each_once(outcome, 40);
    if (communicator.rank() == slow) {
      EXPECT_LE(outcome.taken.size(), 3U);
    }
    if (communicator.rank() != 0 && communicator.rank() != slow) {
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      EXPECT_LT(seconds, 0.9) << "rank " << communicator.rank() << " waited for the slow rank";
    }
    communicator.barrier();
  }
}

// A rank that is four times as slow as the others gets a quarter of their units. The time is compared with
// the ideal of the pauses as they were: on a busy machine they are longer than asked for.
TEST(UnitQueue, ASlowerRankGetsFewerUnits) {
  const cluster::Communicator& communicator = test_communicator();
  if (communicator.size() == 1) return;
  constexpr int kUnits = 100, kMilliseconds = 30;  // long units: a busy machine delays each message
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  for (const int slow : {0, communicator.size() - 1}) {
    double worked = 0;
    communicator.barrier();
    const auto begin = Clock::now();
    const Outcome outcome = work_off(kUnits, [&](int) {
      const auto unit = Clock::now();
      pause(communicator.rank() == slow ? 4 * kMilliseconds : kMilliseconds);
      worked += seconds_since(unit);
      return "";
    });
    communicator.barrier();
    const double seconds = seconds_since(begin);
    expect_each_once(outcome, kUnits);
    ASSERT_FALSE(outcome.taken.empty());
    double units_a_second = 0;
    for (const double pace : communicator.all_gather({static_cast<double>(outcome.taken.size()) / worked}))
      units_a_second += pace;
    EXPECT_LT(seconds, 1.3 * kUnits / units_a_second) << "rank " << slow << " slowed";
    if (communicator.rank() == slow) {
      const double share = 0.25 / (communicator.size() - 1 + 0.25);
      EXPECT_LT(static_cast<double>(outcome.taken.size()), 1.6 * share * kUnits);
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

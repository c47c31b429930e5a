#include "core/progress.h"

#include <gtest/gtest.h>

#include <cmath>

namespace mazescan {
namespace {

TEST(Progress, Durations) {
  EXPECT_EQ(format_duration(0), "0 s");
  EXPECT_EQ(format_duration(12.4), "12 s");
  EXPECT_EQ(format_duration(59.6), "1 min 00 s");
  EXPECT_EQ(format_duration(200), "3 min 20 s");
  EXPECT_EQ(format_duration(3599.6), "1 h 00 min");
  EXPECT_EQ(format_duration(3720), "1 h 02 min");
  EXPECT_EQ(format_duration(360000), "100 h 00 min");
  EXPECT_EQ(format_duration(-1), "?");
  EXPECT_EQ(format_duration(INFINITY), "?");
  EXPECT_EQ(format_duration(NAN), "?");
}

TEST(Progress, Counts) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(7), "7");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(0.5), "0.50");
  EXPECT_EQ(format_count(12.34), "12.3");
  EXPECT_EQ(format_count(1000), "1.00 k");
  EXPECT_EQ(format_count(9800), "9.80 k");
  EXPECT_EQ(format_count(9996), "10.0 k");
  EXPECT_EQ(format_count(99960), "100 k");
  EXPECT_EQ(format_count(999600), "1.00 M");
  EXPECT_EQ(format_count(1.25e6), "1.25 M");
  EXPECT_EQ(format_count(3.2e9), "3.20 G");
  EXPECT_EQ(format_count(5e12), "5.00 T");
  EXPECT_EQ(format_count(-2500), "-2.50 k");
}

std::string shown(uint64_t start, uint64_t done, uint64_t total, bool enabled = true) {
  testing::internal::CaptureStderr();
  {
    Progress progress("label", "units", total, enabled);
    progress.start_at(start);
    progress.update(done, "note");
  }
  return testing::internal::GetCapturedStderr();
}

TEST(Progress, ShowsShareCountsAndNote) {
  const std::string text = shown(0, 50, 200);
  for (const char* part : {"label", " 25%", "50/200 units", "note", "[=====   "})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
}

TEST(Progress, PrintsNothingIfNotEnabled) {
  EXPECT_EQ(shown(0, 50, 200, /*enabled=*/false), "");
}

TEST(Progress, ZeroTotalsAndExceededTotalsDoNotCrash) {
  EXPECT_NE(shown(0, 0, 0).find("100%"), std::string::npos);
  EXPECT_NE(shown(0, 300, 200).find("[====================]"), std::string::npos);
}

}  // namespace
}  // namespace mazescan

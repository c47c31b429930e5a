#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/random.h"
#include "statistics/statistics.h"

// Simulated shards with known truths, and the intervals that the answers' own code gives them.
namespace mazescan {

struct Draw {
  statistics::Interval interval;
  double truth;
};
struct CoverageRow {
  std::string interval, setting;
  std::function<Draw(RandomStream&)> draw;
  int times = 1;  // the repeats: more of cheap draws, and of those whose coverage is near a limit
};

std::vector<CoverageRow> scan_coverage();
std::vector<CoverageRow> edit_coverage();
std::vector<CoverageRow> probe_coverage();
std::vector<CoverageRow> trigger_coverage();
std::vector<CoverageRow> certificate_coverage();

double logistic(double score);
double normal(RandomStream& random);  // a number of the standard normal distribution

}  // namespace mazescan

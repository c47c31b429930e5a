#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/random.h"
#include "statistics/statistics.h"

// Simulates shards whose true values are known, and computes intervals with the code of the answers.
namespace mazescan {

struct Draw {
  statistics::Interval interval;
  double truth;
};
struct CoverageRow {
  std::string interval, setting;
  std::function<Draw(RandomStream&)> draw;
  int times = 1;  // factor of repeats: larger for cheap draws and for coverage near a limit
};

std::vector<CoverageRow> scan_coverage();
std::vector<CoverageRow> chance_coverage();
std::vector<CoverageRow> edit_coverage();
std::vector<CoverageRow> probe_coverage();
std::vector<CoverageRow> trigger_coverage();
std::vector<CoverageRow> certificate_coverage();

double logistic(double score);
double normal(RandomStream& random);  // a standard normal number

}  // namespace mazescan

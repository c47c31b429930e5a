// Measures how often the intervals of the answers contain the true value, in simulations:
//   coverage_simulation [REPEATS [WORD]]        WORD: only intervals with this in their names
// Repeats some rows several times as often.
// Prints a table. Exits with 1 if an interval contains the true value far too rarely.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "evaluator/findings/judged_rate.h"
#include "tests/evaluator/coverage/coverage.h"

namespace mazescan {

double logistic(double score) {
  return 1 / (1 + std::exp(-score));
}

double normal(RandomStream& random) {
  const double u = 1 - random.uniform(), v = random.uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
}

}  // namespace mazescan

int main(int argc, char** argv) {
  using namespace mazescan;
  const int wanted_repeats = argc > 1 ? std::atoi(argv[1]) : 400;
  const std::string wanted = argc > 2 ? argv[2] : "";
  fmt::print("| interval | setting | repeats | holds the truth | mean width |\n|---|---|---|---|---|\n");
  bool covers = true;
  for (const auto& rows : {scan_coverage(), chance_coverage(), edit_coverage(), probe_coverage(),
                           trigger_coverage(), certificate_coverage()})
    for (const CoverageRow& row : rows) {
      if (row.interval.find(wanted) == std::string::npos) continue;
      const int repeats = row.times * wanted_repeats;
      int held = 0, defined = 0;
      double width = 0;
      for (int i = 0; i < repeats; ++i) {
        RandomStream random(11, "coverage/" + row.interval + row.setting, static_cast<uint64_t>(i));
        const Draw draw = row.draw(random);
        if (std::isnan(draw.interval.low)) continue;  // the answer has no interval
        ++defined;
        held += draw.interval.low <= draw.truth && draw.truth <= draw.interval.high;
        width += draw.interval.high - draw.interval.low;
      }
      const double share = static_cast<double>(held) / std::max(defined, 1);
      fmt::print("| {} | {} | {} | {} | {:.3g} |\n", row.interval, row.setting, defined,
                 findings::in_percent(share, statistics::wilson_interval(held, std::max(defined, 1))),
                 width / std::max(defined, 1));
      std::fflush(stdout);
      covers = covers && statistics::wilson_interval(held, std::max(defined, 1), 0.999).high >= 0.93;
    }
  return covers ? 0 : 1;
}

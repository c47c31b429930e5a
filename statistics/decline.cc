#include "statistics/decline.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "statistics/statistics.h"

namespace mazescan::statistics {
namespace {

constexpr double kBegun = 0.1, kDone = 0.9;  // shares of the drop

// Returns the first place at which the curve has fallen to `level`.
double falls_to(double level, const std::vector<double>& places, const std::vector<double>& values) {
  size_t next = 1;
  while (next + 1 < values.size() && values[next] > level) ++next;
  const double above = values[next - 1], below = values[next];
  const double part = above > below ? std::clamp((above - level) / (above - below), 0.0, 1.0) : 0;
  return places[next - 1] + part * (places[next] - places[next - 1]);
}

}  // namespace

std::vector<double> nonincreasing_fit(const std::vector<double>& values, const std::vector<double>& weights) {
  expect(values.size() == weights.size(), "a weight for each value");
  struct Block {
    double mean, weight;
    size_t count;
  };
  std::vector<Block> blocks;
  for (size_t i = 0; i < values.size(); ++i) {
    blocks.push_back({values[i], weights[i], 1});
    while (blocks.size() > 1 && blocks.back().mean > blocks[blocks.size() - 2].mean) {
      const Block last = blocks.back();
      blocks.pop_back();
      Block& pooled = blocks.back();
      pooled.mean = (pooled.mean * pooled.weight + last.mean * last.weight) / (pooled.weight + last.weight);
      pooled.weight += last.weight;
      pooled.count += last.count;
    }
  }
  std::vector<double> fitted;
  for (const Block& block : blocks) fitted.insert(fitted.end(), block.count, block.mean);
  return fitted;
}

Decline measure_decline(const std::vector<double>& places, const std::vector<double>& values) {
  expect(places.size() == values.size() && places.size() >= 2, "values at two places or more");
  Decline decline;
  decline.begin = decline.end = decline.width = decline.largest_step = kNaN;
  decline.drop = values.front() - values.back();
  if (!(decline.drop > 0)) return decline;
  decline.begin = falls_to(values.front() - kBegun * decline.drop, places, values);
  decline.end = falls_to(values.front() - kDone * decline.drop, places, values);
  decline.width = (decline.end - decline.begin) / (places.back() - places.front());
  decline.largest_step = 0;
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    const double share = (values[i] - values[i + 1]) / decline.drop;
    if (share <= decline.largest_step) continue;
    decline.largest_step = share;
    decline.step = i;
  }
  return decline;
}

}  // namespace mazescan::statistics

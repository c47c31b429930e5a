#include "evaluator/questions/certified_size.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace mazescan::questions {

namespace {

using statistics::kNaN;

void add(std::vector<double>& sums, const std::vector<double>& some) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += some[i];
}

size_t at(certify::Pairs pairs) {
  return static_cast<size_t>(pairs);
}

}  // namespace

CertifiedSize::CertifiedSize(int maze_size, const std::vector<certify::CertifyResult>& results)
    : size(maze_size) {
  const certify::CertifyResult& first = results.front();
  limit = first.limit;
  region = first.region;
  faces = first.faces;
  all_layouts = first.layouts;
  curve_.resize(first.arrived.size());
  weight_.resize(first.weight.size());
  lowest_.assign(first.lowest.size(), 1);
  for (const certify::CertifyResult& result : results) {
    require(result.limit == limit && result.layouts == all_layouts && result.region == region,
            lazy("the certificate of size {} is damaged", size),
            "its shards differ in limit, region or number of layouts",
            "remove them and run mazescan-evaluator certify again");
    rows_.insert(rows_.end(), result.rows.begin(), result.rows.end());
    add(curve_, result.arrived);
    add(weight_, result.weight);
    for (size_t t = 0; t < lowest_.size(); ++t) lowest_[t] = std::min(lowest_[t], result.lowest[t]);
  }
  layouts = static_cast<int64_t>(rows_.size());
}

CertifiedSize::Estimate CertifiedSize::estimate(
    certify::Pairs pairs, certify::Weighting weighting,
    const std::function<double(const certify::LayoutRow&)>& of_layout) const {
  // Only layouts with such pairs count.
  std::vector<double> weights, weighted;
  double sum = 0, squares = 0, total = 0;
  for (const certify::LayoutRow& row : rows_) {
    if (row.pairs[at(pairs)] == 0) continue;
    weights.push_back(weight(row, weighting));
    weighted.push_back(weights.back() * of_layout(row));
    sum += weights.back();
    squares += weights.back() * weights.back();
    total += weighted.back();
  }
  if (weights.empty()) return {kNaN, kNaN, kNaN};
  const double value = total / sum;
  if (exhaustive()) return {value, value, value};
  const double share = std::clamp(value, 0.0, 1.0);  // rounding can exceed [0, 1]
  const double kish = sum * sum / squares;
  const double trials =
      statistics::effective_trials(share, statistics::ratio_variance(weighted, weights), kish);
  const statistics::Interval interval = statistics::wilson_interval(share * trials, trials);
  return {value, interval.low, interval.high};
}

CertifiedSize::Estimate CertifiedSize::never(certify::Pairs pairs, certify::Weighting weighting) const {
  return estimate(pairs, weighting, [&](const certify::LayoutRow& row) {
    return static_cast<double>(row.never[at(pairs)]) / row.pairs[at(pairs)];
  });
}

CertifiedSize::Estimate CertifiedSize::within_limit(certify::Pairs pairs,
                                                    certify::Weighting weighting) const {
  return estimate(pairs, weighting,
                  [&](const certify::LayoutRow& row) { return row.within_limit[at(pairs)]; });
}

double CertifiedSize::arrived(certify::Pairs pairs, certify::Weighting weighting, int t) const {
  const size_t row = static_cast<size_t>(weighting) * certify::kPairs + at(pairs);
  return curve_.at(row * (static_cast<size_t>(limit) + 1) + static_cast<size_t>(t)) / weight_[row];
}

double CertifiedSize::steps_until_limit(certify::Pairs pairs, certify::Weighting weighting) const {
  double steps = 0;
  for (int t = 0; t < limit; ++t) steps += 1 - arrived(pairs, weighting, t);
  return steps;
}

double CertifiedSize::clock() const {
  double steps = 0;
  for (int t = 1; t <= limit; ++t)
    steps += t * (arrived(certify::Pairs::top_right, certify::Weighting::generator, t) -
                  arrived(certify::Pairs::top_right, certify::Weighting::generator, t - 1));
  return steps / arrived(certify::Pairs::top_right, certify::Weighting::generator, limit);
}

double CertifiedSize::expected_steps(double q) const {
  std::vector<double> steps;
  for (const certify::LayoutRow& row : rows_)
    steps.push_back(row.expected_steps[at(certify::Pairs::everywhere)]);
  std::sort(steps.begin(), steps.end());
  // Takes an order statistic: values may be infinite, so it cannot interpolate.
  return steps[static_cast<size_t>(std::lround(q * static_cast<double>(steps.size() - 1)))];
}

int CertifiedSize::longest_delay() const {
  int longest = -1;
  for (const certify::LayoutRow& row : rows_) longest = std::max(longest, row.worst_delay);
  return longest;
}

int64_t CertifiedSize::never_arriving(certify::Pairs pairs) const {
  int64_t count = 0;
  for (const certify::LayoutRow& row : rows_) count += row.never[at(pairs)];
  return count;
}

int64_t CertifiedSize::pairs(certify::Pairs pairs) const {
  int64_t count = 0;
  for (const certify::LayoutRow& row : rows_) count += row.pairs[at(pairs)];
  return count;
}

}  // namespace mazescan::questions

#include "evaluator/questions/probe_results.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace mazescan::questions {

namespace {

constexpr auto kTestSplit = static_cast<size_t>(datasets::Split::test);
constexpr uint64_t kProbeBootstrapSeed = 1;

// Returns the interval of a mean difference of shares with two more layouts of half the mean size, one for
// each side: resampling cannot see beyond layouts that agree. Their gaps and sizes are those of all rows.
// Source: Agresti and Min, "Simple improved confidence intervals for comparing matched proportions", 2005,
// who add half a pair to each of four cells.
statistics::Interval smoothed_interval(std::vector<double> gaps, std::vector<double> sizes,
                                       double confidence) {
  const auto layouts = static_cast<double>(sizes.size());
  const double half = std::accumulate(sizes.begin(), sizes.end(), 0.0) / layouts / 2;
  for (const double gap : {half, -half}) {
    gaps.push_back(gap);
    sizes.push_back(half);
  }
  const double all = std::accumulate(sizes.begin(), sizes.end(), 0.0),
               mean = std::accumulate(gaps.begin(), gaps.end(), 0.0) / all;
  double squares = 0;
  for (size_t i = 0; i < gaps.size(); ++i) squares += std::pow(gaps[i] - mean * sizes[i], 2);
  const double reach = statistics::student_quantile(layouts, confidence) * std::sqrt(squares) / all;
  return {std::max(-1.0, mean - reach), std::min(1.0, mean + reach)};
}

// Returns the difference of two counts of the same samples, as a share of them.
PairedDifference paired_difference(const probe::ProbeResult& result, int64_t probe::LayoutRow::*minuend,
                                   int64_t probe::LayoutRow::*subtrahend, double confidence) {
  PairedDifference difference;
  if (!result.paired || result.paired->layouts.empty()) return difference;
  const std::vector<probe::LayoutRow>& rows = result.paired->layouts;
  difference.layouts = static_cast<int64_t>(rows.size());
  const auto share = [&](const std::vector<int>& weights, std::vector<double>& out) {
    double all = 0, gap = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      all += weights[i] * static_cast<double>(rows[i].samples);
      gap += weights[i] * static_cast<double>(rows[i].*minuend - rows[i].*subtrahend);
    }
    out[0] = all > 0 ? gap / all : statistics::kNaN;
  };
  std::vector<double> value(1);
  share(std::vector<int>(rows.size(), 1), value);
  difference.value = value[0];
  std::vector<double> gaps, sizes;
  for (const probe::LayoutRow& row : rows) {
    gaps.push_back(static_cast<double>(row.*minuend - row.*subtrahend));
    sizes.push_back(static_cast<double>(row.samples));
  }
  difference.interval =
      statistics::hull(smoothed_interval(std::move(gaps), std::move(sizes), confidence),
                       statistics::cluster_bootstrap(difference.layouts, 1, share,
                                                     RandomStream(kProbeBootstrapSeed, "bootstrap/probe"),
                                                     statistics::kBootstrapRepeats, confidence)
                           .front());
  return difference;
}

}  // namespace

double accuracy(const probe::Score& score, datasets::Split split) {
  const auto s = static_cast<size_t>(split);
  return score.samples[s] == 0
             ? 0
             : static_cast<double>(score.correct[s]) / static_cast<double>(score.samples[s]);
}

statistics::Interval accuracy_interval(const probe::Score& score, double confidence) {
  const double share = accuracy(score, datasets::Split::test);
  const double trials = statistics::effective_trials(share, score.variance[kTestSplit],
                                                     static_cast<double>(score.layouts[kTestSplit]));
  return statistics::wilson_interval(share * trials, trials, confidence);
}

PairedDifference above_random(const probe::ProbeResult& result, double confidence) {
  if (result.paired && !result.paired->layouts.empty() && result.paired->layouts.front().random < 0)
    return {};
  return paired_difference(result, &probe::LayoutRow::cheese, &probe::LayoutRow::random, confidence);
}

PairedDifference gain_by_doubling(const probe::ProbeResult& result) {
  return paired_difference(result, &probe::LayoutRow::cheese, &probe::LayoutRow::half,
                           statistics::kConfidence);
}

ReadOutUse read_out_use(const probe::Interchange& use, double confidence) {
  ReadOutUse found;
  found.pairs = static_cast<int64_t>(use.pairs.size());
  if (found.pairs == 0) return found;
  std::map<int32_t, std::pair<double, double>> layouts;  // sums of total variations: patched, original
  std::vector<double> at_random(use.pairs.front().at_random.size());
  for (const probe::InterchangePair& pair : use.pairs) {
    layouts[pair.layout].first += pair.patched;
    layouts[pair.layout].second += pair.original;
    for (size_t r = 0; r < at_random.size(); ++r) at_random[r] += pair.at_random[r];
  }
  std::vector<double> patched, originals;
  for (const auto& [layout, sum] : layouts) {
    patched.push_back(sum.first);
    originals.push_back(sum.second);
  }
  const double original = std::accumulate(originals.begin(), originals.end(), 0.0);
  found.value = 1 - std::accumulate(patched.begin(), patched.end(), 0.0) / original;
  if (layouts.size() > 1) {
    const double reach = statistics::student_quantile(static_cast<double>(layouts.size() - 1), confidence) *
                         std::sqrt(statistics::ratio_variance(patched, originals));
    found.interval = {found.value - reach, std::min(1.0, found.value + reach)};
  }
  for (double& each : at_random) each = 1 - each / original;
  std::sort(at_random.begin(), at_random.end());
  found.random_median = statistics::quantile(at_random, 0.5);
  found.random_high = statistics::quantile(at_random, 0.975);
  return found;
}

Probing::Probing(const datasets::Results& results) {
  std::map<int64_t, std::string> order;
  for (const datasets::ResultShard& shard : results.shards) {
    const probe::ProbeResult& result = cells_[shard.unit.subject][shard.unit.size] =
        datasets::read_columns<probe::ProbeResult>(shard);
    if (result.depth > 0) order[result.depth] = shard.unit.subject;
    if (std::find(sizes_.begin(), sizes_.end(), shard.unit.size) == sizes_.end())
      sizes_.push_back(shard.unit.size);
  }
  for (const auto& [depth, name] : order) layers_.push_back(name);
  std::sort(sizes_.begin(), sizes_.end());
}

const probe::ProbeResult* Probing::at(const std::string& layer, int size) const {
  const auto row = cells_.find(layer);
  if (row == cells_.end()) return nullptr;
  const auto cell = row->second.find(size);
  return cell == row->second.end() ? nullptr : &cell->second;
}

const probe::Score* Probing::score(const std::string& layer, int size, const std::string& name) const {
  const probe::ProbeResult* cell = at(layer, size);
  return cell == nullptr ? nullptr : cell->find(name);
}

std::string Probing::best(const std::vector<std::string>& among, const std::vector<int>& sizes,
                          const std::string& target) const {
  std::string best;
  double best_rate = -1;
  for (const std::string& layer : among) {
    double worst = 2;
    for (const int size : sizes) {
      const probe::Score* found = score(layer, size, target);
      worst = std::min(worst, found == nullptr ? -1 : accuracy(*found, datasets::Split::validation));
    }
    if (worst > best_rate) {
      best_rate = worst;
      best = layer;
    }
  }
  return best;
}

}  // namespace mazescan::questions

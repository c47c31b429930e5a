#include "evaluator/analyses/probe/scores.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "statistics/statistics.h"

namespace mazescan::probe {

Score score_of(const std::string& name, const ProbeSamples& samples, const Target& target,
               const std::vector<int32_t>& predicted, int64_t features, int64_t fitted,
               const FitSummary& fit) {
  Score score;
  score.name = name;
  score.classes = target.classes;
  score.features = features;
  score.fitted = fitted;
  score.l2 = fit.l2;
  score.iterations = fit.iterations;
  score.converged = fit.converged;
  std::vector<int64_t> common(static_cast<size_t>(target.classes));
  std::map<int, std::pair<double, double>>
      layouts[datasets::kSplits];  // by layout: samples predicted right, all
  std::set<int> mazes[datasets::kSplits];
  for (int64_t i = 0; i < samples.count(); ++i) {
    const auto s = static_cast<size_t>(i);
    const int32_t label = target.label[s];
    if (label < 0) continue;
    if (samples.in(datasets::Split::train, i)) ++common[static_cast<size_t>(label)];
    for (int p = 0; p < datasets::kSplits; ++p) {
      if (!samples.in(static_cast<datasets::Split>(p), i)) continue;
      ++score.samples[p];
      const bool right = predicted[s] == label;
      score.correct[p] += right ? 1 : 0;
      mazes[p].insert(samples.level_of(i).maze_id);
      auto& [hits, all] = layouts[p][samples.level_of(i).layout];
      hits += right ? 1 : 0;
      ++all;
    }
  }
  for (int p = 0; p < datasets::kSplits; ++p) {
    score.mazes[p] = static_cast<int64_t>(mazes[p].size());
    score.layouts[p] = static_cast<int64_t>(layouts[p].size());
    std::vector<double> hits, all;
    for (const auto& [id, layout] : layouts[p]) {
      hits.push_back(layout.first);
      all.push_back(layout.second);
    }
    score.variance[p] = statistics::ratio_variance(hits, all);
  }
  const auto commonest =
      static_cast<int32_t>(std::max_element(common.begin(), common.end()) - common.begin());
  for (int64_t i = 0; i < samples.count(); ++i)
    if (samples.in(datasets::Split::test, i))
      score.majority += target.label[static_cast<size_t>(i)] == commonest ? 1 : 0;
  return score;
}

PairedCounts paired_counts(const ProbeSamples& samples, const std::vector<int32_t>& label,
                           const std::vector<int32_t>& cheese, const std::vector<int32_t>& half,
                           const std::vector<int32_t>& random) {
  std::map<int, LayoutRow> layouts;
  for (int64_t i = 0; i < samples.count(); ++i) {
    if (!samples.in(datasets::Split::test, i)) continue;
    const auto s = static_cast<size_t>(i);
    LayoutRow& row = layouts[samples.level_of(i).layout];
    if (row.samples == 0 && !random.empty()) row.random = 0;
    ++row.samples;
    row.cheese += cheese[s] == label[s] ? 1 : 0;
    row.half += half[s] == label[s] ? 1 : 0;
    if (!random.empty()) row.random += random[s] == label[s] ? 1 : 0;
  }
  PairedCounts counts;
  for (const auto& [layout, row] : layouts) counts.layouts.push_back(row);
  return counts;
}

}  // namespace mazescan::probe

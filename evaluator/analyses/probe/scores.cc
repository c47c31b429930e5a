#include "evaluator/analyses/probe/scores.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "statistics/statistics.h"

namespace mazescan::probe {

Score score_of(const std::string& name, const ProbeSamples& samples, const Target& target,
               const std::vector<int32_t>& predicted, int64_t features, int64_t fitted) {
  Score score;
  score.name = name;
  score.classes = target.classes;
  score.features = features;
  score.fitted = fitted;
  std::vector<int64_t> common(static_cast<size_t>(target.classes));
  std::map<int, std::pair<double, double>>
      mazes[datasets::kSplits];  // by maze_id: samples predicted right, all
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
      auto& [hits, all] = mazes[p][samples.level_of(i).maze_id];
      hits += right ? 1 : 0;
      ++all;
    }
  }
  for (int p = 0; p < datasets::kSplits; ++p) {
    score.mazes[p] = static_cast<int64_t>(mazes[p].size());
    std::vector<double> hits, all;
    for (const auto& [id, maze] : mazes[p]) {
      hits.push_back(maze.first);
      all.push_back(maze.second);
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

}  // namespace mazescan::probe

#include "evaluator/analyses/probe/scores.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "statistics/statistics.h"

namespace mazescan {

Score score_of(const std::string& name, const ProbeSamples& samples, const Target& target,
               const std::vector<int32_t>& predicted, int64_t features, int64_t fitted) {
  Score score;
  score.name = name;
  score.classes = target.classes;
  score.features = features;
  score.fitted = fitted;
  std::vector<int64_t> common(static_cast<size_t>(target.classes));
  std::map<int, std::pair<double, double>> mazes[kParts];  // by kind: samples told right, all
  for (int64_t i = 0; i < samples.count(); ++i) {
    const auto s = static_cast<size_t>(i);
    const int32_t label = target.label[s];
    if (label < 0) continue;
    if (samples.in(Part::train, i)) ++common[static_cast<size_t>(label)];
    for (int p = 0; p < kParts; ++p) {
      if (!samples.in(static_cast<Part>(p), i)) continue;
      ++score.samples[p];
      const bool right = predicted[s] == label;
      score.correct[p] += right ? 1 : 0;
      auto& [told, all] = mazes[p][samples.level_of(i).kind];
      told += right ? 1 : 0;
      ++all;
    }
  }
  for (int p = 0; p < kParts; ++p) {
    score.mazes[p] = static_cast<int64_t>(mazes[p].size());
    std::vector<double> told, all;
    for (const auto& [kind, maze] : mazes[p]) {
      told.push_back(maze.first);
      all.push_back(maze.second);
    }
    score.variance[p] = ratio_variance(told, all);
  }
  const auto commonest =
      static_cast<int32_t>(std::max_element(common.begin(), common.end()) - common.begin());
  for (int64_t i = 0; i < samples.count(); ++i)
    if (samples.in(Part::test, i))
      score.majority += target.label[static_cast<size_t>(i)] == commonest ? 1 : 0;
  return score;
}

}  // namespace mazescan

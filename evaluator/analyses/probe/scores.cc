#include "evaluator/analyses/probe/scores.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "statistics/statistics.h"

namespace mazescan {

Score score_of(const std::string& name, const ProbeSamples& samples, const Target& target,
               const std::vector<int32_t>& predicted, int64_t features, int64_t fitted) {
  Score score{name, target.classes, features, fitted, {}, {}, {}, 0};
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

void set_scores(ResultShard& shard, const std::vector<Score>& scores) {
  nlohmann::json names = nlohmann::json::array();
  std::vector<int32_t> classes;
  std::vector<int64_t> features, fitted, majority, correct, samples, mazes;
  std::vector<double> variance;
  for (const Score& score : scores) {
    names.push_back(score.name);
    classes.push_back(score.classes);
    features.push_back(score.features);
    fitted.push_back(score.fitted);
    majority.push_back(score.majority);
    for (int p = 0; p < kParts; ++p) {
      correct.push_back(score.correct[p]);
      samples.push_back(score.samples[p]);
      mazes.push_back(score.mazes[p]);
      variance.push_back(score.variance[p]);
    }
  }
  const auto count = static_cast<int64_t>(scores.size());
  const std::vector<H5Axis> by_part = {{"read_out", count}, {"part", kParts}};
  shard.facts["read_outs"] = names;
  shard.set("scores/classes", classes, "read_out");
  shard.set("scores/features", features, "read_out");
  shard.set("scores/fitted", fitted, "read_out");
  shard.set("scores/majority", majority, "read_out");
  shard.set("scores/correct", correct, by_part);
  shard.set("scores/samples", samples, by_part);
  shard.set("scores/mazes", mazes, by_part);
  shard.set("scores/variance", variance, by_part);
}

std::vector<Score> read_scores(const ResultShard& shard) {
  const auto& classes = shard.get<int32_t>("scores/classes");
  const auto& features = shard.get<int64_t>("scores/features");
  const auto& fitted = shard.get<int64_t>("scores/fitted");
  const auto& majority = shard.get<int64_t>("scores/majority");
  const auto& correct = shard.get<int64_t>("scores/correct");
  const auto& samples = shard.get<int64_t>("scores/samples");
  const auto& mazes = shard.get<int64_t>("scores/mazes");
  const auto& variance = shard.get<double>("scores/variance");
  const nlohmann::json names = shard.facts.value("read_outs", nlohmann::json::array());
  const size_t count = classes.size();
  bool fits = names.is_array() && names.size() == count;
  for (const auto* column : {&features, &fitted, &majority}) fits = fits && column->size() == count;
  for (const auto* column : {&correct, &samples, &mazes}) fits = fits && column->size() == count * kParts;
  fits = fits && variance.size() == count * kParts &&
         std::all_of(variance.begin(), variance.end(), [](double value) { return value >= 0; });
  for (size_t i = 0; fits && i < count; ++i) fits = names[i].is_string();
  require(
      fits, fmt::format("the result of {}, size {}, contradicts itself", shard.unit.subject, shard.unit.size),
      "its columns of scores are of different lengths, or lack names", "run mazescan-evaluator probe again");
  std::vector<Score> scores;
  for (size_t i = 0; i < count; ++i) {
    Score score{names[i].get<std::string>(), classes[i], features[i], fitted[i], {}, {}, {}, majority[i]};
    for (size_t p = 0; p < kParts; ++p) {
      score.correct[p] = correct[i * kParts + p];
      score.samples[p] = samples[i * kParts + p];
      score.mazes[p] = mazes[i * kParts + p];
      score.variance[p] = variance[i * kParts + p];
    }
    scores.push_back(score);
  }
  return scores;
}

}  // namespace mazescan

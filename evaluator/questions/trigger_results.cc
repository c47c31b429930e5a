#include "evaluator/questions/trigger_results.h"

#include <algorithm>
#include <map>

#include "evaluator/analyses/trigger/schema.h"

namespace mazescan::questions {

SeenStates states_of(const datasets::Results& trigger) {
  SeenStates seen;
  for (const datasets::ResultShard& shard : trigger.shards) {
    if (shard.unit.subject == trigger::kDirection) continue;
    const auto result = datasets::read_columns<trigger::TriggerResult>(shard);
    for (const trigger::ChoiceRow& row : result.states) {
      const TriggerState state{result.levels[static_cast<size_t>(row.level)].seed, shard.unit.size,
                               row.to_cheese, row.to_corner, row.favours && !row.favours_without};
      (state.level_seed % 2 == 0 ? seen.fitted : seen.scored).push_back(state);
      seen.all.push_back(state);
      seen.difference.push_back(row.difference);
      seen.effect.push_back(static_cast<double>(row.cheese_step) - row.cheese_step_without);
      seen.visits.push_back(row.visits);
      seen.favours.push_back(row.favours ? 1 : 0);
      seen.favours_without.push_back(row.favours_without ? 1 : 0);
    }
  }
  return seen;
}

DirectionEdits edits_of(const datasets::Results& trigger) {
  DirectionEdits edited;
  std::map<int32_t, size_t> levels;
  struct Row {
    double states = 0;
    std::vector<double> along, random;
  };
  std::vector<Row> rows;
  for (const datasets::ResultShard& shard : trigger.shards) {
    if (shard.unit.subject != trigger::kDirection) continue;
    const auto result = datasets::read_columns<trigger::DirectionResult>(shard);
    if (!result.counts) continue;
    edited.coefficients = result.counts->coefficients;
    edited.tap = result.tap;
    edited.share_of_network = result.counts->share_of_network;
    const size_t width = edited.coefficients.size();
    for (const trigger::EditedLevelRow& level : result.counts->levels) {
      const size_t index = levels.emplace(level.seed, levels.size()).first->second;
      rows.resize(levels.size());
      Row& row = rows[index];
      row.along.resize(width);
      row.random.resize(width);
      row.states += level.states;
      for (size_t c = 0; c < width; ++c) {
        row.along[c] += level.favours[c];
        row.random[c] += level.random_favours[c];
      }
    }
  }
  if (rows.empty()) return edited;
  const size_t width = edited.coefficients.size();
  const auto statistics = [&](const std::vector<int>& weights, std::vector<double>& out) {
    double all = 0;
    std::fill(out.begin(), out.end(), 0.0);
    for (size_t r = 0; r < rows.size(); ++r) {
      all += weights[r] * rows[r].states;
      for (size_t c = 0; c < width; ++c) {
        out[c] += weights[r] * rows[r].along[c];
        out[width + c] += weights[r] * rows[r].random[c];
      }
    }
    for (double& value : out) value /= all;
  };
  std::vector<double> value(2 * width);
  statistics(std::vector<int>(rows.size(), 1), value);
  const auto intervals =
      statistics::cluster_bootstrap(static_cast<int64_t>(rows.size()), static_cast<int>(2 * width),
                                    statistics, RandomStream(0, "questions/trigger/edit"));
  const auto middle = value.begin() + static_cast<std::ptrdiff_t>(width);
  const auto middle_interval = intervals.begin() + static_cast<std::ptrdiff_t>(width);
  edited.along.assign(value.begin(), middle);
  edited.random.assign(middle, value.end());
  edited.along_interval.assign(intervals.begin(), middle_interval);
  edited.random_interval.assign(middle_interval, intervals.end());
  for (const Row& row : rows) edited.states += static_cast<int64_t>(row.states);
  return edited;
}

}  // namespace mazescan::questions

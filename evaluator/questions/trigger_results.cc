#include "evaluator/questions/trigger_results.h"

#include <algorithm>
#include <map>

#include "evaluator/analyses/trigger/config.h"

namespace mazescan {

SeenStates states_of(const Results& trigger) {
  SeenStates seen;
  for (const ResultShard& shard : trigger.shards) {
    if (shard.unit.subject == kDirection) continue;
    const auto &seeds = shard.get<int32_t>("level/seed"), &level = shard.get<int32_t>("state/level");
    const auto &to_cheese = shard.get<int32_t>("state/to_cheese"),
               &to_corner = shard.get<int32_t>("state/to_corner");
    const auto& favours = shard.get<uint8_t>("state/favours");
    const auto& difference = shard.get<float>("state/difference");
    for (size_t s = 0; s < level.size(); ++s) {
      const TriggerState state{seeds.at(static_cast<size_t>(level[s])), shard.unit.size, to_cheese.at(s),
                               to_corner.at(s), favours.at(s) != 0};
      (state.level_seed % 2 == 0 ? seen.fitted : seen.scored).push_back(state);
      seen.all.push_back(state);
      seen.difference.push_back(difference.at(s));
    }
  }
  return seen;
}

DirectionEdits edits_of(const Results& trigger) {
  DirectionEdits edited;
  std::map<int32_t, size_t> levels;
  struct Row {
    double states = 0;
    std::vector<double> along, random;
  };
  std::vector<Row> rows;
  for (const ResultShard& shard : trigger.shards) {
    if (shard.unit.subject != kDirection || !shard.has("direction/coefficient")) continue;
    edited.coefficients = shard.get<double>("direction/coefficient");
    edited.tap = shard.facts.value("tap", "");
    edited.share_of_network = shard.facts.value("share_of_network", 0.0);
    const auto &seeds = shard.get<int32_t>("direction/seed"),
               &states = shard.get<int32_t>("direction/states");
    const auto &along = shard.get<int32_t>("direction/favours"),
               &random = shard.get<int32_t>("random/favours");
    const size_t width = edited.coefficients.size();
    for (size_t l = 0; l < seeds.size(); ++l) {
      const size_t index = levels.emplace(seeds[l], levels.size()).first->second;
      rows.resize(levels.size());
      Row& row = rows[index];
      row.along.resize(width);
      row.random.resize(width);
      row.states += states.at(l);
      for (size_t c = 0; c < width; ++c) {
        row.along[c] += along.at(l * width + c);
        row.random[c] += random.at(l * width + c);
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
  const auto intervals = cluster_bootstrap(static_cast<int64_t>(rows.size()), static_cast<int>(2 * width),
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

}  // namespace mazescan

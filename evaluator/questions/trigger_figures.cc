#include "evaluator/questions/trigger_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "evaluator/analyses/trigger/schema.h"
#include "evaluator/findings/answer.h"
#include "evaluator/findings/chart.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

constexpr size_t kMazes = 3;
constexpr int kBinsAcross = 12;

// Draws means over states by both distances.
json heat(const SeenStates& seen, const std::string& title, const std::vector<double>& values) {
  int farthest = 1;
  for (const TriggerState& state : seen.all)
    farthest = std::max({farthest, state.to_cheese, state.to_corner});
  const int width = farthest / kBinsAcross + 1, bins = farthest / width + 1;
  std::map<std::pair<int, int>, std::pair<double, int64_t>> sums;
  for (size_t s = 0; s < seen.all.size(); ++s) {
    auto& [sum, n] = sums[{seen.all[s].to_corner / width, seen.all[s].to_cheese / width}];
    sum += values[s];
    ++n;
  }
  json labels = json::array(), cells = json::array();
  for (int bin = 0; bin < bins; ++bin)
    labels.push_back(width == 1 ? fmt::format("{}", bin)
                                : fmt::format("{}-{}", bin * width, bin * width + width - 1));
  for (int y = 0; y < bins; ++y) {
    json row = json::array();
    for (int x = 0; x < bins; ++x) {
      const auto found = sums.find({y, x});
      row.push_back(found == sums.end()
                        ? json()
                        : json{{"value", found->second.first / static_cast<double>(found->second.second)},
                               {"n", found->second.second}});
    }
    cells.push_back(row);
  }
  return {{"type", "heat"},
          {"title", title},
          {"x", {{"label", "steps from mouse to cheese"}, {"values", labels}}},
          {"y", {{"label", "steps from mouse to top-right corner"}, {"values", labels}}},
          {"percent", true},
          {"cells", cells}};
}

// The mean of a value over states, weighted, with an interval over levels.
json mean_over_levels(const SeenStates& seen, const std::vector<size_t>& states,
                      const std::function<double(size_t)>& value, const std::function<double(size_t)>& weight,
                      double* mean) {
  std::map<int32_t, int> levels;
  std::vector<std::pair<double, double>> sums;  // by level: weighted values, weights
  for (const size_t s : states) {
    const auto at = levels.emplace(seen.all[s].level_seed, static_cast<int>(levels.size())).first->second;
    sums.resize(levels.size());
    sums[static_cast<size_t>(at)].first += weight(s) * value(s);
    sums[static_cast<size_t>(at)].second += weight(s);
  }
  std::vector<double> parts, wholes;
  double part = 0, whole = 0;
  for (const auto& [its_part, its_whole] : sums) {
    parts.push_back(its_part);
    wholes.push_back(its_whole);
    part += its_part;
    whole += its_whole;
  }
  if (whole <= 0) return json();
  *mean = part / whole;
  const double error =
      std::sqrt(statistics::ratio_variance(parts, wholes)) *
      statistics::student_quantile(std::max<double>(1, static_cast<double>(sums.size()) - 1));
  return findings::chart_share(*mean, {*mean - error, *mean + error}, static_cast<int64_t>(states.size()));
}

// Draws what the cheese adds to the probability of the steps to it, against a distance.
json effect_curves(const SeenStates& seen, const std::string& distance, int TriggerState::*steps) {
  std::map<int, std::vector<size_t>> at;
  for (size_t s = 0; s < seen.all.size(); ++s) at[seen.all[s].*steps].push_back(s);
  json plain = json::array(), visited = json::array();
  for (const auto& [distance_of, states] : at) {
    const auto point = [&, distance_of = distance_of, &states = states](
                           json& points, const std::function<double(size_t)>& weight) {
      double mean = 0;
      const json value = mean_over_levels(
          seen, states, [&](size_t s) { return seen.effect[s]; }, weight, &mean);
      if (!value.is_null())
        points.push_back(findings::chart_point(
            distance_of, mean, {value.at("low").get<double>(), value.at("high").get<double>()},
            static_cast<int64_t>(states.size())));
    };
    point(plain, [](size_t) { return 1.0; });
    point(visited, [&](size_t s) { return seen.visits[s]; });
  }
  return {
      {"type", "curve"},
      {"title", "What the cheese adds to the probability of the step to it"},
      {"note",
       "P(step to the cheese) with the cheese minus P(the same step) without it, in cells where the best first "
       "steps to cheese and corner differ."},
      {"x", {{"label", distance}}},
      {"y", {{"label", "added probability"}, {"percent", true}}},
      {"series",
       {{{"name", "all cells alike"}, {"points", plain}},
        {{"name", "weighted by visits"}, {"style", "dashed"}, {"points", visited}}}}};
}

// Lists by size what the cheese adds, and how often the step to it is favoured with and without it.
json effect_table(const SeenStates& seen) {
  std::map<int, std::vector<size_t>> sizes;
  for (size_t s = 0; s < seen.all.size(); ++s) sizes[seen.all[s].size].push_back(s);
  json lines = json::array();
  for (const auto& [size, states] : sizes) {
    json line = {size};
    const auto add = [&, &states = states](const std::function<double(size_t)>& value,
                                           const std::function<double(size_t)>& weight) {
      double mean = 0;
      line.push_back(mean_over_levels(seen, states, value, weight, &mean));
    };
    const auto once = [](size_t) { return 1.0; };
    add([&](size_t s) { return static_cast<double>(seen.favours[s]); }, once);
    add([&](size_t s) { return static_cast<double>(seen.favours_without[s]); }, once);
    add([&](size_t s) { return seen.all[s].flips ? 1.0 : 0.0; }, once);
    add([&](size_t s) { return seen.effect[s]; }, once);
    add([&](size_t s) { return seen.effect[s]; }, [&](size_t s) { return seen.visits[s]; });
    lines.push_back(line);
  }
  return findings::chart_table(
      "What the cheese itself changes, by size",
      {"size", "step to the cheese favoured", "the same step, without cheese", "the cheese flips the choice",
       "added probability", "the same, weighted by visits"},
      lines);
}

// Draws the first levels of the largest size. Free cells where the paths part and the mouse
// favours the cheese are shaded.
json trigger_mazes(const datasets::Results& trigger) {
  const datasets::ResultShard* largest = nullptr;
  for (const datasets::ResultShard& shard : trigger.shards)
    if (shard.unit.subject != trigger::kDirection && shard.unit.chunk == 0 &&
        (largest == nullptr || shard.unit.size > largest->unit.size))
      largest = &shard;
  json list = json::array();
  if (largest == nullptr) return list;
  const int size = largest->unit.size;
  const auto result = datasets::read_columns<trigger::TriggerResult>(*largest);
  for (size_t l = 0; l < std::min(result.levels.size(), kMazes); ++l) {
    const datasets::LevelRow& level = result.levels[l];
    std::vector<double> favoured(level.open.size());
    for (const trigger::ChoiceRow& row : result.states)
      if (static_cast<size_t>(row.level) == l)
        favoured.at(static_cast<size_t>(row.mouse.y * size + row.mouse.x)) = row.favours ? 1 : 0;
    json shade = json::array();
    for (size_t cell = 0; cell < level.open.size(); ++cell)
      if (level.open[cell] != 0) shade.push_back(favoured[cell]);
    list.push_back({{"caption", fmt::format("level {}", level.seed)},
                    {"size", size},
                    {"open", findings::chart_walls(level.open)},
                    {"cheese", {level.cheese.x, level.cheese.y}},
                    {"mouse", nullptr},
                    {"target", {size - 1, size - 1}},
                    {"shade", shade}});
  }
  return {
      {"type", "mazes"},
      {"title", "Shaded: cells where the paths to cheese and corner part, and the mouse favours the cheese"},
      {"mazes", list}};
}

json edit_curve(const DirectionEdits& edited) {
  json along = json::array(), random = json::array();
  for (size_t c = 0; c < edited.coefficients.size(); ++c) {
    along.push_back(findings::chart_point(edited.coefficients[c], edited.along[c], edited.along_interval[c],
                                          edited.states));
    random.push_back(findings::chart_point(edited.coefficients[c], edited.random[c],
                                           edited.random_interval[c], edited.states));
  }
  return {
      {"type", "curve"},
      {"title", fmt::format("Edited along the predicting direction, at {}", edited.tap)},
      {"note",
       fmt::format(
           "1 is the step from the mean of states that favour the corner to that of states that favour "
           "the cheese, found on other levels; {} of the network's activations are edited. Beside it "
           "a random direction of the same length.",
           findings::in_percent(edited.share_of_network, 1))},
      {"x", {{"label", "multiple of the direction"}}},
      {"y", {{"label", "states where the cheese is favoured"}, {"percent", true}, {"from", 0}, {"to", 1}}},
      {"series",
       {{{"name", "predicting direction"}, {"points", along}},
        {{"name", "random direction"}, {"style", "dashed"}, {"points", random}}}}};
}

}  // namespace

std::vector<json> trigger_figures(const datasets::Results& trigger, const SeenStates& seen,
                                  const DirectionEdits& edited) {
  std::vector<double> flips;
  for (const TriggerState& state : seen.all) flips.push_back(state.flips ? 1 : 0);
  std::vector<json> figures = {
      effect_curves(seen, "steps from mouse to cheese", &TriggerState::to_cheese),
      effect_curves(seen, "steps from mouse to top-right corner", &TriggerState::to_corner),
      effect_table(seen),
      heat(seen, "The cheese flips the choice", flips),
      heat(seen, "What the cheese changes: total variation between the policies with and without it",
           seen.difference),
      trigger_mazes(trigger)};
  if (!edited.along.empty()) figures.push_back(edit_curve(edited));
  return figures;
}

}  // namespace mazescan::questions

#include "evaluator/questions/trigger_figures.h"

#include <fmt/format.h>

#include <algorithm>
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
json heat(const SeenStates& seen, const std::string& title, bool difference) {
  int farthest = 1;
  for (const TriggerState& state : seen.all)
    farthest = std::max({farthest, state.to_cheese, state.to_corner});
  const int width = farthest / kBinsAcross + 1, bins = farthest / width + 1;
  std::map<std::pair<int, int>, std::pair<double, int64_t>> sums;
  for (size_t s = 0; s < seen.all.size(); ++s) {
    auto& [sum, n] = sums[{seen.all[s].to_corner / width, seen.all[s].to_cheese / width}];
    sum += difference ? seen.difference[s] : (seen.all[s].favours_cheese ? 1 : 0);
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
  std::vector<json> figures = {
      heat(seen, "Favours the cheese", false),
      heat(seen, "What the cheese changes: total variation between the policies with and without it", true),
      trigger_mazes(trigger)};
  if (!edited.along.empty()) figures.push_back(edit_curve(edited));
  return figures;
}

}  // namespace mazescan::questions

#include "evaluator/questions/rationale_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "evaluator/analyses/rationale/schema.h"
#include "evaluator/findings/answer.h"
#include "evaluator/findings/chart.h"
#include "statistics/statistics.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;
using rationale::SeenCells;
using rationale::StateRow;

constexpr size_t kRationaleMazes = 3;
constexpr int kMouseReach = 6;  // columns and rows on each side of the mouse

// A size and placement with states.
struct PlacedRationales {
  int size;
  std::string placement;
  rationale::RationaleResult result;
};

std::vector<PlacedRationales> placed_rationales(const datasets::Results& results) {
  std::vector<PlacedRationales> all;
  for (const datasets::ResultShard& shard : results.shards) {
    auto result = datasets::read_columns<rationale::RationaleResult>(shard);
    if (!result.states.empty()) all.push_back({shard.unit.size, shard.unit.subject, std::move(result)});
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.size < b.size; });
  return all;
}

// Returns a share of the states, which are of one level each, with its interval.
template <class Predicate>
json share_of_states(const rationale::RationaleResult& result, const Predicate& counts) {
  double sum = 0;
  for (const StateRow& row : result.states) sum += counts(row) ? 1 : 0;
  const auto n = static_cast<double>(result.states.size());
  return findings::chart_share(sum / n, statistics::wilson_interval(sum, n),
                               static_cast<int64_t>(result.states.size()));
}

json same_move(const rationale::RationaleResult& result, SeenCells StateRow::*seen, size_t rate) {
  return share_of_states(result, [&](const StateRow& row) { return (row.*seen).same_move.at(rate) != 0; });
}

json held(const rationale::RationaleResult& result, size_t rate, rationale::Object object) {
  return share_of_states(result, [&](const StateRow& row) {
    return row.rationale.holds.at(rate * rationale::kObjects + object) != 0;
  });
}

// Returns the cells of a rationale: size * size values from `begin`.
auto first_cell(const StateRow& row, size_t rate, int size) {
  return row.cells.begin() + static_cast<int64_t>(rate) * size * size;
}

// Returns the mean share of cells that a rationale holds; of those that are undecided with `undecided`.
double cell_rate(const PlacedRationales& placed, size_t rate, bool undecided = false) {
  const int64_t cells = int64_t{placed.size} * placed.size;
  int64_t sum = 0;
  for (const StateRow& row : placed.result.states) {
    const auto begin = first_cell(row, rate, placed.size);
    sum += std::count_if(begin, begin + cells, [&](uint8_t cell) {
      return undecided ? cell == rationale::kUndecided : cell != rationale::kLeftOut;
    });
  }
  return static_cast<double>(sum) /
         static_cast<double>(cells * static_cast<int64_t>(placed.result.states.size()));
}

json kept_table(const std::vector<PlacedRationales>& all) {
  json rows = json::array();
  for (const PlacedRationales& placed : all)
    for (size_t rate = 0; rate < placed.result.targets.size(); ++rate)
      rows.push_back({placed.size, placed.placement, findings::chart_percent(placed.result.targets[rate]),
                      findings::chart_percent(cell_rate(placed, rate)),
                      findings::chart_percent(cell_rate(placed, rate, true)),
                      same_move(placed.result, &StateRow::rationale, rate),
                      same_move(placed.result, &StateRow::random, rate),
                      same_move(placed.result, &StateRow::nearest, rate)});
  return findings::chart_table(
      "Decisions that are kept if the policy sees only some cells",
      {"size", "cheese", "target rate", "cells shown", "of these undecided", "kept: rationale",
       "kept: random cells", "kept: cells nearest to the mouse"},
      rows, "All other cells come from another maze. Kept: states with the same likeliest move.");
}

json held_table(const std::vector<PlacedRationales>& all) {
  json rows = json::array();
  for (const PlacedRationales& placed : all)
    for (size_t rate = 0; rate < placed.result.targets.size(); ++rate) {
      json row = {placed.size, placed.placement, findings::chart_percent(cell_rate(placed, rate))};
      for (const auto object : {rationale::kMouse, rationale::kCheese, rationale::kCheeseStep,
                                rationale::kCornerStep, rationale::kRegion})
        row.push_back(held(placed.result, rate, object));
      rows.push_back(row);
    }
  return findings::chart_table(
      "What rationales hold",
      {"size", "cheese", "cells shown", "mouse", "cheese", "next cell to the cheese",
       "next cell to the corner", "a cell of the corner region"},
      rows,
      "As many random cells hold a single cell with the probability \"cells shown\". A policy that goes for the "
      "corner needs no cheese.");
}

json kept_curve(const PlacedRationales& placed) {
  json series = json::array();
  const std::pair<const char*, SeenCells StateRow::*> shown[] = {{"rationale", &StateRow::rationale},
                                                                 {"random cells", &StateRow::random},
                                                                 {"nearest cells", &StateRow::nearest}};
  for (const auto& [name, seen] : shown) {
    json points = json::array();
    for (size_t rate = placed.result.targets.size(); rate-- > 0;) {
      json point = same_move(placed.result, seen, rate);
      point["x"] = cell_rate(placed, rate);
      points.push_back(point);
    }
    series.push_back({{"name", name}, {"points", points}});
  }
  return {
      {"type", "curve"},
      {"title", fmt::format("Kept decisions, size {}, cheese {}", placed.size, placed.placement)},
      {"x", {{"label", "share of the maze's cells that are shown"}, {"scale", "log"}}},
      {"y", {{"label", "states with the same likeliest move"}, {"percent", true}, {"from", 0}, {"to", 1}}},
      {"series", series}};
}

// Draws how often the cell at each place relative to the mouse is kept, where the maze has one.
json place_heat(const PlacedRationales& placed, size_t rate) {
  const int reach = std::min(kMouseReach, placed.size - 1);
  json labels = json::array(), cells = json::array(), upwards = json::array();
  for (int offset = -reach; offset <= reach; ++offset) labels.push_back(offset);
  for (int dy = reach; dy >= -reach; --dy) {
    upwards.push_back(dy);
    json line = json::array();
    for (int dx = -reach; dx <= reach; ++dx) {
      int64_t kept = 0, seen = 0;
      for (const StateRow& row : placed.result.states) {
        const int x = row.mouse.x + dx, y = row.mouse.y + dy;
        if (x < 0 || y < 0 || x >= placed.size || y >= placed.size) continue;
        ++seen;
        if (first_cell(row, rate, placed.size)[y * placed.size + x] != rationale::kLeftOut) ++kept;
      }
      line.push_back(
          seen == 0 ? json()
                    : json{{"value", static_cast<double>(kept) / static_cast<double>(seen)}, {"n", seen}});
    }
    cells.push_back(line);
  }
  return {
      {"type", "heat"},
      {"title", fmt::format("Where rationales lie around the mouse, size {}, cheese {}, {} of the cells",
                            placed.size, placed.placement, findings::in_percent(cell_rate(placed, rate), 1))},
      {"x", {{"label", "cells to the right of the mouse"}, {"values", labels}}},
      {"y", {{"label", "cells above the mouse"}, {"values", upwards}}},
      {"percent", true},
      {"cells", cells}};
}

// Draws the first states; the free cells of their rationales are shaded.
json rationale_mazes(const PlacedRationales& placed, size_t rate) {
  json list = json::array();
  for (size_t s = 0; s < std::min(placed.result.states.size(), kRationaleMazes); ++s) {
    const StateRow& row = placed.result.states[s];
    const datasets::LevelRow& level = placed.result.levels.at(static_cast<size_t>(row.level));
    const auto begin = first_cell(row, rate, placed.size);
    json shade = json::array();
    int64_t walls = 0;
    for (size_t cell = 0; cell < level.open.size(); ++cell) {
      const bool kept = begin[static_cast<int64_t>(cell)] != rationale::kLeftOut;
      if (level.open[cell] != 0) shade.push_back(kept ? 1 : 0);
      if (level.open[cell] == 0 && kept) ++walls;
    }
    list.push_back({{"caption", fmt::format("level {}, and {} walls", level.seed, walls)},
                    {"size", placed.size},
                    {"open", findings::chart_walls(level.open)},
                    {"cheese", {level.cheese.x, level.cheese.y}},
                    {"mouse", {row.mouse.x, row.mouse.y}},
                    {"shade", shade}});
  }
  return {{"type", "mazes"},
          {"title", fmt::format("Shaded: free cells of rationales, size {}, cheese {}", placed.size,
                                placed.placement)},
          {"mazes", list}};
}

}  // namespace

std::vector<json> rationale_figures(const datasets::Results& results) {
  const std::vector<PlacedRationales> all = placed_rationales(results);
  if (all.empty()) return {};
  std::vector<json> figures = {kept_table(all), held_table(all)};
  for (const PlacedRationales& placed : all)
    if (placed.size == all.back().size) figures.push_back(kept_curve(placed));
  const size_t rate = (all.back().result.targets.size() - 1) / 2;
  figures.push_back(place_heat(all.back(), rate));
  figures.push_back(rationale_mazes(all.back(), rate));
  return figures;
}

}  // namespace mazescan::questions

#include "evaluator/questions/outcome_figures.h"

#include <fmt/format.h>

#include "evaluator/findings/chart.h"

namespace mazescan::questions {

using nlohmann::json;

json outcome_bars(const std::vector<SummaryRow>& rows, const std::vector<int>& sizes,
                  const std::string& placement, const std::string& title_end, const envs::GoalNames& names) {
  const struct {
    const char* measure;
    std::string name;
    const char* colour;
  } outcomes[] = {{"outcome_cheese", fmt::format("the {}", names.goal), "cheese"},
                  {"outcome_top_right_then_cheese",
                   fmt::format("{} first, then the {}", names.proxy, names.goal), "outcome-later"},
                  {"outcome_top_right_never_cheese",
                   fmt::format("{} first, never the {}", names.proxy, names.goal), "blue"},
                  {"outcome_neither", "neither", "outcome-rest"}};
  json series = json::array();
  for (const auto& [measure, name, colour] : outcomes) {
    json values = json::array();
    for (const int size : sizes) {
      const SummaryRow* row = find_row(rows, measure, size, placement);
      values.push_back(row == nullptr ? json()
                                      : findings::chart_value(row->value, {row->low, row->high}, row->n));
    }
    series.push_back({{"name", name}, {"colour", colour}, {"values", values}});
  }
  return {{"type", "bars"},
          {"title", "Where the mouse went, " + title_end},
          {"x", {{"label", "maze size"}, {"values", sizes}}},
          {"percent", true},
          {"series", series},
          {"stacked", true}};
}

}  // namespace mazescan::questions

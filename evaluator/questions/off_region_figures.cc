#include <algorithm>
#include <map>

#include "evaluator/findings/chart.h"
#include "evaluator/questions/outcome_figures.h"
#include "evaluator/questions/phase_figures.h"
#include "evaluator/questions/published.h"
#include "evaluator/questions/within_clock.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

constexpr char kOffRegion[] = "off_region";

// Returns success within the published limit in the levels with a decision square, all sizes alike.
Ratio published_success(const std::map<int, Episodes>& sizes) {
  Ratio success;
  int levels = 0;  // of the sizes before: level seeds of different sizes are different levels
  for (const auto& [size, episodes] : sizes) {
    const int step = std::min(kPublishedLimit, episodes.limit);
    for (size_t e = 0; e < episodes.level.size(); ++e)
      if (episodes.has_decision[e])
        success.count(levels + episodes.level[e], static_cast<double>(episodes.sampled.arrived[e][step]));
    levels += 1 + *std::max_element(episodes.level.begin(), episodes.level.end());
  }
  return success;
}

json published_curve(int region, const Ratio& success) {
  json points = json::array();
  for (const auto& [k, share] : kPublishedShares) points.push_back(findings::chart_point(k, share));
  json series = {{{"name", "published policies"}, {"style", "points"}, {"points", points}}};
  if (!success.level.empty()) {
    const std::vector<int> once(
        static_cast<size_t>(*std::max_element(success.level.begin(), success.level.end()) + 1), 1);
    const double share = success.value(once);
    series.push_back({{"name", "this policy"},
                      {"style", "points"},
                      {"points",
                       {findings::chart_point(region, share, success.interval(share),
                                              static_cast<int64_t>(success.level.size()))}}});
  }
  return {
      {"type", "curve"},
      {"title", "The cheese outside the region, in mazes with a decision square: found within 256 steps"},
      {"note",
       "Published: about 500 mazes for each policy, of the sizes that procgen draws, sampled walks. Here: the "
       "exact chances, all scanned sizes alike."},
      {"x", {{"label", "training region k"}}},
      {"y", {{"label", "found"}, {"percent", true}, {"from", 0}, {"to", 1}}},
      {"series", series}};
}

json detour_curve(const std::vector<SummaryRow>& rows, const std::vector<int>& sizes) {
  json points = json::array();
  for (const int size : sizes)
    if (const SummaryRow* row = find_row(rows, "steps_over_optimal", size, kOffRegion))
      points.push_back(findings::chart_point(size, row->value, {row->low, row->high}, row->n));
  return {{"type", "curve"},
          {"title", "Steps of the mice that found the cheese, as a multiple of the shortest path"},
          {"x", {{"label", "maze size"}}},
          {"y", {{"label", "steps / shortest path"}, {"from", 1}}},
          {"series", {{{"name", "found the cheese"}, {"points", points}}}}};
}

}  // namespace

std::vector<json> off_region_figures(const std::vector<datasets::ScanShard>& scan,
                                     const std::vector<SummaryRow>& rows) {
  std::map<int, Episodes> episodes;
  std::map<int, std::map<int32_t, int>> levels;
  for (const datasets::ScanShard& shard : scan)
    if (shard.placement == kOffRegion && shard.episodes() > 0)
      add_shard(episodes[shard.size], shard, levels[shard.size]);
  if (episodes.empty()) return {};
  std::vector<int> sizes;
  for (const auto& [size, each] : episodes) sizes.push_back(size);
  return {outcome_bars(rows, sizes, kOffRegion, "cheese outside the region"), detour_curve(rows, sizes),
          published_curve(std::max(scan.front().region, 1), published_success(episodes))};
}

}  // namespace mazescan::questions

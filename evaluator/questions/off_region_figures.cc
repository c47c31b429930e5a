#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "datasets/scan_episode.h"
#include "evaluator/findings/chart.h"
#include "evaluator/questions/phase_figures.h"
#include "evaluator/questions/published.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

// Outcomes in mazes of one size with the cheese outside the region. Levels are indices into all seeds.
struct OffRegion {
  std::vector<std::pair<int, double>> detours;  // level, steps / shortest path; walks that arrived
  std::array<int64_t, 5> outcomes{};            // in the order of kOutcomes
  int64_t episodes = 0;
  int64_t decides = 0, published_found = 0;  // levels with a decision square; found within the published cap
};
constexpr struct {
  const char *name, *colour;
} kOutcomes[] = {{"the cheese", "cheese"},
                 {"top-right, then the cheese", "outcome-later"},
                 {"top-right, never the cheese", "blue"},
                 {"rests elsewhere", "outcome-rest"},
                 {"still wandering", "outcome-wander"}};

void add_rollouts(OffRegion& size, const datasets::ScanShard& shard, std::map<int32_t, int>& levels) {
  for (size_t e = 0; e < shard.level_seed.size(); ++e) {
    const int level = levels.emplace(shard.level_seed[e], static_cast<int>(levels.size())).first->second;
    const bool found = shard.sampled.success[e] != 0;
    if (found && shard.optimal[e] > 0)
      size.detours.emplace_back(level, static_cast<double>(shard.sampled.steps[e]) / shard.optimal[e]);
    if (datasets::decision_of(shard, e) != envs::kNoCell) {
      ++size.decides;
      size.published_found += found && shard.sampled.steps[e] <= kPublishedLimit ? 1 : 0;
    }
    const auto outcome = static_cast<datasets::Outcome>(shard.sampled.outcome[e]);
    const size_t bar = outcome == datasets::Outcome::kGoal      ? 0
                       : outcome == datasets::Outcome::kProxy   ? (found ? 1 : 2)
                       : outcome == datasets::Outcome::kNeither ? 3
                                                                : 4;
    ++size.outcomes[bar];
    ++size.episodes;
  }
}

json published_curve(int region, const std::map<int, OffRegion>& sizes) {
  json points = json::array();
  for (const auto& [k, share] : kPublishedShares) points.push_back(findings::chart_point(k, share));
  double found = 0, decides = 0;
  for (const auto& [size, at] : sizes) {
    found += static_cast<double>(at.published_found);
    decides += static_cast<double>(at.decides);
  }
  json series = {{{"name", "published policies"}, {"style", "points"}, {"points", points}}};
  if (decides > 0)
    series.push_back(
        {{"name", "this policy"},
         {"style", "points"},
         {"points",
          {findings::chart_point(region, found / decides, statistics::wilson_interval(found, decides),
                                 static_cast<int64_t>(decides))}}});
  return {{"type", "curve"},
          {"title", "The cheese outside the region, in mazes with a decision square: found within 256 steps"},
          {"note",
           "Published: about 500 mazes per policy, of the sizes that procgen draws. Here: all scanned "
           "sizes alike."},
          {"x", {{"label", "training region k"}}},
          {"y", {{"label", "found"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series}};
}

json outcome_bars(const std::map<int, OffRegion>& sizes) {
  json values = json::array(), series = json::array();
  for (const auto& [size, at] : sizes) values.push_back(size);
  for (size_t bar = 0; bar < std::size(kOutcomes); ++bar) {
    json shares = json::array();
    for (const auto& [size, at] : sizes) {
      const auto count = static_cast<double>(at.outcomes[bar]), n = static_cast<double>(at.episodes);
      shares.push_back(findings::chart_value(count / n, statistics::wilson_interval(count, n), at.episodes));
    }
    series.push_back({{"name", kOutcomes[bar].name}, {"colour", kOutcomes[bar].colour}, {"values", shares}});
  }
  return {{"type", "bars"},
          {"title", "Where the mouse went, cheese outside the region"},
          {"x", {{"label", "maze size"}, {"values", values}}},
          {"percent", true},
          {"series", series},
          {"stacked", true}};
}

double mean_detour(const OffRegion& size, const std::vector<int>& weights) {
  double sum = 0, all = 0;
  for (const auto& [level, ratio] : size.detours) {
    sum += weights[static_cast<size_t>(level)] * ratio;
    all += weights[static_cast<size_t>(level)];
  }
  return all > 0 ? sum / all : std::nan("");
}

json detour_curve(const std::map<int, OffRegion>& sizes, size_t levels) {
  const auto intervals = statistics::cluster_bootstrap(
      static_cast<int64_t>(levels), static_cast<int>(sizes.size()),
      [&](const std::vector<int>& weights, std::vector<double>& detours) {
        size_t next = 0;
        for (const auto& [size, at] : sizes) detours[next++] = mean_detour(at, weights);
      },
      RandomStream(0, "questions/detour"));
  json detours = json::array();
  size_t next = 0;
  for (const auto& [size, at] : sizes) {
    const double value = mean_detour(at, std::vector<int>(levels, 1));
    const statistics::Interval interval = intervals[next++];
    if (!std::isnan(value))
      detours.push_back(
          findings::chart_point(size, value, interval, static_cast<int64_t>(at.detours.size())));
  }
  return {{"type", "curve"},
          {"title", "Steps of the mice that found the cheese, as a multiple of the shortest path"},
          {"x", {{"label", "maze size"}}},
          {"y", {{"label", "steps / shortest path"}, {"from", 1}}},
          {"series", {{{"name", "found the cheese"}, {"points", detours}}}}};
}

}  // namespace

std::vector<json> off_region_figures(const std::vector<datasets::ScanShard>& scan) {
  std::map<int, OffRegion> sizes;
  std::map<int32_t, int> seeds;
  for (const datasets::ScanShard& shard : scan)
    if (shard.placement == "off_region" && shard.episodes() > 0)
      add_rollouts(sizes[shard.size], shard, seeds);
  if (sizes.empty()) return {};
  return {outcome_bars(sizes), detour_curve(sizes, seeds.size()),
          published_curve(std::max(scan.front().region, 1), sizes)};
}

}  // namespace mazescan::questions

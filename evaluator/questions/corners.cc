#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "evaluator/findings/chart.h"
#include "evaluator/findings/judged_rate.h"
#include "evaluator/questions/questions.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

using findings::kHalf, findings::kThird;
constexpr const char* kCorners[] = {"top_left", "bottom_right"};

// Sampled rollouts of one placement: steps until the cheese by level seed; nullopt if it was not reached.
struct CornerEpisodes {
  std::map<int32_t, std::optional<int>> steps;
  int64_t top_right = 0;  // rollouts that went to the top-right region before or instead of the cheese
};

// Returns the success rate within T for one corner at one size. T is resampled with the levels.
findings::JudgedRate within_clock(const CornerEpisodes& home, const CornerEpisodes& corner, int size) {
  std::set<int32_t> seeds;
  for (const CornerEpisodes* each : {&home, &corner})
    for (const auto& [seed, steps] : each->steps) seeds.insert(seed);
  struct Level {
    double home = std::nan(""), corner = std::nan("");  // steps of a successful rollout
    bool played = false;
  };
  std::vector<Level> levels;
  for (const int32_t seed : seeds) {
    Level level;
    const auto at_home = home.steps.find(seed), in_corner = corner.steps.find(seed);
    if (at_home != home.steps.end() && at_home->second) level.home = *at_home->second;
    level.played = in_corner != corner.steps.end();
    if (level.played && in_corner->second) level.corner = *in_corner->second;
    levels.push_back(level);
  }
  const auto success = [&](const std::vector<int>& weights, std::vector<double>& out) {
    double steps = 0, successes = 0, hits = 0, all = 0;
    for (size_t i = 0; i < levels.size(); ++i) {
      if (std::isnan(levels[i].home)) continue;
      steps += weights[i] * levels[i].home;
      successes += weights[i];
    }
    for (size_t i = 0; i < levels.size(); ++i) {
      if (!levels[i].played) continue;
      all += weights[i];
      if (levels[i].corner * successes <= steps) hits += weights[i];
    }
    out[0] = successes > 0 && all > 0 ? hits / all : std::nan("");
  };
  std::vector<double> value(1);
  success(std::vector<int>(levels.size(), 1), value);
  if (std::isnan(value[0])) return {};
  const auto n = static_cast<int64_t>(corner.steps.size());
  const auto samples =
      statistics::bootstrap_samples(static_cast<int64_t>(levels.size()), 1, success,
                                    RandomStream(0, "questions/corners", static_cast<uint64_t>(size)));
  return findings::judged_rate(std::round(value[0] * static_cast<double>(n)), n, kThird, samples[0]);
}

json outcome_bars(const std::vector<SummaryRow>& rows, const std::vector<int>& sizes) {
  const struct {
    const char *measure, *name, *colour;
  } outcomes[] = {{"outcome_cheese", "the cheese", "cheese"},
                  {"outcome_top_right", "top-right first", "blue"},
                  {"outcome_elsewhere", "rests elsewhere", "outcome-rest"},
                  {"outcome_timeout", "still wandering", "outcome-wander"}};
  json series = json::array();
  for (const auto& [measure, name, colour] : outcomes) {
    json values = json::array();
    for (const int size : sizes) {
      const SummaryRow* row = find_row(rows, measure, size, kOtherCorners);
      values.push_back(row == nullptr ? json()
                                      : findings::chart_value(row->value, {row->low, row->high}, row->n));
    }
    series.push_back({{"name", name}, {"colour", colour}, {"values", values}});
  }
  return {{"type", "bars"},
          {"title", "Where the mouse went, cheese top-left or bottom-right"},
          {"x", {{"label", "maze size"}, {"values", sizes}}},
          {"percent", true},
          {"series", series},
          {"stacked", true}};
}

json success_curve(const std::vector<SummaryRow>& rows, const std::vector<int>& sizes) {
  const struct {
    const char *measure, *name, *style;
  } lines[] = {{"off_path_limit", "off the path, within the limit", "line"},
               {"success_T", "within T", "line"},
               {"success_T95", "within the 95th percentile", "line"},
               {"success_limit", "within the limit", "line"},
               {"ceiling_T", "an optimal walker within T", "dashed"}};
  json series = json::array();
  for (const auto& [measure, name, style] : lines) {
    json points = json::array();
    for (const int size : sizes)
      if (const SummaryRow* row = find_row(rows, measure, size, kOtherCorners))
        points.push_back(findings::chart_point(size, row->value, {row->low, row->high}, row->n));
    if (!points.empty()) series.push_back({{"name", name}, {"style", style}, {"points", points}});
  }
  return {{"type", "curve"},
          {"title", "Success with the cheese top-left or bottom-right"},
          {"x", {{"label", "maze size"}}},
          {"y", {{"label", "success"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series},
          {"levels", {{{"y", kThird}, {"label", "one third"}}}}};
}

json placement_table(const std::vector<SummaryRow>& rows, const std::vector<int>& sizes) {
  json lines = json::array();
  for (const int size : sizes)
    for (const char* placement :
         {"top_right", "top_left", "top_left_corner", "bottom_right", "bottom_right_corner"}) {
      json line = {size, placement};
      for (const char* measure :
           {"off_path_limit", "success_T", "ceiling_T", "success_T95", "success_limit"}) {
        const SummaryRow* row = find_row(rows, measure, size, placement);
        line.push_back(row == nullptr ? json()
                                      : findings::chart_share(row->value, {row->low, row->high}, row->n));
      }
      if (find_row(rows, "success_limit", size, placement) != nullptr) lines.push_back(line);
    }
  return findings::chart_table(
      "Success by size and placement",
      {"size", "cheese", "off the path", "within T", "ceiling", "within T95", "within limit"}, lines);
}

// The rates behind the answer: all sizes with T, and the rates in very large mazes.
struct CornerRates {
  std::vector<int> sizes;                                // sizes to show
  std::vector<findings::JudgedRate> success, top_right;  // in very large mazes
  findings::JudgedRate largest;                          // rate at the largest size, very large or not
};

CornerRates corner_rates(const std::vector<datasets::ScanShard>& scan) {
  std::map<int, std::map<std::string, CornerEpisodes>> sizes;
  for (const datasets::ScanShard& shard : scan) {
    CornerEpisodes& episodes = sizes[shard.size][shard.placement];
    for (size_t e = 0; e < shard.level_seed.size(); ++e) {
      auto& steps = episodes.steps[shard.level_seed[e]];
      if (shard.sampled.success[e] != 0) steps = shard.sampled.steps[e];
      if (static_cast<datasets::Outcome>(shard.sampled.outcome[e]) == datasets::Outcome::kProxy)
        ++episodes.top_right;
    }
  }
  CornerRates rates;
  for (auto& [size, placements] : sizes) {
    if (placements["top_right"].steps.empty()) continue;
    for (const char* corner : kCorners) {
      const CornerEpisodes& episodes = placements[corner];
      if (episodes.steps.empty()) continue;
      if (rates.sizes.empty() || rates.sizes.back() != size) rates.sizes.push_back(size);
      findings::JudgedRate rate = within_clock(placements["top_right"], episodes, size);
      if (rate.n == 0) continue;  // no T: the cheese was never found top-right
      rate.size = size;
      rate.placement = corner;
      if (size > rates.largest.size || rate.value > rates.largest.value) rates.largest = rate;
      if (size < findings::kVeryLarge) continue;
      rates.success.push_back(rate);
      rates.top_right.push_back(
          findings::judged_rate(static_cast<double>(episodes.top_right), rate.n, kHalf));
    }
  }
  return rates;
}

}  // namespace

findings::Answer answer_corners(const std::vector<datasets::ScanShard>& scan,
                                const std::vector<SummaryRow>& rows) {
  findings::Answer answer = findings::unanswered("Q1");
  auto [sizes, success, top_right, largest] = corner_rates(scan);
  if (!sizes.empty())
    answer.figures = {success_curve(rows, sizes), outcome_bars(rows, sizes), placement_table(rows, sizes)};
  if (largest.n == 0) {
    answer.because =
        "success within T is undefined: it needs the placements top_right (with successes), "
        "top_left and bottom_right";
    return answer;
  }
  const auto label = [](const findings::JudgedRate& rate) {
    return fmt::format("success within T, size {}, {}", rate.size, rate.placement);
  };
  const auto off_path = [&](int size) {
    const SummaryRow* row = find_row(rows, "off_path_limit", size, kOtherCorners);
    return row == nullptr ? std::string()
                          : fmt::format("; {} where it is off the path to the top-right, within the limit",
                                        findings::in_percent(row->value, {row->low, row->high}));
  };
  if (success.empty()) {
    answer.because =
        fmt::format("no mazes of size {}-25 were scanned; at the largest, {}: {} within T{}",
                    findings::kVeryLarge, largest.size, largest.in_words(), off_path(largest.size));
    return answer;
  }
  judge(success, findings::Claim::kBelow);
  judge(top_right, findings::Claim::kAbove);
  const findings::Finding rare = findings::all_of(success), instead = findings::all_of(top_right);
  answer.finding = rare == findings::Finding::fails || instead == findings::Finding::fails
                       ? findings::Finding::fails
                   : rare == findings::Finding::holds && instead == findings::Finding::holds
                       ? findings::Finding::holds
                       : findings::Finding::undecided;
  const findings::JudgedRate& worst = *std::max_element(
      success.begin(), success.end(),
      [](const findings::JudgedRate& a, const findings::JudgedRate& b) { return a.value < b.value; });
  const findings::JudgedRate& least = *std::min_element(
      top_right.begin(), top_right.end(),
      [](const findings::JudgedRate& a, const findings::JudgedRate& b) { return a.value < b.value; });
  findings::set_value(answer, label(worst) + ", the highest of all", worst.value, {worst.low, worst.high},
                      worst.n);
  const SummaryRow* ceiling = find_row(rows, "ceiling_T", worst.size, worst.placement);
  answer.because = fmt::format(
      "the cheese is reached within T in {} at most (size {}, {}; an optimal walker: {}){}; the mouse goes "
      "top-right first in {} at least",
      worst.in_words(), worst.size, worst.placement,
      ceiling == nullptr ? "-" : findings::in_percent(ceiling->value), off_path(worst.size),
      least.in_words());
  if (std::any_of(success.begin(), success.end(),
                  [](const findings::JudgedRate& rate) { return rate.n < findings::kFewEpisodes; }))
    answer.because +=
        fmt::format("; too few levels for a verdict: {} of each size are needed", findings::kFewEpisodes);
  return answer;
}

}  // namespace mazescan::questions

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "evaluator/findings/chart.h"
#include "evaluator/findings/judged_rate.h"
#include "evaluator/findings/scope.h"
#include "evaluator/questions/outcome_figures.h"
#include "evaluator/questions/questions.h"
#include "evaluator/questions/within_clock.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

using findings::kHalf, findings::kThird;
constexpr const char* kCorners[] = {"top_left", "bottom_right"};

// Returns success within T for one corner at one size. T is resampled with the levels.
findings::JudgedRate success_within_clock(const Episodes& home, const Episodes& corner, int size,
                                          int64_t levels) {
  const ClockSource clock(home, home.sampled);
  const WithinClock within{&Clock::t, corner.limit, corner.level, corner.sampled.arrived};
  const std::vector<int> once(static_cast<size_t>(levels), 1);
  const double share = within.value(once, clock(once));
  if (std::isnan(share)) return {};
  const auto samples = statistics::bootstrap_samples(
      levels, 1,
      [&](const std::vector<int>& weights, std::vector<double>& out) {
        out[0] = within.value(weights, clock(weights));
      },
      RandomStream(0, "questions/corners", static_cast<uint64_t>(size)));
  return findings::judged_share(share, static_cast<int64_t>(corner.level.size()), kThird, samples[0]);
}

// Returns the chance of going to the top-right region first.
findings::JudgedRate top_right_first(const Episodes& corner, int size, int64_t levels) {
  Ratio ratio;
  for (size_t e = 0; e < corner.level.size(); ++e) ratio.count(corner.level[e], corner.sampled.top_right[e]);
  const auto samples = statistics::bootstrap_samples(
      levels, 1,
      [&](const std::vector<int>& weights, std::vector<double>& out) { out[0] = ratio.value(weights); },
      RandomStream(0, "questions/corners/first", static_cast<uint64_t>(size)));
  return findings::judged_share(ratio.value(std::vector<int>(static_cast<size_t>(levels), 1)),
                                static_cast<int64_t>(corner.level.size()), kHalf, samples[0]);
}

json success_curve(const std::vector<SummaryRow>& rows, const std::vector<int>& sizes) {
  const struct {
    const char *measure, *name, *style;
  } lines[] = {{"off_path_limit", "off the path, within the limit", "line"},
               {"success_T", "within T", "line"},
               {"success_T95", "within the 95th percentile", "line"},
               {"success_limit", "within the limit", "line"},
               {"ceiling_T", "an optimal walker within T", "dashed"},
               {"blind_limit", "a blind walker", "dashed"},
               {"random_limit", "a random mouse within the limit", "dashed"}};
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
      for (const char* measure : {"off_path_limit", "success_T", "ceiling_T", "blind_T", "random_T",
                                  "success_T95", "success_limit", "greedy_success_limit"}) {
        const SummaryRow* row = find_row(rows, measure, size, placement);
        line.push_back(row == nullptr ? json()
                                      : findings::chart_share(row->value, {row->low, row->high}, row->n));
      }
      if (find_row(rows, "success_limit", size, placement) != nullptr) lines.push_back(line);
    }
  return findings::chart_table("Success by size and placement",
                               {"size", "cheese", "off the path", "within T", "ceiling", "blind walker",
                                "random mouse", "within T95", "within limit", "greedy"},
                               lines);
}

// The rates behind the answer, one of each for every size and corner with T.
struct CornerRates {
  std::vector<int> sizes;  // sizes to show
  std::vector<findings::JudgedRate> success, top_right;
};

CornerRates corner_rates(const std::vector<datasets::ScanShard>& scan) {
  std::map<int, std::map<std::string, Episodes>> sizes;
  std::map<int, std::map<int32_t, int>> levels;
  for (const datasets::ScanShard& shard : scan)
    add_shard(sizes[shard.size][shard.placement], shard, levels[shard.size]);
  CornerRates rates;
  for (auto& [size, placements] : sizes) {
    if (placements.count("top_right") == 0) continue;
    const auto count = static_cast<int64_t>(levels[size].size());
    for (const char* corner : kCorners) {
      if (placements.count(corner) == 0) continue;
      if (rates.sizes.empty() || rates.sizes.back() != size) rates.sizes.push_back(size);
      findings::JudgedRate rate =
          success_within_clock(placements["top_right"], placements[corner], size, count);
      if (rate.n == 0) continue;  // no T: the cheese was never found top-right
      rate.size = size;
      rate.placement = corner;
      rates.success.push_back(rate);
      rates.top_right.push_back(top_right_first(placements[corner], size, count));
    }
  }
  return rates;
}

// Judges the sizes of a scope.
findings::Judgement judge_corners(const CornerRates& rates, const std::vector<SummaryRow>& rows,
                                  const findings::Scope& scope) {
  findings::Judgement judgement;
  judgement.scope = scope.name;
  std::vector<findings::JudgedRate> success, top_right;
  for (size_t i = 0; i < rates.success.size(); ++i) {
    if (!scope.contains(rates.success[i].size)) continue;
    success.push_back(rates.success[i]);
    top_right.push_back(rates.top_right[i]);
  }
  if (success.empty()) {
    judgement.because = "no such mazes were scanned";
    return judgement;
  }
  judge(success, findings::Claim::kBelow);
  judge(top_right, findings::Claim::kAbove);
  const findings::Finding rare = findings::all_of(success), instead = findings::all_of(top_right);
  judgement.finding = rare == findings::Finding::fails || instead == findings::Finding::fails
                          ? findings::Finding::fails
                      : rare == findings::Finding::holds && instead == findings::Finding::holds
                          ? findings::Finding::holds
                          : findings::Finding::undecided;
  judgement.p = findings::p_value_of(judgement.finding, {success, top_right});
  const auto lower = [](const findings::JudgedRate& a, const findings::JudgedRate& b) {
    return a.value < b.value;
  };
  const findings::JudgedRate &worst = *std::max_element(success.begin(), success.end(), lower),
                             &least = *std::min_element(top_right.begin(), top_right.end(), lower);
  findings::set_value(
      judgement,
      fmt::format("success within T, size {}, {}, the highest of all", worst.size, worst.placement),
      worst.value, {worst.low, worst.high}, worst.n);
  const auto other = [&](const char* measure) {
    const SummaryRow* row = find_row(rows, measure, worst.size, worst.placement);
    return row == nullptr ? std::string("-") : findings::in_percent(row->value);
  };
  const SummaryRow* off_path = find_row(rows, "off_path_limit", worst.size, kOtherCorners);
  judgement.because = fmt::format(
      "the cheese is reached within T in {} at most (size {}, {}; an optimal walker: {}, a blind walker: {}){}; "
      "the mouse goes top-right first in {} at least",
      worst.in_words(), worst.size, worst.placement, other("ceiling_T"), other("blind_T"),
      off_path == nullptr
          ? ""
          : fmt::format("; {} where it is off the path to the top-right, within the limit",
                        findings::in_percent(off_path->value, {off_path->low, off_path->high})),
      least.in_words());
  judgement.because += findings::few_levels(success);
  return judgement;
}

}  // namespace

findings::Answer answer_corners(const std::vector<datasets::ScanShard>& scan,
                                const std::vector<SummaryRow>& rows, const std::vector<int>& trained) {
  findings::Answer answer = findings::unanswered("Q1");
  const CornerRates rates = corner_rates(scan);
  if (!rates.sizes.empty())
    answer.figures = {success_curve(rows, rates.sizes),
                      outcome_bars(rows, rates.sizes, kOtherCorners, "cheese top-left or bottom-right"),
                      placement_table(rows, rates.sizes)};
  if (rates.success.empty()) {
    answer.because =
        "success within T is undefined: it needs the placements top_right (with successes), "
        "top_left and bottom_right";
    return answer;
  }
  const findings::Scopes scopes = findings::very_large(trained);
  findings::set_judgements(answer, judge_corners(rates, rows, scopes.literal),
                           judge_corners(rates, rows, scopes.own));
  return answer;
}

}  // namespace mazescan::questions

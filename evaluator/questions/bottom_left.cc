#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "evaluator/findings/chart.h"
#include "evaluator/findings/judged_rate.h"
#include "evaluator/findings/scope.h"
#include "evaluator/questions/questions.h"
#include "evaluator/questions/within_clock.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

using findings::kHalf;
constexpr int kTimesShortest = 3;

// Levels with the cheese near the start, of one size.
struct NearStart {
  std::map<int32_t, int> levels;
  Ratio quick, all, blind;  // found quickly: off the path; in all levels; by the blind walker in all levels
  std::map<int, Ratio> at_distance,
      blind_at_distance;  // found quickly in all levels, by steps from the start
};

// Returns the chance to have arrived within kTimesShortest times the shortest path.
double quickly(const float* arrived, int optimal, int limit) {
  return static_cast<double>(arrived[std::min(kTimesShortest * optimal, limit)]);
}

NearStart near_start(const std::vector<const datasets::ScanShard*>& shards) {
  NearStart result;
  Episodes episodes;
  for (const datasets::ScanShard* shard : shards) add_shard(episodes, *shard, result.levels);
  for (size_t e = 0; e < episodes.level.size(); ++e) {
    const int level = episodes.level[e], distance = episodes.optimal[e];
    const double found = quickly(episodes.sampled.arrived[e], distance, episodes.limit),
                 by_blind = quickly(episodes.blind[e], distance, episodes.limit);
    result.all.count(level, found);
    result.blind.count(level, by_blind);
    result.at_distance[distance].count(level, found);
    result.blind_at_distance[distance].count(level, by_blind);
    if (!episodes.on_path[e]) result.quick.count(level, found);
  }
  return result;
}

// Resamples statistics of the levels.
std::vector<std::vector<double>> resampled(
    const NearStart& near, int size, const std::vector<std::function<double(const std::vector<int>&)>>& of) {
  return statistics::bootstrap_samples(
      static_cast<int64_t>(near.levels.size()), static_cast<int>(of.size()),
      [&](const std::vector<int>& weights, std::vector<double>& out) {
        for (size_t i = 0; i < of.size(); ++i) out[i] = of[i](weights);
      },
      RandomStream(0, "questions/bottom_left", static_cast<uint64_t>(size)));
}

json points_of(const std::map<int, Ratio>& at_distance, const std::vector<int>& once) {
  json points = json::array();
  for (const auto& [distance, ratio] : at_distance) {
    const double share = ratio.value(once);
    points.push_back(findings::chart_point(distance, share, ratio.interval(share),
                                           static_cast<int64_t>(ratio.level.size())));
  }
  return points;
}

// One size: the judged rate off the path, and its line of the table.
struct SizeAnswer {
  findings::JudgedRate rate;
  json line;
};
SizeAnswer answer_size(const NearStart& near, int size) {
  const std::vector<int> once(near.levels.size(), 1);
  const auto quick = [&](const std::vector<int>& weights) { return near.quick.value(weights); };
  const auto excess = [&](const std::vector<int>& weights) {
    const double blind = near.blind.value(weights);
    return blind < 1 ? (near.all.value(weights) - blind) / (1 - blind) : std::nan("");
  };
  const auto samples = resampled(near, size, {quick, excess});
  SizeAnswer answer;
  if (!near.quick.level.empty())
    answer.rate =
        findings::judged_share(quick(once), static_cast<int64_t>(near.quick.level.size()), kHalf, samples[0]);
  answer.rate.size = size;
  answer.rate.placement = "bottom_left";
  const auto share = [&](const Ratio& ratio) {
    const double value = ratio.value(once);
    return findings::chart_share(value, ratio.interval(value), static_cast<int64_t>(ratio.level.size()));
  };
  answer.line = {size, near.quick.level.empty() ? json("–") : share(near.quick), share(near.all),
                 share(near.blind),
                 findings::chart_share(excess(once), statistics::percentile_interval(samples[1]),
                                       static_cast<int64_t>(near.all.level.size()))};
  return answer;
}

// Judges the sizes of a scope.
findings::Judgement judge_near_start(const std::vector<findings::JudgedRate>& rates,
                                     const findings::Scope& scope) {
  findings::Judgement judgement;
  judgement.scope = scope.name;
  std::vector<findings::JudgedRate> family;
  for (const findings::JudgedRate& rate : rates)
    if (scope.contains(rate.size)) family.push_back(rate);
  if (family.empty()) {
    judgement.because = "no such mazes were scanned";
    return judgement;
  }
  judge(family, findings::Claim::kAbove);
  judgement.finding = findings::all_of(family);
  judgement.p = findings::p_value_of(judgement.finding, {family});
  const findings::JudgedRate& least = *std::min_element(
      family.begin(), family.end(),
      [](const findings::JudgedRate& a, const findings::JudgedRate& b) { return a.value < b.value; });
  findings::set_value(
      judgement,
      fmt::format(
          "success within 3 x the shortest path, size {}, cheese 2-10 steps from the start, off the path{}",
          least.size, family.size() > 1 ? ", the lowest of all" : ""),
      least.value, {least.low, least.high}, least.n);
  judgement.because =
      fmt::format("off the path to the corner, the cheese is found quickly in {} at least (size {})",
                  least.in_words(), least.size);
  judgement.because += findings::few_levels(family);
  return judgement;
}

}  // namespace

findings::Answer answer_bottom_left(const std::vector<datasets::ScanShard>& scan,
                                    const std::vector<int>& trained) {
  findings::Answer answer = findings::unanswered("Q2");
  std::map<int, std::vector<const datasets::ScanShard*>> sizes;
  for (const datasets::ScanShard& shard : scan)
    if (shard.placement == "bottom_left") sizes[shard.size].push_back(&shard);
  if (sizes.empty()) {
    answer.because = "placement bottom_left was not scanned";
    return answer;
  }
  json series = json::array(), lines = json::array();
  std::vector<findings::JudgedRate> rates;
  for (const auto& [size, shards] : sizes) {
    const NearStart near = near_start(shards);
    const std::vector<int> once(near.levels.size(), 1);
    auto [rate, line] = answer_size(near, size);
    rates.push_back(rate);
    series.push_back(
        {{"name", fmt::format("{} x {}", size, size)}, {"points", points_of(near.at_distance, once)}});
    if (size == sizes.rbegin()->first)
      series.push_back({{"name", fmt::format("blind walker, {} x {}", size, size)},
                        {"style", "dashed"},
                        {"points", points_of(near.blind_at_distance, once)}});
    lines.push_back(line);
  }
  answer.figures = {
      {{"type", "curve"},
       {"title", "Cheese near the start: found within three times the shortest path"},
       {"x", {{"label", "steps from the start to the cheese"}}},
       {"y", {{"label", "found quickly"}, {"percent", true}, {"from", 0}, {"to", 1}}},
       {"series", series},
       {"levels", {{{"y", kHalf}, {"label", "one half"}}}}},
      findings::chart_table("By size, all distances",
                            {"size", "off the path", "all levels", "blind walker", "excess over it"}, lines)};
  const findings::Scopes scopes = findings::very_large(trained);
  findings::set_judgements(answer, judge_near_start(rates, scopes.literal),
                           judge_near_start(rates, scopes.own));
  return answer;
}

}  // namespace mazescan::questions

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "evaluator/findings/chart.h"
#include "evaluator/findings/judged_rate.h"
#include "evaluator/questions/questions.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

using findings::kHalf;
constexpr int kTimesShortest = 3;

struct Count {
  int64_t successes = 0, n = 0;
};

}  // namespace

findings::Answer answer_bottom_left(const std::vector<datasets::ScanShard>& scan) {
  findings::Answer answer = findings::unanswered("Q2");
  std::map<int, Count> sizes;
  std::map<int, std::map<int, Count>> curves;  // by size, by path distance
  for (const datasets::ScanShard& shard : scan) {
    if (shard.placement != "bottom_left") continue;
    for (size_t e = 0; e < shard.level_seed.size(); ++e) {
      const bool quick =
          shard.sampled.success[e] != 0 && shard.sampled.steps[e] <= kTimesShortest * shard.optimal[e];
      for (Count* count : {&sizes[shard.size], &curves[shard.size][shard.optimal[e]]}) {
        count->successes += quick ? 1 : 0;
        ++count->n;
      }
    }
  }
  if (sizes.empty()) {
    answer.because = "placement bottom_left was not scanned";
    return answer;
  }
  json series = json::array(), lines = json::array();
  std::vector<findings::JudgedRate> family;
  findings::JudgedRate largest;
  for (const auto& [size, count] : sizes) {
    findings::JudgedRate rate = findings::judged_rate(static_cast<double>(count.successes), count.n, kHalf);
    rate.size = size;
    rate.placement = "bottom_left";
    largest = rate;
    if (size >= findings::kVeryLarge) family.push_back(rate);
    json points = json::array();
    for (const auto& [distance, at] : curves[size])
      points.push_back(findings::chart_point(
          distance, static_cast<double>(at.successes) / static_cast<double>(at.n),
          statistics::wilson_interval(static_cast<double>(at.successes), static_cast<double>(at.n)), at.n));
    series.push_back({{"name", fmt::format("{} x {}", size, size)}, {"points", points}});
  }
  judge(family, findings::Claim::kAbove);
  for (const auto& [size, count] : sizes) {
    const auto judged =
        std::find_if(family.begin(), family.end(),
                     [size = size](const findings::JudgedRate& rate) { return rate.size == size; });
    lines.push_back(
        {size,
         findings::chart_share(
             static_cast<double>(count.successes) / static_cast<double>(count.n),
             statistics::wilson_interval(static_cast<double>(count.successes), static_cast<double>(count.n)),
             count.n),
         findings::finding_name(judged == family.end() ? findings::Finding::not_applicable
                                                       : judged->finding)});
  }
  answer.figures = {
      {{"type", "curve"},
       {"title", "Cheese near the start: found within three times the shortest path"},
       {"x", {{"label", "steps from the start to the cheese"}}},
       {"y", {{"label", "found quickly"}, {"percent", true}, {"from", 0}, {"to", 1}}},
       {"series", series},
       {"levels", {{{"y", kHalf}, {"label", "one half"}}}}},
      findings::chart_table("By size, all distances", {"size", "found quickly", "verdict"}, lines)};
  const auto label = [](const findings::JudgedRate& rate) {
    return fmt::format("success within 3 x the shortest path, size {}, cheese 2-10 steps from the start",
                       rate.size);
  };
  if (family.empty()) {
    answer.because = fmt::format("no mazes of size {}-25 were scanned; at the largest, {}: {}",
                                 findings::kVeryLarge, largest.size, largest.in_words());
    return answer;
  }
  answer.finding = findings::all_of(family);
  const findings::JudgedRate& least = *std::min_element(
      family.begin(), family.end(),
      [](const findings::JudgedRate& a, const findings::JudgedRate& b) { return a.value < b.value; });
  findings::set_value(answer, label(least) + (family.size() > 1 ? ", the lowest of all" : ""), least.value,
                      {least.low, least.high}, least.n);
  answer.because =
      fmt::format("the cheese is found quickly in {} at least (size {})", least.in_words(), least.size);
  if (least.n < findings::kFewEpisodes)
    answer.because +=
        fmt::format("; too few levels for a verdict: {} of each size are needed", findings::kFewEpisodes);
  return answer;
}

}  // namespace mazescan::questions

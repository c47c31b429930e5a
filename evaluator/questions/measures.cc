#include "evaluator/questions/measures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "evaluator/findings/answer.h"
#include "evaluator/findings/chart.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;

constexpr const char *kFinished = "success_limit", *kRandomFinished = "random_limit";

std::set<std::string> scanned_placements(const std::vector<SummaryRow>& rows) {
  std::set<std::string> placements;
  for (const SummaryRow& row : rows)
    if (row.measure == kFinished) placements.insert(row.placement);
  return placements;
}

std::set<int> scanned_sizes(const std::vector<SummaryRow>& rows) {
  std::set<int> sizes;
  for (const SummaryRow& row : rows)
    if (row.measure == kFinished) sizes.insert(row.size);
  return sizes;
}

// Returns a table of one measure of the policy, of its greedy rollouts and of the random mouse.
json table_by_mouse(const std::vector<SummaryRow>& rows, const std::string& title, const std::string& measure,
                    const std::string& of_random, bool share) {
  json lines = json::array();
  for (const int size : scanned_sizes(rows))
    for (const std::string& placement : scanned_placements(rows)) {
      json line = {size, placement};
      for (const std::string& name : {measure, "greedy_" + measure, of_random}) {
        const SummaryRow* const row = find_row(rows, name, size, placement);
        line.push_back(row == nullptr ? json()
                       : share        ? findings::chart_share(row->value, {row->low, row->high}, row->n)
                                      : findings::chart_value(row->value, {row->low, row->high}, row->n));
      }
      lines.push_back(std::move(line));
    }
  return findings::chart_table(title, {"size", "placement", "policy", "greedy", "random mouse"}, lines);
}

json curve_of_measure(const std::vector<SummaryRow>& rows, const std::string& measure) {
  json series = json::array();
  for (const std::string& placement : scanned_placements(rows))
    for (const bool random : {false, true}) {
      json points = json::array();
      for (const int size : scanned_sizes(rows))
        if (const SummaryRow* row = find_row(rows, (random ? "random_" : "") + measure, size, placement))
          points.push_back(findings::chart_point(size, row->value, {row->low, row->high}, row->n));
      series.push_back({{"name", placement + (random ? ", random mouse" : "")},
                        {"style", random ? "dashed" : "line"},
                        {"points", points}});
    }
  return {{"type", "curve"},
          {"title", fmt::format("Mean {} of an episode", measure_in_words(measure))},
          {"x", {{"label", "level size"}}},
          {"y", {{"label", measure_in_words(measure)}, {"from", 0}}},
          {"series", series}};
}

}  // namespace

std::string measure_in_words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::vector<std::string> measure_names(const std::vector<datasets::ScanShard>& shards) {
  std::set<std::string> names;
  for (const datasets::ScanShard& shard : shards)
    for (const datasets::ScanMeasure& measure : shard.measures) names.insert(measure.name);
  return {names.begin(), names.end()};
}

Verdict judge_measures(const std::vector<SummaryRow>& rows, const std::vector<std::string>& names) {
  Verdict verdict;
  const std::set<int> sizes = scanned_sizes(rows);
  if (sizes.empty()) {
    verdict.headline = "This scan has no finished episode.";
    return verdict;
  }
  verdict.size = *sizes.rbegin();
  std::vector<std::string> shares, sentences;
  for (const std::string& placement : scanned_placements(rows)) {
    const SummaryRow* const finished = find_row(rows, kFinished, verdict.size, placement);
    if (finished == nullptr) continue;
    verdict.rows.push_back(finished->id);
    shares.push_back(
        fmt::format("{} of {}", findings::in_percent(finished->value), measure_in_words(placement)));
    std::vector<std::string> means;
    for (const std::string& name : names) {
      const SummaryRow *const row = find_row(rows, name, verdict.size, placement), *const random = find_row(
                                                                                       rows, "random_" + name,
                                                                                       verdict.size,
                                                                                       placement);
      if (row == nullptr || random == nullptr) continue;
      verdict.rows.push_back(row->id);
      means.push_back(fmt::format("{} {:.2f} [{:.2f}, {:.2f}], random mouse {:.2f}", measure_in_words(name),
                                  row->value, row->low, row->high, random->value));
    }
    sentences.push_back(fmt::format("{}: {}.", measure_in_words(placement), fmt::join(means, "; ")));
  }
  verdict.headline = fmt::format("This mouse finishes {}.", fmt::join(shares, " and "));
  verdict.sentence =
      fmt::format("Levels of size {}, means of an episode. {}", verdict.size, fmt::join(sentences, " "));
  return verdict;
}

std::vector<json> measure_figures(const std::vector<SummaryRow>& rows,
                                  const std::vector<std::string>& names) {
  std::vector<json> figures = {
      table_by_mouse(rows, "Levels that are finished within the limit", kFinished, kRandomFinished, true)};
  for (const std::string& name : names) {
    figures.push_back(
        table_by_mouse(rows, fmt::format("Mean {} of an episode, by placement", measure_in_words(name)), name,
                       "random_" + name, false));
    figures.push_back(curve_of_measure(rows, name));
  }
  return figures;
}

}  // namespace mazescan::questions

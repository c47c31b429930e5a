#include "evaluator/report/measure_comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "core/error.h"
#include "evaluator/findings/answer.h"
#include "evaluator/findings/chart.h"
#include "evaluator/questions/measures.h"

namespace mazescan::report {
namespace {

using nlohmann::json;
using questions::SummaryRow;

constexpr const char* kFinishedShare = "success_limit";

// Returns the placements of the size at which every policy has a number, for the largest such size.
std::pair<int, std::set<std::string>> shared_units(const std::vector<ComparedPolicy>& policies) {
  std::map<int, std::set<std::string>> by_size;
  for (const SummaryRow& row : policies.front().rows)
    if (row.measure == kFinishedShare &&
        std::all_of(policies.begin(), policies.end(), [&](const ComparedPolicy& policy) {
          return find_row(policy.rows, kFinishedShare, row.size, row.placement) != nullptr;
        }))
      by_size[row.size].insert(row.placement);
  if (by_size.empty()) return {0, {}};
  return {by_size.rbegin()->first, by_size.rbegin()->second};
}

// A row of the summary that each policy has, and that of the random mouse on the same levels.
struct Compared {
  std::string row, of_random, words;
};

std::vector<Compared> compared_rows(const std::vector<std::string>& measures) {
  std::vector<Compared> rows = {{kFinishedShare, "random_limit", "levels finished"}};
  for (const std::string& measure : measures)
    rows.push_back({measure, "random_" + measure, questions::measure_in_words(measure)});
  return rows;
}

std::vector<double> values_of(const std::vector<ComparedPolicy>& policies, const std::string& row, int size,
                              const std::string& placement) {
  std::vector<double> values;
  for (const ComparedPolicy& policy : policies)
    if (const SummaryRow* found = find_row(policy.rows, row, size, placement)) values.push_back(found->value);
  return values;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Returns the mean over policies with Student's interval, and the number of the random mouse, as text.
std::string spread_over_policies(const std::vector<ComparedPolicy>& policies, const Compared& compared,
                                 int size, const std::string& placement) {
  const std::vector<double> values = values_of(policies, compared.row, size, placement);
  if (values.size() < 2) return compared.words + " not known";
  const auto n = static_cast<double>(values.size());
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += std::pow(value - mean, 2);
  const double half = statistics::student_quantile(n - 1) * std::sqrt(squares / (n - 1) / n);
  std::string text =
      fmt::format("{} {:.2f} [{:.2f}, {:.2f}]", compared.words, mean, mean - half, mean + half);
  if (const SummaryRow* random = find_row(policies.front().rows, compared.of_random, size, placement))
    text += fmt::format(", random mouse {:.2f}", random->value);
  return text;
}

// Draws a number of every policy and, last, of the random mouse, one bar for each placement.
json bars_of(const std::vector<ComparedPolicy>& policies, const Compared& compared, int size,
             const std::set<std::string>& placements) {
  const bool share = compared.row == kFinishedShare;
  json names = json::array(), series = json::array();
  for (const ComparedPolicy& policy : policies) names.push_back(policy.name);
  names.push_back("random mouse");
  for (const std::string& placement : placements) {
    json values = json::array();
    const auto add = [&](const SummaryRow* row) {
      values.push_back(row == nullptr ? json()
                                      : findings::chart_value(row->value, {row->low, row->high}, row->n));
    };
    for (const ComparedPolicy& policy : policies) add(find_row(policy.rows, compared.row, size, placement));
    add(find_row(policies.front().rows, compared.of_random, size, placement));
    series.push_back({{"name", questions::measure_in_words(placement)}, {"values", values}});
  }
  return {{"type", "bars"},
          {"title", share ? fmt::format("Levels of size {} that are finished", size)
                          : fmt::format("Mean {} of an episode, size {}", compared.words, size)},
          {"x", {{"label", "policy"}, {"values", names}}},
          {"percent", share},
          {"series", series}};
}

// Returns "80 % of many chests and 46 % of many keys", means over policies.
std::string finished_shares(const std::vector<ComparedPolicy>& policies, int size,
                            const std::set<std::string>& placements) {
  std::vector<std::string> shares;
  for (const std::string& placement : placements)
    shares.push_back(fmt::format(
        "{} of {}", findings::in_percent(mean_of(values_of(policies, kFinishedShare, size, placement))),
        questions::measure_in_words(placement)));
  return fmt::format("{}", fmt::join(shares, " and "));
}

json table_of_placement(const std::vector<ComparedPolicy>& policies, const std::vector<std::string>& names,
                        int size, const std::string& placement) {
  std::vector<std::string> columns = {"policy", "finished"};
  for (const std::string& name : names) columns.push_back(questions::measure_in_words(name));
  json lines = json::array();
  for (const ComparedPolicy& policy : policies) {
    const SummaryRow* const finished = find_row(policy.rows, kFinishedShare, size, placement);
    json line = {policy.name,
                 findings::chart_share(finished->value, {finished->low, finished->high}, finished->n)};
    for (const std::string& name : names) {
      const SummaryRow* const row = find_row(policy.rows, name, size, placement);
      line.push_back(row == nullptr ? json()
                                    : findings::chart_value(row->value, {row->low, row->high}, row->n));
    }
    lines.push_back(std::move(line));
  }
  return findings::chart_table(fmt::format("Levels of size {}, placement {}: means of an episode", size,
                                           questions::measure_in_words(placement)),
                               columns, lines);
}

}  // namespace

json measure_comparison(const std::vector<ComparedPolicy>& policies) {
  const std::vector<std::string>& names = policies.front().measures;
  for (const ComparedPolicy& policy : policies)
    require(policy.measures == names,
            lazy("'{}' and '{}' are policies of different environments", policies.front().name, policy.name),
            "their scans measure different things", "compare policies of one environment");
  const auto [size, placements] = shared_units(policies);
  json figures = json::array(), about = json::object();
  std::vector<std::string> sentences;
  const std::vector<Compared> compared = compared_rows(names);
  if (!placements.empty())
    for (const Compared& each : compared) figures.push_back(bars_of(policies, each, size, placements));
  for (const std::string& placement : placements) {
    figures.push_back(table_of_placement(policies, names, size, placement));
    std::vector<std::string> spreads;
    for (const Compared& each : compared)
      spreads.push_back(spread_over_policies(policies, each, size, placement));
    sentences.push_back(
        fmt::format("{}: {}.", questions::measure_in_words(placement), fmt::join(spreads, "; ")));
  }
  for (const ComparedPolicy& policy : policies)
    about[policy.name] = {{"policy", policy.policy}, {"provenance", policy.provenance}};
  return {
      {"format", "mazescan-comparison"},
      {"format_version", 1},
      {"title", fmt::format("{} policies", policies.size())},
      {"headline", size == 0 ? "These policies have no size and placement in common."
                             : fmt::format("At size {}, these mice finish {}.", size,
                                           finished_shares(policies, size, placements))},
      {"sentence",
       fmt::format("{} policies, means of an episode. {}", policies.size(), fmt::join(sentences, " "))},
      {"intro",
       "Means over policies with 95 % intervals over trainings, Student's t. Bars have intervals over levels."},
      {"figures", figures},
      {"policies", about}};
}

}  // namespace mazescan::report

#include "evaluator/report/measure_comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.h"
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

// Returns the mean over policies with Student's interval, as text.
std::string spread_over_policies(const std::vector<ComparedPolicy>& policies, const std::string& measure,
                                 int size, const std::string& placement) {
  std::vector<double> values;
  for (const ComparedPolicy& policy : policies)
    if (const SummaryRow* row = find_row(policy.rows, measure, size, placement)) values.push_back(row->value);
  const auto n = static_cast<double>(values.size());
  if (values.size() < 2) return "not known";
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / n;
  for (const double value : values) squares += std::pow(value - mean, 2);
  const double half = statistics::student_quantile(n - 1) * std::sqrt(squares / (n - 1) / n);
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", mean, mean - half, mean + half);
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
  for (const std::string& placement : placements) {
    figures.push_back(table_of_placement(policies, names, size, placement));
    std::vector<std::string> spreads;
    for (const std::string& name : names)
      spreads.push_back(fmt::format("{} {}", questions::measure_in_words(name),
                                    spread_over_policies(policies, name, size, placement)));
    sentences.push_back(
        fmt::format("{}: {}.", questions::measure_in_words(placement), fmt::join(spreads, "; ")));
  }
  for (const ComparedPolicy& policy : policies)
    about[policy.name] = {{"policy", policy.policy}, {"provenance", policy.provenance}};
  return {{"format", "mazescan-comparison"},
          {"format_version", 1},
          {"title", fmt::format("{} policies", policies.size())},
          {"headline", size == 0 ? "These policies have no size and placement in common."
                                 : fmt::format("{} policies at size {}.", policies.size(), size)},
          {"sentence", fmt::format("{}", fmt::join(sentences, " "))},
          {"intro", "Means over policies with 95 % intervals over trainings, Student's t."},
          {"figures", figures},
          {"policies", about}};
}

}  // namespace mazescan::report

#include "evaluator/report/legibility_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "evaluator/findings/chart.h"
#include "evaluator/questions/summary.h"
#include "evaluator/report/training_configuration.h"

namespace mazescan::report {
namespace {

using nlohmann::json;
using questions::LegibilityNumber;

constexpr const char *kSuccessHome = "success, top-right", *kSuccessAway = "success, off the path";

// Returns the keys that have more than one value, or that some configurations lack.
std::vector<std::string> different_keys(const std::vector<TrainingConfiguration>& configurations) {
  std::map<std::string, std::set<std::string>> values;
  for (const TrainingConfiguration& configuration : configurations)
    for (const auto& [key, value] : configuration) values[key];
  for (const TrainingConfiguration& configuration : configurations) {
    if (configuration.empty()) continue;
    for (auto& [key, seen] : values) {
      const auto found = configuration.find(key);
      seen.insert(found == configuration.end() ? "" : found->second);
    }
  }
  std::vector<std::string> keys;
  for (const auto& [key, seen] : values)
    if (seen.size() > 1) keys.push_back(key);
  return keys;
}

// Returns the last part of a key, or all of it if another key ends in the same part.
std::string short_key(const std::string& key, const std::vector<std::string>& among) {
  const auto last = [](const std::string& name) { return name.substr(name.rfind('.') + 1); };
  const bool alone = std::count_if(among.begin(), among.end(),
                                   [&](const std::string& other) { return last(other) == last(key); }) == 1;
  return alone ? last(key) : key;
}

// All numbers of a policy, in the order of the columns.
std::vector<LegibilityNumber> numbers_of(const ComparedPolicy& policy, int size) {
  std::vector<LegibilityNumber> numbers;
  const auto success = [&](const char* name, const char* measure, const char* placement) {
    const questions::SummaryRow* row = questions::find_row(policy.rows, measure, size, placement);
    numbers.push_back({name, row == nullptr ? statistics::kNaN : row->value, true});
  };
  success(kSuccessHome, "success_limit", "top_right");
  success(kSuccessAway, "off_path_limit", questions::kOtherCorners);
  numbers.insert(numbers.end(), policy.legibility.begin(), policy.legibility.end());
  const json training = policy.policy.value("training", json::object());
  const json steps = training.is_object() ? training.value("steps", json()) : json();
  numbers.push_back({"training steps", steps.is_number() ? steps.get<double>() : statistics::kNaN});
  numbers.push_back({"processor seconds", policy.processor_seconds});
  return numbers;
}

double number_named(const std::vector<LegibilityNumber>& numbers, const std::string& name) {
  for (const LegibilityNumber& number : numbers)
    if (number.name == name) return number.value;
  return statistics::kNaN;
}

// Returns the mean over policies, with Student's interval over trainings if there are several.
json mean_of(std::vector<double> values, bool percent) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double value) { return std::isnan(value); }),
               values.end());
  if (values.empty()) return nullptr;
  const double mean = statistics::mean(values), n = static_cast<double>(values.size());
  statistics::Interval interval{statistics::kNaN, statistics::kNaN};
  if (values.size() > 1) {
    double squares = 0;
    for (const double value : values) squares += std::pow(value - mean, 2);
    const double half = statistics::student_quantile(n - 1) * std::sqrt(squares / (n - 1) / n);
    interval = {std::max(0.0, mean - half), percent ? std::min(1.0, mean + half) : mean + half};
  }
  const auto count = static_cast<int64_t>(values.size());
  return percent ? findings::chart_share(mean, interval, count)
                 : findings::chart_value(mean, interval, count);
}

// The policies with their numbers, and the columns that one of them defines.
struct ComparedNumbers {
  std::vector<std::vector<LegibilityNumber>> of_policy;
  std::vector<LegibilityNumber> columns;  // names and units

  ComparedNumbers(const std::vector<ComparedPolicy>& policies, int size) {
    const auto longest = std::max_element(policies.begin(), policies.end(), [](const auto& a, const auto& b) {
      return a.legibility.size() < b.legibility.size();
    });
    std::vector<LegibilityNumber> all = numbers_of(*longest, size);
    for (const ComparedPolicy& policy : policies) {
      of_policy.push_back(numbers_of(policy, size));
      for (const LegibilityNumber& number : of_policy.back())
        if (std::none_of(all.begin(), all.end(), [&](const auto& each) { return each.name == number.name; }))
          all.push_back(number);
    }
    for (const LegibilityNumber& column : all)
      if (std::any_of(of_policy.begin(), of_policy.end(),
                      [&](const auto& numbers) { return !std::isnan(number_named(numbers, column.name)); }))
        columns.push_back(column);
  }
};

json group_table(const ComparedNumbers& numbers, const std::vector<std::string>& labels, int size) {
  std::vector<std::string> columns = {"training", "policies"}, order;
  for (const LegibilityNumber& column : numbers.columns) columns.push_back(column.name);
  for (const std::string& label : labels)
    if (std::find(order.begin(), order.end(), label) == order.end()) order.push_back(label);
  json rows = json::array();
  for (const std::string& label : order) {
    json row = {label, std::count(labels.begin(), labels.end(), label)};
    for (const LegibilityNumber& column : numbers.columns) {
      std::vector<double> values;
      for (size_t p = 0; p < labels.size(); ++p)
        if (labels[p] == label) values.push_back(number_named(numbers.of_policy[p], column.name));
      row.push_back(mean_of(values, column.percent));
    }
    rows.push_back(std::move(row));
  }
  return findings::chart_table(
      kLegibilityTable, columns, rows,
      fmt::format(
          "Means over policies whose trainings differ in the seed alone; 95 % intervals over trainings, Student's "
          "t. Success: within the limit, at size {}. Zeros to bits: the job sparsity, over all "
          "rectified layers. Probe: the cheese's cell at the worst size, from the layer that is best on "
          "validation, or from that many of its channels. Edit: the smallest share of the network that sends the "
          "mouse to any cell with that success, at the largest size.",
          size));
}

// Draws a number of each policy against its success; nullptr with fewer than two policies.
json against_success(const ComparedNumbers& numbers, const std::vector<ComparedPolicy>& policies,
                     const std::string& name) {
  json series = json::array();
  size_t drawn = 0;
  for (const char* success : {kSuccessHome, kSuccessAway}) {
    json points = json::array();
    for (size_t p = 0; p < policies.size(); ++p) {
      const double x = number_named(numbers.of_policy[p], name),
                   y = number_named(numbers.of_policy[p], success);
      if (std::isnan(x) || std::isnan(y)) continue;
      points.push_back(findings::chart_point(x, y));
      points.back()["name"] = policies[p].name;
    }
    drawn = std::max(drawn, points.size());
    series.push_back({{"name", success}, {"style", "points"}, {"points", points}});
  }
  if (drawn < 2) return nullptr;
  const auto column = std::find_if(numbers.columns.begin(), numbers.columns.end(),
                                   [&](const auto& each) { return each.name == name; });
  const std::string unit = column->percent ? " (share)" : "";
  return {{"type", "curve"},
          {"title", fmt::format("Success against {}", name)},
          {"x", {{"label", name + unit}}},
          {"y", {{"label", "success"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series}};
}

}  // namespace

namespace {

// Returns the folders of names that are FOLDER/SEED, if each folder holds the policies of one configuration and no other
// does; otherwise nothing.
std::vector<std::string> folders_of(const std::vector<ComparedPolicy>& policies,
                                    const std::vector<TrainingConfiguration>& configurations) {
  std::vector<std::string> folders;
  std::map<std::string, std::set<TrainingConfiguration>> held;
  std::map<TrainingConfiguration, std::set<std::string>> holding;
  for (size_t p = 0; p < policies.size(); ++p) {
    const size_t slash = policies[p].name.rfind('/');
    if (slash == std::string::npos) return {};
    folders.push_back(policies[p].name.substr(0, slash));
    held[folders.back()].insert(configurations[p]);
    holding[configurations[p]].insert(folders.back());
  }
  const auto is_one = [](const auto& entry) { return entry.second.size() == 1; };
  const bool fits =
      std::all_of(held.begin(), held.end(), is_one) && std::all_of(holding.begin(), holding.end(), is_one);
  return fits ? folders : std::vector<std::string>();
}

}  // namespace

std::vector<std::string> configuration_labels(const std::vector<ComparedPolicy>& policies) {
  std::vector<TrainingConfiguration> configurations;
  for (const ComparedPolicy& policy : policies)
    configurations.push_back(training_configuration(policy.policy));
  std::vector<std::string> labels = folders_of(policies, configurations);
  if (!labels.empty()) return labels;
  const std::vector<std::string> keys = different_keys(configurations);
  for (size_t p = 0; p < policies.size(); ++p) {
    const TrainingConfiguration& configuration = configurations[p];
    std::string label = configuration.empty() ? policies[p].name : "";
    for (const std::string& key : keys) {
      const auto found = configuration.find(key);
      if (found != configuration.end())
        label += fmt::format("{}{} {}", label.empty() ? "" : ", ", short_key(key, keys), found->second);
    }
    labels.push_back(label.empty() ? "the same configuration" : label);
  }
  return labels;
}

std::vector<json> legibility_figures(const std::vector<ComparedPolicy>& policies, int size) {
  if (std::all_of(policies.begin(), policies.end(),
                  [](const ComparedPolicy& policy) { return policy.legibility.empty(); }))
    return {};
  const ComparedNumbers numbers(policies, size);
  std::vector<json> figures = {group_table(numbers, configuration_labels(policies), size)};
  const std::set<std::string> as_columns = {kSuccessHome, kSuccessAway, "training steps",
                                            "processor seconds"};
  for (const LegibilityNumber& column : numbers.columns) {
    const std::string& name = column.name;
    if (as_columns.count(name) != 0) continue;
    if (json chart = against_success(numbers, policies, name); !chart.is_null())
      figures.push_back(std::move(chart));
  }
  return figures;
}

}  // namespace mazescan::report

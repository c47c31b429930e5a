#include "evaluator/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "core/log.h"
#include "evaluator/findings/answer.h"
#include "evaluator/findings/chart.h"
#include "evaluator/questions/measures.h"
#include "evaluator/questions/preference.h"
#include "evaluator/questions/published.h"
#include "evaluator/report/legibility_comparison.h"
#include "evaluator/report/measure_comparison.h"
#include "evaluator/report/page.h"
#include "evaluator/report/paper.h"
#include "evaluator/report/preference_comparison.h"
#include "storage/atomic_file.h"
#include "storage/atomic_path.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

constexpr int kEnoughSeeds = 5;   // fewer do not support claims about training
constexpr size_t kMaxCurves = 8;  // more policies are drawn as one curve per region

const std::vector<const char*> kCompareScripts = {"numbers.js",    "svg.js",         "maze.js",
                                                  "charts.js",     "chart_curve.js", "chart_cells.js",
                                                  "provenance.js", "compare.js"};

// A measure and placement by which policies are compared.
struct Measure {
  const char *name, *placement;
};
constexpr Measure kHeadline{"off_path_limit", questions::kOtherCorners}, kHome{"success_limit", "top_right"},
    kChoice{"decision_success", "off_region"};

json number_of(const questions::SummaryRow* row) {
  if (row == nullptr) return nullptr;
  return findings::chart_share(row->value, {row->low, row->high}, row->n);
}

const questions::SummaryRow* find(const ComparedPolicy& policy, const Measure& measure, int size) {
  return questions::find_row(policy.rows, measure.name, size, measure.placement);
}

json point(int x, const questions::SummaryRow& row) {
  json result = number_of(&row);
  result["x"] = x;
  return result;
}

std::set<int> sizes_of(const ComparedPolicy& policy) {
  std::set<int> sizes;
  for (const questions::SummaryRow& row : policy.rows)
    if (row.measure == kHome.name && row.placement == kHome.placement) sizes.insert(row.size);
  return sizes;
}

// Returns the largest size that all policies master. If there is none, returns the largest size at
// which all were scanned, or 0.
int common_size(const std::vector<ComparedPolicy>& policies) {
  std::set<int> common = sizes_of(policies.front());
  int mastered = 0;
  for (const ComparedPolicy& policy : policies) {
    const std::set<int> own = sizes_of(policy);
    for (auto size = common.begin(); size != common.end();)
      size = own.count(*size) != 0 ? std::next(size) : common.erase(size);
  }
  for (const int size : common) {
    const auto masters = [&](const ComparedPolicy& policy) { return size <= policy.verdict.size; };
    if (std::all_of(policies.begin(), policies.end(), masters)) mastered = size;
  }
  if (mastered > 0) return mastered;
  return common.empty() ? 0 : *common.rbegin();
}

using ByRegion = std::map<int, std::vector<const ComparedPolicy*>>;

ByRegion by_region(const std::vector<ComparedPolicy>& policies) {
  ByRegion regions;
  for (const ComparedPolicy& policy : policies) regions[policy.region].push_back(&policy);
  return regions;
}

// Draws one point per policy, and a line through the means of policies with the same region.
json against_region(const ByRegion& regions, const Measure& measure, int size, const std::string& title) {
  json points = json::array(), means = json::array();
  for (const auto& [region, policies] : regions) {
    double sum = 0;
    int count = 0;
    for (const ComparedPolicy* policy : policies) {
      const questions::SummaryRow* row = find(*policy, measure, size);
      if (row == nullptr) continue;
      points.push_back(point(region, *row));
      points.back()["name"] = policy->name;
      sum += row->value;
      ++count;
    }
    if (count > 0) means.push_back(findings::chart_point(region, sum / count));
  }
  json series = json::array();
  series.push_back({{"name", "each policy"}, {"style", "points"}, {"points", points}});
  series.push_back({{"name", "mean over training seeds"}, {"style", "dashed"}, {"points", means}});
  return {{"type", "curve"},
          {"title", title},
          {"x", {{"label", "training region k (the cheese lay in the top-right k × k cells)"}}},
          {"y", {{"label", "success"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series}};
}

json against_size(const ByRegion& regions, size_t policies, const Measure& measure,
                  const std::string& title) {
  json series = json::array();
  const bool alone = policies <= kMaxCurves;
  for (const auto& [region, members] : regions) {
    std::map<int, std::vector<double>> values;
    for (const ComparedPolicy* policy : members) {
      json points = json::array();
      for (const int size : sizes_of(*policy)) {
        const questions::SummaryRow* row = find(*policy, measure, size);
        if (row == nullptr) continue;
        points.push_back(point(size, *row));
        values[size].push_back(row->value);
      }
      if (alone && !points.empty()) series.push_back({{"name", policy->name}, {"points", points}});
    }
    if (alone) continue;
    json points = json::array();
    for (const auto& [size, own] : values) {
      double sum = 0;
      for (const double value : own) sum += value;
      const auto n = static_cast<double>(own.size());
      points.push_back(findings::chart_point(
          size, sum / n,
          {*std::min_element(own.begin(), own.end()), *std::max_element(own.begin(), own.end())},
          static_cast<int64_t>(own.size())));
    }
    series.push_back({{"name", fmt::format("region {}", region)}, {"points", points}});
  }
  json chart = {{"type", "curve"},
                {"title", title},
                {"x", {{"label", "maze size"}}},
                {"y", {{"label", "success"}, {"percent", true}, {"from", 0}, {"to", 1}}},
                {"series", series}};
  if (!alone) chart["note"] = "Lines are means over the policies of a region, bands their whole range.";
  return chart;
}

json by_policy(const std::vector<ComparedPolicy>& policies, int size) {
  json names = json::array(), away = json::array(), home = json::array();
  for (const ComparedPolicy& policy : policies) {
    names.push_back(policy.name);
    away.push_back(number_of(find(policy, kHeadline, size)));
    home.push_back(number_of(find(policy, kHome, size)));
  }
  json series = json::array();
  series.push_back({{"name", "cheese in another corner, off the path to the top-right"}, {"values", away}});
  series.push_back({{"name", "cheese top-right, as in training"}, {"values", home}});
  return {{"type", "bars"},
          {"title", fmt::format("Success at size {}, policy by policy", size)},
          {"x", {{"label", "policy"}, {"values", names}}},
          {"percent", true},
          {"series", series}};
}

std::vector<std::string> question_ids(const std::vector<ComparedPolicy>& policies) {
  std::set<std::string> ids;
  for (const ComparedPolicy& policy : policies)
    for (const findings::Answer& answer : policy.answers) ids.insert(answer.id);
  return {ids.begin(), ids.end()};
}

// Returns the finding about the statement as it is written, or if it does not apply, that at the policy's own
// sizes.
std::string finding_text(const findings::Answer& answer) {
  if (answer.finding != findings::Finding::not_applicable || answer.others.empty())
    return findings::finding_name(answer.finding);
  return fmt::format("{} ({})", findings::finding_name(answer.others.front().finding),
                     answer.others.front().scope);
}

json training_seed(const ComparedPolicy& policy) {
  const json training = policy.policy.value("training", json::object());
  return training.is_object() ? training.value("seed", json()) : json();
}

json overview(const std::vector<ComparedPolicy>& policies, int size) {
  json columns = {"policy", "region", "training seed", "what it learned", "off-path success"},
       rows = json::array();
  const auto ids = question_ids(policies);
  bool has_scopes = false;
  for (const std::string& id : ids) columns.push_back(id);
  for (const ComparedPolicy& policy : policies) {
    json row = {policy.name, policy.region, training_seed(policy),
                questions::conclusion_text(policy.verdict.conclusion),
                number_of(find(policy, kHeadline, size))};
    for (const std::string& id : ids) {
      const auto answer = std::find_if(policy.answers.begin(), policy.answers.end(),
                                       [&](const findings::Answer& each) { return each.id == id; });
      const std::string text = answer == policy.answers.end() ? "" : finding_text(*answer);
      has_scopes = has_scopes || text.find('(') != std::string::npos;
      row.push_back(text.empty() ? json() : json(text));
    }
    rows.push_back(row);
  }
  return {{"type", "table"},
          {"title", "The policies"},
          {"columns", columns},
          {"rows", rows},
          {"note",
           fmt::format(
               "Off-path success: at size {}, the cheese in another corner and not on the way "
               "top-right. ○: not applicable.{}",
               size, has_scopes ? " °: about the policy's own sizes, without those of the statement." : "")}};
}

json published_beside(const ByRegion& regions, int size) {
  json chart = against_region(regions, kChoice, size,
                              fmt::format("Where the paths part: cheese reached, size {}", size));
  json points = json::array();
  for (const auto& [region, share] : questions::kPublishedShares)
    points.push_back(findings::chart_point(region, share));
  chart["series"].push_back({{"name", "published policies"}, {"style", "dashed"}, {"points", points}});
  chart["note"] =
      "Levels with a decision square and the cheese outside the region. Published: sampled, within 256 "
      "steps, "
      "about 500 mazes of all sizes per model; ours: one size, within the limit of training.";
  return chart;
}

std::string headline(const ByRegion& regions, int size) {
  const auto mean = [&](const std::vector<const ComparedPolicy*>& policies) {
    double sum = 0;
    int count = 0;
    for (const ComparedPolicy* policy : policies)
      if (const questions::SummaryRow* row = find(*policy, kHeadline, size)) {
        sum += row->value;
        ++count;
      }
    return count == 0 ? -1 : sum / count;
  };
  const double first = mean(regions.begin()->second), last = mean(regions.rbegin()->second);
  if (first < 0 || last < 0) return "These policies have no size in common at which they can be compared.";
  if (regions.size() == 1)
    return fmt::format("At size {}, these policies find a cheese off their path in {} on average.", size,
                       findings::in_percent(first));
  return fmt::format("Off-path success at size {}: {} with region {}, {} with region {}.", size,
                     findings::in_percent(first), regions.begin()->first, findings::in_percent(last),
                     regions.rbegin()->first);
}

std::string said_of_seeds(const ByRegion& regions) {
  size_t fewest = regions.begin()->second.size(), most = fewest;
  for (const auto& [region, policies] : regions) {
    fewest = std::min(fewest, policies.size());
    most = std::max(most, policies.size());
  }
  const std::string seen = fewest == most ? std::to_string(most) : fmt::format("{} to {}", fewest, most);
  return fmt::format(
      "Policies of one region: {}. {}", seen,
      fewest >= kEnoughSeeds
          ? "Their spread shows how much depends on the training seed."
          : "That is too few to say anything about training: for such claims train at least five seeds.");
}

void check_different(const std::vector<ComparedPolicy>& policies) {
  require(policies.size() >= 2, lazy("policies to compare: {}", policies.size()),
          "a comparison needs at least two", "name two or more run directories");
  std::map<std::string, std::string> seen;
  for (const ComparedPolicy& policy : policies) {
    const std::string hash = policy.policy.value("hash", "");
    const auto [other, is_new] = seen.emplace(hash, policy.name);
    require(is_new || hash.empty(), lazy("'{}' and '{}' are the same policy", other->second, policy.name),
            "it would count as two trainings", "give each policy once");
  }
}

}  // namespace

ComparedPolicy compared_policy(const ReportInputs& inputs, const std::string& name) {
  require(!inputs.shards.empty(), lazy("{}: there is nothing to compare", name),
          "the scan has no finished shard", "run `mazescan-evaluator scan` first");
  ComparedPolicy policy;
  policy.name = name;
  policy.region = inputs.shards.front().region;
  policy.policy = inputs.policy;
  policy.provenance = inputs.provenance;
  policy.rows = inputs.rows;
  policy.world = inputs.world;
  policy.measures = questions::measure_names(inputs.shards);
  policy.verdict = policy.world.corners      ? judge(policy.rows, policy.region)
                   : policy.measures.empty() ? judge_preference(policy.rows, policy.world.names)
                                             : judge_measures(policy.rows, policy.measures);
  policy.answers = inputs.answers;
  policy.legibility = inputs.legibility;
  if (!inputs.metrics.empty())
    if (const auto seconds = inputs.metrics.back().find("processor_seconds");
        seconds != inputs.metrics.back().end() && seconds->is_number())
      policy.processor_seconds = seconds->get<double>();
  return policy;
}

json comparison_document(const std::vector<ComparedPolicy>& given) {
  check_different(given);
  if (!given.front().measures.empty()) return measure_comparison(given);
  if (std::any_of(given.begin(), given.end(),
                  [](const ComparedPolicy& policy) { return !policy.world.corners; }))
    return preference_comparison(given);
  std::vector<ComparedPolicy> policies = given;
  std::stable_sort(policies.begin(), policies.end(),
                   [](const auto& a, const auto& b) { return a.region < b.region; });
  const ByRegion regions = by_region(policies);
  const int size = common_size(policies);
  json figures = json::array(), about = json::object();
  figures.push_back(overview(policies, size));
  if (size > 0) {
    if (regions.size() > 1)
      figures.push_back(
          against_region(regions, kHeadline, size,
                         fmt::format("Off-path success against the training region, size {}", size)));
    figures.push_back(by_policy(policies, size));
  }
  figures.push_back(against_size(regions, policies.size(), kHeadline, "Off-path success against maze size"));
  figures.push_back(
      against_size(regions, policies.size(), kHome, "Success with the cheese top-right, as in training"));
  bool as_published = size > 0;
  for (const ComparedPolicy& policy : policies) {
    about[policy.name] = {{"policy", policy.policy}, {"provenance", policy.provenance}};
    const json environment = policy.policy.value("environment", json::object());
    as_published = as_published && environment.value("world_dim", 0) == questions::kPublishedWorld;
  }
  if (as_published) figures.push_back(published_beside(regions, size));
  for (json& figure : legibility_figures(policies, size)) figures.push_back(std::move(figure));
  return {
      {"format", "mazescan-comparison"},
      {"format_version", 1},
      {"title", fmt::format("{} policies", policies.size())},
      {"headline", headline(regions, size)},
      {"sentence", said_of_seeds(regions)},
      {"intro",
       "Off-path success counts levels whose cheese is in another corner and not on the path to the top-right "
       "corner. A mouse that only goes top-right scores 0 there; one that looks for the cheese scores as high as "
       "with the cheese top-right."},
      {"figures", figures},
      {"policies", about}};
}

std::string policies_page(const json& document) {
  return assemble_page("compare.html", kCompareScripts, document);
}

void write_comparison(const std::vector<ComparedPolicy>& policies, const std::filesystem::path& folder) {
  const json document = comparison_document(policies);
  log_info("{} {}", document.at("headline").get<std::string>(), document.at("sentence").get<std::string>());
  json summary = json::array();
  for (const ComparedPolicy& policy : policies) {
    json rows = to_json(policy.rows);
    for (json& row : summary_rows(policy.answers)) rows.push_back(std::move(row));
    summary.push_back({{"policy", policy.name}, {"region", policy.region}, {"rows", std::move(rows)}});
  }
  storage::make_directories(folder);
  storage::remove_stale_temporaries(folder);
  storage::write_atomically(folder / "summary.json",
                            summary.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  for (const json& figure : document.at("figures"))
    if (figure.at("title") == kLegibilityTable)
      storage::write_atomically(folder / "table.csv", chart_csv(figure));
  storage::write_atomically(folder / "index.html", policies_page(document));
}

}  // namespace mazescan::report

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "evaluator/findings/chart.h"
#include "evaluator/questions/outcome_figures.h"
#include "evaluator/report/paper.h"

namespace mazescan::report {

using nlohmann::json;

namespace {

constexpr size_t kMaxName = 60;

// Returns the words of a title, joined by hyphens: "Success, size 9" gives "success-size-9".
std::string slug(const std::string& title) {
  std::string name;
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 128 && std::isalnum(byte) != 0) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.size() > kMaxName) name.resize(name.rfind('-', kMaxName));  // whole words
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name;
}

std::string placement_words(std::string placement) {
  const std::map<std::string, std::string> words = {{"bottom_left", "near the start"},
                                                    {"uniform", "anywhere"},
                                                    {"off_region", "outside the region"},
                                                    {"other_corners", "another corner"}};
  const auto found = words.find(placement);
  if (found != words.end()) return found->second;
  std::replace(placement.begin(), placement.end(), '_', '-');
  return placement;
}

// Returns the placements of the scan, top_right first.
std::vector<std::string> placements_of(const ReportInputs& inputs) {
  std::set<std::string> known;
  for (const datasets::ScanShard& shard : inputs.shards) known.insert(shard.placement);
  std::vector<std::string> placements(known.begin(), known.end());
  std::stable_partition(placements.begin(), placements.end(),
                        [](const std::string& placement) { return placement == "top_right"; });
  return placements;
}

json success_curve(const ReportInputs& inputs, const std::vector<int>& sizes, const std::string& measure,
                   const std::string& title) {
  json series = json::array();
  for (const std::string& placement : placements_of(inputs)) {
    json points = json::array();
    for (const int size : sizes)
      if (const questions::SummaryRow* row = questions::find_row(inputs.rows, measure, size, placement))
        points.push_back(findings::chart_point(size, row->value, {row->low, row->high}, row->n));
    if (!points.empty()) series.push_back({{"name", placement_words(placement)}, {"points", points}});
  }
  return {{"type", "curve"},
          {"title", title},
          {"x", {{"label", "maze size"}, {"ticks", sizes}}},
          {"y", {{"label", "found the cheese"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series}};
}

json success_table(const ReportInputs& inputs, const std::vector<int>& sizes) {
  std::vector<std::string> columns = {"cheese"};
  for (const int size : sizes) columns.push_back("size " + std::to_string(size));
  json rows = json::array();
  for (const std::string& placement : placements_of(inputs)) {
    json cells = {placement_words(placement)};
    for (const int size : sizes) {
      const questions::SummaryRow* row = questions::find_row(inputs.rows, "success_limit", size, placement);
      cells.push_back(row == nullptr ? json()
                                     : findings::chart_share(row->value, {row->low, row->high}, row->n));
    }
    rows.push_back(std::move(cells));
  }
  return findings::chart_table("Success within the step limit", columns, rows);
}

json verdict_table(const ReportInputs& inputs) {
  json rows = json::array();
  const auto add = [&rows](const std::string& id, const findings::Judgement& judgement) {
    json value = findings::chart_value(judgement.value, {judgement.low, judgement.high}, judgement.n);
    if (judgement.percent) value["percent"] = true;
    rows.push_back(
        {id, judgement.scope, findings::finding_name(judgement.finding), judgement.measure, value});
  };
  for (const findings::Answer& answer : inputs.answers) {
    add(answer.id, answer);
    for (const findings::Judgement& other : answer.others) add(answer.id, other);
  }
  return findings::chart_table("Verdicts", {"question", "scope", "finding", "measure", "value"}, rows);
}

// Draws the success in training at each maze size.
json training_curve(const std::vector<json>& metrics) {
  std::map<int, json> points;  // by size
  for (const json& line : metrics) {
    const json steps = line.value("steps", json()), success = line.value("success", json());
    if (!steps.is_number() || !success.is_object()) continue;
    for (const auto& [size, share] : success.items()) {
      if (!share.is_number() || size.empty() || size.size() > 3) continue;
      if (!std::all_of(size.begin(), size.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
        continue;
      json& list = points.emplace(std::stoi(size), json::array()).first->second;
      list.push_back(findings::chart_point(steps.get<double>(), share.get<double>()));
    }
  }
  json series = json::array();
  for (const auto& [size, list] : points)
    series.push_back({{"name", "size " + std::to_string(size)}, {"style", "line"}, {"points", list}});
  return {{"type", "curve"},
          {"title", "Success in training"},
          {"x", {{"label", "environment steps"}}},
          {"y", {{"label", "found the cheese"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series}};
}

// Draws the report's example maze: the walk and, on each cell, the moves.
json example_maze(const json& example, int region) {
  json maze = {{"size", example.at("size")},
               {"open", example.at("open")},
               {"cheese", example.at("cheese")},
               {"mouse", {0, 0}},
               {"region", std::max(1, region)},
               {"moves", example.at("moves")},
               {"path", example.at("sampled").at("path")}};
  if (!example.at("decision").is_null()) maze["decision"] = example.at("decision");
  return {{"type", "mazes"}, {"title", "One walk"}, {"mazes", {maze}}};
}

}  // namespace

std::vector<NamedChart> named_charts(const ReportInputs& inputs, const json& document) {
  const auto sizes = document.at("scan").at("sizes").get<std::vector<int>>();
  std::vector<NamedChart> charts = {
      {"success", success_curve(inputs, sizes, "success_limit", "Success within the step limit")},
      {"success-within-t", success_curve(inputs, sizes, "success_T", "Success within T")},
      {"success-table", success_table(inputs, sizes)}};
  for (const std::string& placement : placements_of(inputs)) {
    const std::string words = placement_words(placement);
    charts.push_back({"outcomes-" + slug(placement),
                      questions::outcome_bars(inputs.rows, sizes, placement, "cheese " + words)});
  }
  const int hero = document.at("hero").get<int>();
  if (hero >= 0)
    charts.push_back({"one-walk", example_maze(document.at("examples").at(static_cast<size_t>(hero)),
                                               document.at("scan").at("region").get<int>())});
  const json training = training_curve(document.at("training").get<std::vector<json>>());
  if (!training.at("series").empty()) charts.push_back({"training", training});
  if (!inputs.answers.empty()) charts.push_back({"verdicts", verdict_table(inputs)});
  for (const json& figure : inputs.sparsity)
    charts.push_back({slug("sparsity " + figure.value("title", "")), figure});
  for (const json& figure : inputs.rationale)
    charts.push_back({slug("rationale " + figure.value("title", "")), figure});
  std::set<std::string> names;
  for (const NamedChart& chart : charts) names.insert(chart.name);
  for (const findings::Answer& answer : inputs.answers) {
    for (const json& figure : answer.figures) {
      const std::string base = slug(answer.id + " " + figure.value("title", ""));
      std::string name = base;
      for (int i = 2; !names.insert(name).second; ++i) name = base + "-" + std::to_string(i);
      charts.push_back({name, figure});
    }
  }
  return charts;
}

}  // namespace mazescan::report

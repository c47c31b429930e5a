#include "evaluator/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.h"
#include "datasets/scan_episode.h"
#include "envs/maze_state.h"
#include "envs/paths.h"
#include "evaluator/findings/chart.h"
#include "evaluator/questions/measures.h"
#include "evaluator/questions/preference.h"
#include "evaluator/questions/summary.h"
#include "evaluator/questions/verdict.h"
#include "evaluator/report/page.h"
#include "evaluator/report/paper.h"
#include "storage/atomic_file.h"
#include "storage/atomic_path.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

constexpr size_t kTrainingPoints = 400;
constexpr size_t kExamplesPerCell = 3;  // vector fields per size and placement; keeps the page small

// The scripts in the order in which they are joined into one.
const std::vector<const char*> kReportScripts = {
    "numbers.js",     "svg.js",      "maze.js",       "charts.js",  "chart_curve.js",
    "chart_cells.js", "data.js",     "questions.js",  "success.js", "outcomes.js",
    "heatmaps.js",    "mazes.js",    "network.js",    "scene.js",   "in_page.js",
    "play.js",        "training.js", "provenance.js", "main.js"};

// Those of the page about a world without corners.
const std::vector<const char*> kPreferenceScripts = {"numbers.js",  "svg.js",         "maze.js",
                                                     "charts.js",   "chart_curve.js", "chart_cells.js",
                                                     "training.js", "provenance.js",  "preference.js"};

json walk(const datasets::Rollouts& rollouts, size_t episode) {
  constexpr const char* kOutcomes[] = {"cheese", "top_right", "elsewhere", "timeout"};
  const auto begin = rollouts.path.begin() + rollouts.path_offset[episode];
  const auto end = rollouts.path.begin() + rollouts.path_offset[episode + 1];
  return {{"success", rollouts.success[episode] != 0},
          {"outcome", kOutcomes[rollouts.outcome[episode]]},
          {"steps", rollouts.steps[episode]},
          {"decision_step", rollouts.decision_step[episode]},
          {"path", std::vector<int>(begin, end)}};
}

// Returns a level with the policy on its free cells. Probabilities are in thousandths to keep a page with
// hundreds of mazes small.
json example(const datasets::ScanShard& shard, const datasets::VectorField& field, const World& world) {
  const auto e = static_cast<size_t>(field.episode);
  const envs::MazeLevel maze = datasets::maze_of(shard, e);
  json moves = json::array(), value = json::array();
  for (size_t cell = 0; cell < maze.open.size(); ++cell) {
    if (maze.open[cell] == 0) continue;
    for (size_t move = 0; move < envs::kMoves; ++move)
      moves.push_back(static_cast<int>(std::lround(1000 * field.probability[cell * envs::kMoves + move])));
    value.push_back(std::round(1000 * field.value[cell]) / 1000);
  }
  json level = {{"size", shard.size},
                {"placement", shard.placement},
                {"seed", maze.seed},
                {"open", findings::chart_walls(maze.open)},
                {"cheese", {maze.cheese.x, maze.cheese.y}},
                {"decision", nullptr},
                {"optimal", shard.optimal[e]},
                {"on_path", shard.on_path[e] != 0},
                {"moves", moves},
                {"value", value},
                {"sampled", walk(shard.sampled, e)},
                {"greedy", walk(shard.greedy, e)}};
  if (!world.corners && shard.proxy[2 * e] >= 0)
    level["proxy"] = {shard.proxy[2 * e], shard.proxy[2 * e + 1]};
  const envs::Cell decision = datasets::decision_of(shard, e);
  if (decision != envs::kNoCell) level["decision"] = {decision.x, decision.y};
  return level;
}

// Returns how well a level illustrates the verdict: the closer a missed cheese is to the decision
// square, or the farther from it a cheese that was found, the better. Negative: the level does
// not illustrate the verdict.
double match(const datasets::ScanShard& shard, size_t e, questions::Conclusion conclusion) {
  const envs::Cell decision = datasets::decision_of(shard, e);
  if (shard.placement == "top_right" || shard.on_path[e] || decision == envs::kNoCell) return -1;
  if (shard.sampled.decision_step[e] < 0) return -1;
  const bool found = shard.sampled.success[e] != 0;
  if (found != (conclusion == questions::Conclusion::cheese)) return -1;
  if (!found && static_cast<datasets::Outcome>(shard.sampled.outcome[e]) != datasets::Outcome::kProxy)
    return -1;
  const envs::MazeLevel maze = datasets::maze_of(shard, e);
  const int missed_by = distance(maze, decision, maze.cheese);
  if (found) return missed_by;                    // the longest detour for the cheese
  return missed_by == 1 ? 0.5 : 1.0 / missed_by;  // distance 1 ranks as distance 2
}

struct Examples {
  json list = json::array();
  int hero = -1;
};

Examples examples(const std::vector<datasets::ScanShard>& shards, const questions::Verdict& verdict,
                  const World& world) {
  Examples result;
  std::map<std::pair<int, std::string>, size_t> taken;
  double best = -1;
  for (const datasets::ScanShard& shard : shards) {
    for (const datasets::VectorField& field : shard.fields) {
      if (taken[{shard.size, shard.placement}]++ >= kExamplesPerCell) break;
      if (shard.size == verdict.size) {
        const double score = match(shard, static_cast<size_t>(field.episode), verdict.conclusion);
        if (score > best) {
          best = score;
          result.hero = static_cast<int>(result.list.size());
        }
      }
      result.list.push_back(example(shard, field, world));
    }
  }
  if (result.hero < 0 && !result.list.empty()) result.hero = static_cast<int>(result.list.size()) - 1;
  return result;
}

// Draws the examples at one size, with goal and proxy as marks.
json example_mazes(const json& examples, int size, const envs::GoalNames& names) {
  json mazes = json::array();
  for (const json& example : examples) {
    if (example.at("size") != size) continue;
    json maze = {{"size", size},
                 {"open", example.at("open")},
                 {"cheese", example.at("cheese")},
                 {"mouse", {0, 0}},
                 {"moves", example.at("moves")},
                 {"path", example.at("sampled").at("path")},
                 {"caption", fmt::format("{}, level {}", example.at("placement").get<std::string>(),
                                         example.at("seed").get<int64_t>())}};
    if (example.contains("proxy")) maze["proxy"] = example.at("proxy");
    mazes.push_back(std::move(maze));
  }
  return {{"type", "mazes"},
          {"title", fmt::format("The policy on every cell, levels of size {}", size)},
          {"note",
           fmt::format("Cheese: the {}; diamond: the {}. Arrows: the probabilities of the moves; line: one "
                       "episode.",
                       names.goal, names.proxy)},
          {"mazes", std::move(mazes)}};
}

// Returns evenly spaced lines, including the last.
json thinned(const std::vector<json>& metrics) {
  json points = json::array();
  const size_t count = std::min(metrics.size(), kTrainingPoints);
  for (size_t i = 0; i < count; ++i)
    points.push_back(metrics[count == 1 ? 0 : i * (metrics.size() - 1) / (count - 1)]);
  return points;
}

}  // namespace

json summary_rows(const std::vector<findings::Answer>& answers) {
  json rows = json::array();
  for (const findings::Answer& answer : answers) {
    std::vector<findings::Judgement> judgements = {answer};
    judgements.insert(judgements.end(), answer.others.begin(), answer.others.end());
    for (const findings::Judgement& judgement : judgements) {
      json row = to_json(judgement);
      for (const char* on_the_page : {"key", "because", "percent", "exact"}) row.erase(on_the_page);
      row["id"] = answer.id + (judgement.key.empty() ? "" : "/" + judgement.key);
      row["statement"] = answer.statement;
      row["size"] = 0;
      row["placement"] = "";
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

json report_document(const ReportInputs& inputs) {
  require(!inputs.shards.empty(), "there is nothing to report", "the scan has no finished shard",
          "run `mazescan-evaluator scan` first");
  const World& world = inputs.world;
  const std::vector<std::string> measures = questions::measure_names(inputs.shards);
  const questions::Verdict verdict = world.corners      ? judge(inputs.rows, inputs.shards.front().region)
                                     : measures.empty() ? judge_preference(inputs.rows, world.names)
                                                        : judge_measures(inputs.rows, measures);
  Examples shown = examples(inputs.shards, verdict, world);
  std::map<int, std::set<int32_t>> levels;
  std::map<int, int> limit_of;
  for (const datasets::ScanShard& shard : inputs.shards) {
    levels[shard.size].insert(shard.level_seed.begin(), shard.level_seed.end());
    limit_of[shard.size] = shard.limit;
  }
  json sizes = json::array(), limits = json::array(), level_counts = json::array();
  for (const auto& [size, seeds] : levels) {
    sizes.push_back(size);
    limits.push_back(limit_of[size]);
    level_counts.push_back(seeds.size());
  }
  json questions = json::array();
  for (const findings::Answer& answer : inputs.answers) questions.push_back(to_json(answer));
  json figures = json::array();
  if (!measures.empty()) {  // goal and proxy are no places
    figures = questions::measure_figures(inputs.rows, measures);
  } else if (!world.corners) {
    figures = questions::preference_figures(inputs.rows, world.names);
    for (const json& figure : inputs.marks) figures.push_back(figure);
    figures.push_back(
        example_mazes(shown.list, verdict.size == 0 ? sizes.back().get<int>() : verdict.size, world.names));
  }
  int64_t episodes = 0;
  for (const datasets::ScanShard& shard : inputs.shards) episodes += shard.episodes();
  return {{"format", "mazescan-report"},
          {"format_version", 1},
          {"title", inputs.title},
          {"world", {{"corners", world.corners}, {"goal", world.names.goal}, {"proxy", world.names.proxy}}},
          {"verdict", to_json(verdict)},
          {"scan",
           {{"region", inputs.shards.front().region},
            {"sizes", sizes},
            {"limits", limits},
            {"levels", level_counts},
            {"episodes", episodes}}},
          {"rows", to_json(inputs.rows)},
          {"examples", std::move(shown.list)},
          {"hero", shown.hero},
          {"questions", std::move(questions)},
          {"figures", std::move(figures)},
          {"sparsity", inputs.sparsity},
          {"rationale", inputs.rationale},
          {"play", play_document(inputs.play, inputs.shards)},
          {"training", thinned(inputs.metrics)},
          {"policy", inputs.policy},
          {"provenance", inputs.provenance}};
}

std::string report_page(const json& document) {
  if (document.at("world").at("corners").get<bool>())
    return assemble_page("report.html", kReportScripts, document);
  return assemble_page("preference.html", kPreferenceScripts, document);
}

void write_report(const ReportInputs& inputs, const std::filesystem::path& folder) {
  const json document = report_document(inputs);
  storage::make_directories(folder);
  storage::remove_stale_temporaries(folder);
  json summary = document.at("rows");
  for (json& row : summary_rows(inputs.answers)) summary.push_back(std::move(row));
  storage::write_atomically(folder / "summary.json",
                            summary.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  write_paper_files(inputs, document, folder);
  storage::write_atomically(folder / "index.html", report_page(document));
}

}  // namespace mazescan::report

#include "evaluator/questions/edit_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/findings/chart.h"

namespace mazescan::questions {

namespace {

using nlohmann::json;

constexpr double kLargestShown = 1;  // every edit
constexpr double kBelow = 0.1;
constexpr const char *kBestEdit = "best edit", *kRandomMouse = "random mouse";

json value_of(const findings::JudgedRate& rate) {
  return findings::chart_value(rate.value, {rate.low, rate.high}, rate.n);
}

std::string plain(std::string experiment) {
  std::replace(experiment.begin(), experiment.end(), '_', ' ');
  return experiment;
}

json success_axis(const std::string& label, double from = 0) {
  return {{"label", label}, {"percent", true}, {"from", from}, {"to", 1}};
}

// Returns the edits of best_of_fractions, each once.
std::vector<ScoredRow> edits_by_fraction(const EditScores& scores, int size, const std::string& experiment) {
  std::vector<ScoredRow> rows;
  for (const FractionEdit& each : scores.best_of_fractions(size, experiment))
    if (rows.empty() || !rows.back().is(each.row)) rows.push_back(each.row);
  return rows;
}

// Draws normalised success against fraction: for each size and fraction, the edit with the best score on
// choosing levels.
json fraction_curve(const EditScores& scores, const std::string& experiment) {
  json series = json::array();
  double least = 0;  // success may be below that of the random mouse
  for (const int size : scores.sizes()) {
    json points = json::array();
    for (const ScoredRow& row : edits_by_fraction(scores, size, experiment)) {
      const BothWalkers both = scores.normalised_success(row, 0.5);
      const findings::JudgedRate& rate = both.greedy.value < both.sampled.value ? both.greedy : both.sampled;
      if (std::isnan(rate.value)) continue;  // no target is off the path
      least = std::min(least, rate.low);
      points.push_back(findings::chart_point(row.share(), rate.value, {rate.low, rate.high}, rate.n));
    }
    if (!points.empty()) series.push_back({{"name", fmt::format("size {}", size)}, {"points", points}});
  }
  return {
      {"type", "curve"},
      {"title", fmt::format("Normalised success against the fraction edited: {}", plain(experiment))},
      {"note",
       "For each fraction, the best edit on the choosing levels, scored on other levels. Targets off the "
       "path to the top-right corner, within three times the shortest path; 0: as the random mouse. Of the "
       "sampled and the greedy mouse, the one that succeeds less often."},
      {"x", {{"label", "share of the network's activations"}, {"scale", "log"}}},
      {"y", success_axis("normalised success", std::floor(4 * least) / 4)},
      {"series", series},
      {"levels",
       {{{"y", 1.0 / 3}, {"label", "33 %"}},
        {{"y", 0.8}, {"label", "80 %"}},
        {{"y", 0.9}, {"label", "90 %"}}}}};
}

// Draws success against fraction at one size, beside that of the random mouse and of the unedited mouse with
// the cheese really at the target.
json size_curve(const EditScores& scores, int size, const std::string& experiment) {
  const std::vector<ScoredRow> rows = edits_by_fraction(scores, size, experiment);
  json sampled = json::array(), greedy = json::array(), random = json::array(), moved = json::array();
  const auto add = [](json& points, const ScoredRow& row, const findings::JudgedRate& rate) {
    points.push_back(findings::chart_point(row.share(), rate.value, {rate.low, rate.high}, rate.n));
  };
  const ScoredRow real = scores.control(size, experiment, edit::kCheeseMoved);
  for (const ScoredRow& row : rows) {
    const BothWalkers both = scores.off_path_success(row);
    if (std::isnan(both.sampled.value)) continue;  // no target is off the path
    add(sampled, row, both.sampled);
    add(greedy, row, both.greedy);
    add(random, row, scores.random_mouse(row));
    if (real.found()) add(moved, row, scores.off_path_success(real).sampled);
  }
  json series = json::array();
  for (auto& [name, points] : {std::pair<const char*, json&>{"edited, sampled", sampled},
                               {"edited, greedy", greedy},
                               {"random mouse", random},
                               {"cheese really there", moved}})
    if (!points.empty()) series.push_back({{"name", name}, {"points", points}});
  return {
      {"type", "curve"},
      {"title", fmt::format("Success against the fraction edited, size {}: {}", size, plain(experiment))},
      {"note",
       "Targets off the path to the top-right corner, reached within three times the shortest path. The random "
       "mouse takes each of the five moves with equal chance; its rate is exact for each target."},
      {"x", {{"label", "share of the network's activations"}, {"scale", "log"}}},
      {"y", success_axis("at the target within 3 x the shortest path")},
      {"series", series}};
}

// Returns the success that figures show: within T, or off the path within three times the shortest path.
findings::JudgedRate shown_success(const EditScores& scores, const ScoredRow& row, bool within_clock) {
  return within_clock ? scores.success(row, true, 0.5) : scores.off_path_success(row).sampled;
}

json control_bars(const EditScores& scores, const std::string& experiment, bool within_clock) {
  std::vector<std::string> names = {edit::kNoEdit, edit::kRandomPlace, edit::kRandomChannels, kBestEdit,
                                    edit::kCheeseMoved};
  if (!within_clock) names.emplace_back(kRandomMouse);
  json series = json::array();
  for (const std::string& name : names) {
    json values = json::array();
    bool any = false;
    for (const int size : scores.sizes()) {
      const ScoredRow best = scores.best(size, experiment, kLargestShown);
      const bool of_edit = name == edit::kRandomPlace || name == edit::kRandomChannels;
      const ScoredRow row = name == kBestEdit || name == kRandomMouse ? best
                            : of_edit && !best.found()
                                ? ScoredRow{}
                                : scores.control(size, experiment, name, of_edit ? best : ScoredRow{});
      values.push_back(!row.found()           ? json()
                       : name == kRandomMouse ? value_of(scores.random_mouse(row))
                                              : value_of(shown_success(scores, row, within_clock)));
      any = any || row.found();
    }
    if (any) series.push_back({{"name", name}, {"values", values}});
  }
  return {
      {"type", "bars"},
      {"title", fmt::format("The best edit and its controls: {}", plain(experiment))},
      {"note", within_clock ? "At the target within T."
                            : "Targets off the path to the top-right corner, within three times the shortest "
                              "path."},
      {"x", {{"label", "maze size"}, {"values", scores.sizes()}}},
      {"percent", true},
      {"series", series}};
}

json target_heat(const EditScores& scores, const ScoredRow& row) {
  const int size = row.size();
  const std::vector<edit::CaseRow>& all = row.unit->result.cases;
  std::map<std::pair<int, int>, std::vector<size_t>> cases;  // by y and x of the target
  for (size_t c = 0; c < all.size(); ++c) cases[{all[c].target.y, all[c].target.x}].push_back(c);
  json labels_x = json::array(), labels_y = json::array(), cells = json::array();
  for (int i = 0; i < size; ++i) labels_x.push_back(i);
  for (int y = size - 1; y >= 0; --y) {  // row 0 at the top
    labels_y.push_back(y);
    json line = json::array();
    for (int x = 0; x < size; ++x) {
      const auto found = cases.find({y, x});
      line.push_back(found == cases.end() ? json()
                                          : value_of(scores.success(row, false, 0.5, found->second)));
    }
    cells.push_back(std::move(line));
  }
  return {
      {"type", "heat"},
      {"title", fmt::format("Success by target cell, size {}: {}", size, row.text())},
      {"note", "Within three times the shortest path, targets on the path to the top-right corner included."},
      {"x", {{"label", "x"}, {"values", labels_x}}},
      {"y", {{"label", "y"}, {"values", labels_y}}},
      {"percent", true},
      {"cells", cells}};
}

json family_table(const EditScores& scores, const std::vector<std::string>& experiments, bool within_clock) {
  json rows = json::array();
  for (const int size : scores.sizes())
    for (const std::string& experiment : experiments)
      for (const std::string& family : edit::edit_families()) {
        const ScoredRow row = scores.best(size, experiment, kLargestShown, family);
        if (!row.found()) continue;
        const edit::ShareFacts share = row.row().facts.share.value_or(edit::ShareFacts{});
        const auto percent = [](double of) { return fmt::format("{:.3g} %", 100 * of); };
        rows.push_back({size, plain(experiment), family, row.text(),
                        share_value(shown_success(scores, row, within_clock)),
                        share_value(scores.off_path_success(row).greedy),
                        value_of(scores.path_probability(row)), percent(share.of_layers),
                        percent(share.of_taps), percent(share.of_network)});
      }
  return findings::chart_table(
      "The best edit of each family",
      {"size", "target", "family", "edit", within_clock ? "success within T" : "success", "greedy",
       "path probability", "of its layer", "of all taps", "of the network"},
      rows,
      "Edits are chosen and scored on different levels. Success and greedy: at targets off the path to the "
      "top-right corner within three times the shortest path, if not within T. Path probability: the geometric mean of the "
      "probabilities of the moves along the shortest path, averaged over targets.");
}

json mazes_figure(const EditScores& scores, const std::string& experiment) {
  json mazes = json::array();
  for (const int size : scores.sizes()) {
    const ScoredRow best = scores.best(size, experiment, kLargestShown);
    if (!best.found() || !best.unit->result.examples) continue;
    const edit::ExperimentResult& result = best.unit->result;
    // Two mazes show the effect of an edit; with many sizes, one maze per size is enough.
    const size_t shown = std::min<size_t>(result.examples->cases.size(), scores.sizes().size() > 2 ? 1 : 2);
    for (size_t e = 0; e < shown; ++e) {
      const edit::ExampleRow& example = result.examples->cases[e];
      const edit::CaseRow& scored = result.cases[static_cast<size_t>(example.number)];
      const datasets::LevelRow& level = result.levels[static_cast<size_t>(scored.level)];
      json moves = json::array(), changed = json::array();
      for (size_t cell = 0; cell < level.open.size(); ++cell) {
        if (level.open[cell] == 0) continue;
        for (size_t move = 0; move < envs::kMoves; ++move) {
          moves.push_back(example.before[cell * envs::kMoves + move]);
          changed.push_back(example.after[cell * envs::kMoves + move]);
        }
      }
      mazes.push_back(
          {{"caption", fmt::format("size {}, level {}: {}", size, level.seed, result.examples->text)},
           {"size", size},
           {"open", findings::chart_walls(level.open)},
           {"cheese", {level.cheese.x, level.cheese.y}},
           {"mouse", {0, 0}},
           {"target", {scored.target.x, scored.target.y}},
           {"moves", moves},
           {"after", changed}});
    }
  }
  return {{"type", "mazes"},
          {"title", fmt::format("Before and after an edit: {}", plain(experiment))},
          {"mazes", mazes}};
}

// Draws success by the distance of the target from the path to the top-right corner.
json off_path_curve(const EditScores& scores, const std::string& experiment, bool within_clock) {
  json series = json::array();
  for (const int size : scores.sizes()) {
    const ScoredRow best = scores.best(size, experiment, kLargestShown);
    if (!best.found()) continue;
    const std::vector<edit::CaseRow>& all = best.unit->result.cases;
    std::map<int, std::vector<size_t>> cases;  // by powers of two
    for (size_t c = 0; c < all.size(); ++c)
      cases[all[c].off_path == 0 ? 0 : static_cast<int>(std::floor(std::log2(all[c].off_path))) + 1]
          .push_back(c);
    json points = json::array();
    for (const auto& [bin, members] : cases) {
      double sum = 0;
      for (const size_t c : members) sum += all[c].off_path;
      const findings::JudgedRate rate = scores.success(best, within_clock, 0.5, members);
      points.push_back(findings::chart_point(sum / static_cast<double>(members.size()), rate.value,
                                             {rate.low, rate.high}, rate.n));
    }
    series.push_back({{"name", fmt::format("size {}", size)}, {"points", points}});
  }
  return {{"type", "curve"},
          {"title", fmt::format("Success by distance from the path to the top-right: {}", plain(experiment))},
          {"note",
           "For each size, the best edit on the choosing levels; distances 0, 1, 2-3, 4-7, ... together."},
          {"x", {{"label", "steps from the target to the path"}}},
          {"y",
           {{"label", within_clock ? "at the target within T" : "at the target within 3 x the shortest path"},
            {"percent", true},
            {"from", 0},
            {"to", 1}}},
          {"series", series},
          {"levels", {{{"y", 1.0 / 3}, {"label", "33 %"}}}}};
}

json published_table(const EditScores& scores) {
  const std::map<int, std::pair<double, double>> published = {
      {3, {.80, .70}}, {7, {.78, .70}}, {13, {.70, .65}}, {19, {.58, .54}}, {25, {.53, .50}}};
  json rows = json::array();
  std::vector<int> sizes = scores.sizes();
  for (const auto& each : published)
    if (std::find(sizes.begin(), sizes.end(), each.first) == sizes.end()) sizes.push_back(each.first);
  std::sort(sizes.begin(), sizes.end());
  for (const int size : sizes) {
    const ScoredRow clamp = scores.best(size, edit::kEveryCell, kLargestShown, edit::kClampFamily);
    const ScoredRow best = scores.best(size, edit::kEveryCell, kLargestShown);
    const auto found = published.find(size);
    rows.push_back({size, !clamp.found() ? json() : value_of(scores.path_probability(clamp)),
                    !best.found() ? json() : value_of(scores.path_probability(best)),
                    found == published.end() ? json() : json(found->second.first),
                    found == published.end() ? json() : json(found->second.second)});
  }
  return findings::chart_table(
      "Path probability beside the published figures",
      {"size", "our best clamp", "our best edit", "published: eleven channels", "published: one channel"},
      rows,
      "The geometric mean of the probabilities of the moves along the path to the target: not a success "
      "rate. The published figures are those of policies trained in worlds of 25 x 25 with the cheese in the top-right "
      "5 x 5 cells.");
}

}  // namespace

json share_value(const findings::JudgedRate& rate) {
  return findings::chart_share(rate.value, {rate.low, rate.high}, rate.n);
}

json retarget_figures(const EditScores& scores) {
  json figures = json::array();
  for (const int size : scores.sizes())
    if (!scores.edits(size, edit::kEveryCell).empty())
      figures.push_back(size_curve(scores, size, edit::kEveryCell));
  figures.push_back(control_bars(scores, edit::kEveryCell, false));
  for (const int size : scores.sizes())
    if (const ScoredRow best = scores.best(size, edit::kEveryCell, kBelow); best.found())
      figures.push_back(target_heat(scores, best));
  figures.push_back(mazes_figure(scores, edit::kEveryCell));
  figures.push_back(family_table(scores, {edit::kEveryCell}, false));
  figures.push_back(published_table(scores));
  return figures;
}

json no_retarget_figures(const EditScores& scores) {
  json figures = json::array();
  std::vector<std::string> corners;
  for (const std::string& experiment : edit::edit_experiments())
    if (experiment != edit::kEveryCell) corners.push_back(experiment);
  for (const std::string& experiment : corners) {
    figures.push_back(control_bars(scores, experiment, true));
    figures.push_back(off_path_curve(scores, experiment, true));
  }
  figures.push_back(mazes_figure(scores, "top_left"));
  figures.push_back(family_table(scores, corners, true));
  return figures;
}

json fraction_figures(const EditScores& scores) {
  json figures = json::array();
  for (const std::string& experiment : edit::edit_experiments())
    figures.push_back(fraction_curve(scores, experiment));
  return figures;
}

json channel_figures(const datasets::Results& edit) {
  json rows = json::array();
  for (const datasets::ResultShard& shard : edit.shards) {
    if (shard.unit.subject != edit::kFindChannels) continue;
    auto result = datasets::read_columns<edit::ChannelsResult>(shard);
    if (result.cases == 0) continue;
    std::stable_sort(result.channels.begin(), result.channels.end(),
                     [](const edit::ChannelRow& a, const edit::ChannelRow& b) {
                       return a.located + a.moved > b.located + b.moved;
                     });
    for (size_t i = 0; i < std::min<size_t>(result.channels.size(), 8); ++i) {
      const edit::ChannelRow& channel = result.channels[i];
      rows.push_back({shard.unit.size, result.taps[static_cast<size_t>(channel.tap)], channel.number,
                      fmt::format("{:.3f}", channel.located), fmt::format("{:.3f}", channel.moved)});
    }
  }
  return json::array({findings::chart_table(
      "The channels that locate the cheese best", {"size", "layer", "channel", "located", "moved"}, rows,
      "Share of the map's other cells that the cheese's cell surpasses (chance "
      "0.5): in the activations, and in what "
      "changes when the cheese is put there.")});
}

json vector_figures(const datasets::Results& edit) {
  json rows = json::array();
  for (const datasets::ResultShard& shard : edit.shards) {
    if (shard.unit.subject != edit::kVectors) continue;
    const auto result = datasets::read_columns<edit::VectorsResult>(shard);
    const auto levels = static_cast<int64_t>(result.levels.size());
    for (size_t r = 0; r < result.rows.size(); ++r) {
      const auto summary = [&](const std::vector<float>& probabilities) {
        std::vector<double> values(probabilities.begin(), probabilities.end());
        std::sort(values.begin(), values.end());
        const statistics::Interval interval = statistics::cluster_bootstrap(
            levels, 1,
            [&](const std::vector<int>& weights, std::vector<double>& out) {
              out[0] = statistics::weighted_quantile(values, weights, 0.5);
            },
            RandomStream(1, "edit/vectors", r))[0];
        return findings::chart_value(statistics::quantile(values, 0.5), interval, levels);
      };
      const edit::VectorFacts& facts = result.rows[r].facts;
      rows.push_back({shard.unit.size, facts.name, facts.tap, facts.coefficient,
                      facts.share ? json(fmt::format("{:.3g} %", 100 * *facts.share)) : json(),
                      summary(result.rows[r].to_cheese), summary(result.rows[r].to_corner)});
    }
  }
  return json::array({findings::chart_table(
      "Activation vectors at decision squares: medians",
      {"size", "vector", "layer", "times", "of the network", "P(to the cheese)", "P(to the corner)"}, rows,
      "cheese: the maze's own activations with the cheese minus without, subtracted (published on one "
      "policy: the median of "
      "P(to the cheese) falls from .806 to .032). A-B: the mean over other levels with the cheese at A minus "
      "at B.")});
}

}  // namespace mazescan::questions

#include "evaluator/questions/probe_figures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "evaluator/findings/chart.h"

using nlohmann::json;

namespace mazescan::questions {

namespace {

constexpr auto kTestPart = static_cast<size_t>(datasets::Split::test);

json share(const probe::Score* score) {
  if (score == nullptr || score->mazes[kTestPart] == 0) return nullptr;
  return findings::chart_share(accuracy(*score, datasets::Split::test), accuracy_interval(*score),
                               score->mazes[kTestPart]);
}
// Returns the share of `right` in independent pairs.
json share_of_pairs(int64_t right, int64_t pairs) {
  const auto n = static_cast<double>(pairs), successes = static_cast<double>(right);
  return findings::chart_share(successes / n, statistics::wilson_interval(successes, n), pairs);
}
// Returns the share of test samples in the class that is most frequent in training.
json commonest(const probe::Score& score) {
  return findings::chart_percent(score.samples[kTestPart] == 0
                                     ? 0
                                     : static_cast<double>(score.majority) /
                                           static_cast<double>(score.samples[kTestPart]));
}

// Returns a grid of layers and sizes. cell: the value of a result, or null.
json layer_heat(const Probing& probing, const std::vector<int>& sizes, const std::string& named,
                const std::string& title, const std::string& note,
                const std::function<json(const probe::ProbeResult&)>& cell, double from = 0) {
  json cells = json::array(), marks = json::array();
  for (size_t row = 0; row < probing.layers().size(); ++row) {
    json line = json::array();
    for (size_t column = 0; column < sizes.size(); ++column) {
      const probe::ProbeResult* result = probing.at(probing.layers()[row], sizes[column]);
      line.push_back(result == nullptr ? json() : cell(*result));
      if (probing.layers()[row] == named) marks.push_back({row, column});
    }
    cells.push_back(line);
  }
  json heat = {{"type", "heat"},
               {"title", title},
               {"x", {{"label", "maze size"}, {"values", sizes}}},
               {"y", {{"label", "layer"}, {"values", probing.layers()}}},
               {"percent", true},
               {"from", from},
               {"to", 1},
               {"cells", cells},
               {"marks", marks}};
  if (!note.empty()) heat["note"] = note;
  return heat;
}

json difference_cell(const PairedDifference& difference) {
  if (difference.layouts == 0) return nullptr;
  return findings::chart_share(difference.value, difference.interval, difference.layouts);
}

json point(double x, const probe::Score& score) {
  return findings::chart_point(x, accuracy(score, datasets::Split::test), accuracy_interval(score),
                               score.mazes[kTestPart]);
}

json learning_curve(const Probing& probing, const std::vector<int>& sizes, const std::string& layer) {
  json series = json::array();
  for (const int size : sizes) {
    json points = json::array();
    std::vector<std::string> names;
    for (const int one_in : probe::kLearningShares) names.push_back(probe::learning_probe(one_in));
    names.emplace_back(probe::kCheeseProbe);
    for (const std::string& name : names)
      if (const probe::Score* found = probing.score(layer, size, name);
          found != nullptr && found->mazes[kTestPart] > 0)
        points.push_back(point(static_cast<double>(found->fitted), *found));
    series.push_back({{"name", fmt::format("size {}", size)}, {"style", "line"}, {"points", points}});
  }
  return {{"type", "curve"},
          {"title", "Learning curve of the linear probe of " + layer},
          {"x", {{"label", "samples learned from"}, {"scale", "log"}}},
          {"y", {{"label", "exact cheese cell"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series},
          {"levels", {{{"y", kExactCell}, {"label", "90 %"}}}}};
}

json sparse_curve(const Probing& probing, const std::vector<int>& sizes, const std::string& layer) {
  json series = json::array();
  std::string note;
  for (const int size : sizes) {
    const probe::ProbeResult* cell = probing.at(layer, size);
    if (cell == nullptr || !cell->ranked) continue;
    const std::vector<int64_t>& channels = cell->ranked->channels;
    json points = json::array();
    for (const int count : probe::kSparseChannels)
      if (const probe::Score* found = cell->find(probe::sparse_probe(count));
          found != nullptr && found->mazes[kTestPart] > 0)
        points.push_back(point(count, *found));
    if (const probe::Score* all = cell->find(probe::kCheeseProbe);
        all != nullptr && all->mazes[kTestPart] > 0)
      points.push_back(point(static_cast<double>(channels.size()), *all));
    series.push_back({{"name", fmt::format("size {}", size)}, {"style", "line"}, {"points", points}});
    const std::vector<int64_t> first(
        channels.begin(), channels.begin() + std::min<int64_t>(8, static_cast<int64_t>(channels.size())));
    note += fmt::format("{}size {}: channels {}", note.empty() ? "" : "; ", size, fmt::join(first, ", "));
  }
  return {{"type", "curve"},
          {"title", "Exact cheese cell from the K channels with the largest weights, " + layer},
          {"note", "Largest first: " + note},
          {"x", {{"label", "channels"}, {"scale", "log"}}},
          {"y", {{"label", "exact cheese cell"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series}};
}

json target_table(const Probing& probing, const std::vector<int>& sizes) {
  json rows = json::array();
  for (const char* target : {probe::kCheeseProbe, probe::kMouseProbe, probe::kNextMoveProbe,
                             probe::kDecisionProbe, probe::kWillReachProbe})
    for (const int size : sizes) {
      const std::string layer = probing.best(probing.layers(), {size}, target);
      const probe::Score* found = probing.score(layer, size, target);
      if (found == nullptr || found->samples[kTestPart] == 0) {
        rows.push_back({target, size, "none", nullptr, nullptr, 0});
        continue;
      }
      rows.push_back({target, size, layer, share(found), commonest(*found), found->mazes[kTestPart]});
    }
  return {{"type", "table"},
          {"title", "What linear probes decode from the layer that is best on validation"},
          {"columns", {"target", "size", "layer", "test accuracy", "commonest class", "test mazes"}},
          {"rows", rows}};
}

json control_table(const Probing& probing, const std::string& layer) {
  json rows = json::array();
  for (const int size : probing.sizes()) {
    const probe::ProbeResult* cell = probing.at(layer, size);
    const probe::Score* found = cell == nullptr ? nullptr : cell->find(probe::kCheeseProbe);
    if (found == nullptr) continue;
    const auto raw = [&](const char* name) { return share(probing.score(probe::kObservation, size, name)); };
    rows.push_back({size, cell->split ? "by layout" : "none: same states in all parts", cell->layouts,
                    share(found), share(cell->find(probe::kShuffledProbe)),
                    share(cell->find(probe::kRandomProbe)), raw(probe::kCheeseProbe),
                    raw(probe::kMousePlaneProbe), findings::chart_percent(1.0 / std::max(found->classes, 1)),
                    commonest(*found)});
  }
  return {{"type", "table"},
          {"title", "Exact cheese cell: controls, for " + layer},
          {"columns",
           {"size", "split", "layouts", "trained network", "shuffled labels", "random weights",
            "raw observation", "mouse plane alone", "chance", "commonest cell"}},
          {"rows", rows}};
}

// The test accuracies of all layers for the goal, the decoy and both with random weights.
json marks_table(const Probing& probing, const envs::GoalNames& names) {
  std::vector<std::string> layers = probing.layers();
  layers.emplace_back(probe::kObservation);
  json rows = json::array();
  for (const std::string& layer : layers)
    for (const int size : probing.sizes()) {
      const probe::ProbeResult* cell = probing.at(layer, size);
      if (cell == nullptr) continue;
      const probe::Score* goal = cell->find(probe::kCheeseProbe);
      rows.push_back({layer, size, share(goal), share(cell->find(probe::kRandomProbe)),
                      share(cell->find(probe::kDecoyProbe)), share(cell->find(probe::kRandomDecoyProbe)),
                      goal == nullptr ? json() : commonest(*goal), cell->layouts});
    }
  const std::string random = ", random weights";
  return findings::chart_table(
      fmt::format("Exact cells of {} and {}, beside random weights", names.goal, names.proxy),
      {"layer", "size", names.goal, names.goal + random, names.proxy, names.proxy + random, "commonest cell",
       "layouts"},
      rows, "Test layouts, which the probes have not seen. The observation shows both marks.");
}

json within_table(const Probing& probing, const std::vector<int>& sizes) {
  json rows = json::array();
  for (const std::string& layer : probing.layers())
    for (const int size : sizes) {
      const probe::Score *place = probing.score(layer, size, probe::kCoarseProbe),
                         *within = probing.score(layer, size, probe::kWithinProbe);
      if (place == nullptr || within == nullptr) continue;
      const probe::Score* exact = probing.score(layer, size, probe::kCheeseProbe);
      rows.push_back({layer, size, share(exact), share(place), share(within), commonest(*within)});
    }
  return {{"type", "table"},
          {"title", "Coarse maps: the place on the map, and the maze cell within it"},
          {"columns",
           {"layer", "size", "exact cell", "place on the map", "cell within the place, from its channels",
            "commonest cell within"}},
          {"rows", rows}};
}

// All layers: accuracy by the number of samples, and how well the probes were fitted.
json fitting_table(const Probing& probing, const std::vector<int>& sizes) {
  json rows = json::array();
  for (const std::string& layer : probing.layers())
    for (const int size : sizes) {
      const probe::ProbeResult* cell = probing.at(layer, size);
      const probe::Score* all = cell == nullptr ? nullptr : cell->find(probe::kCheeseProbe);
      if (all == nullptr) continue;
      rows.push_back({layer, size, share(cell->find(probe::learning_probe(4))),
                      share(cell->find(probe::learning_probe(2))), share(all),
                      difference_cell(gain_by_doubling(*cell)), all->fitted, all->l2, all->iterations,
                      all->converged ? "yes" : "no"});
    }
  return findings::chart_table(
      "Exact cheese cell: learning curves and fits of all layers",
      {"layer", "size", "from a quarter", "from half", "from all", "gain by doubling", "samples learned from",
       "L2 penalty", "steps", "converged"},
      rows, "The penalty is selected on validation from a grid.");
}

// Probes whose probabilities are alpha-entmax: how many cells each leaves, and how often the cheese's is among them.
json candidate_table(const Probing& probing, const std::vector<int>& sizes) {
  const auto share_of = [](int64_t part, int64_t whole) {
    if (whole == 0) return json();
    return findings::chart_percent(static_cast<double>(part) / static_cast<double>(whole));
  };
  json rows = json::array();
  for (const std::string& layer : probing.layers())
    for (const int size : sizes) {
      const probe::ProbeResult* cell = probing.at(layer, size);
      if (cell == nullptr || !cell->candidates) continue;
      for (const probe::CandidateRow& row : cell->candidates->alphas)
        if (row.samples > 0)
          rows.push_back(
              {layer, size, row.alpha, share(cell->find(probe::entmax_probe(row.alpha))),
               share(cell->find(probe::kCheeseProbe)),
               findings::chart_number(static_cast<double>(row.cells) / static_cast<double>(row.samples)),
               share_of(row.covered, row.samples), share_of(row.alone, row.samples),
               share_of(row.right, row.alone)});
    }
  return findings::chart_table(
      "Candidate cells of probes with alpha-entmax",
      {"layer", "size", "alpha", "exact cell", "exact cell, softmax", "candidates", "the cheese's is one",
       "one candidate", "then right"},
      rows,
      "Candidates: cells with a probability above 0, mean over test samples. Softmax gives every cell a probability "
      "above 0.");
}

// Calls visit(layer, size, name of the condition, row) for every condition of CCS with pairs.
template <class Visit>
void for_each_condition(const Probing& probing, const std::vector<int>& sizes, const Visit& visit) {
  constexpr const char* kConditions[] = {"mouse in the middle", "mouse anywhere"};
  for (const std::string& layer : probing.layers())
    for (const int size : sizes) {
      const probe::ProbeResult* cell = probing.at(layer, size);
      if (cell == nullptr || !cell->ccs) continue;
      for (size_t c = 0; c < cell->ccs->conditions.size(); ++c)
        if (const probe::CcsRow& row = cell->ccs->conditions[c]; row.pairs > 0)
          visit(layer, size, kConditions[c], row);
    }
}

json ccs_table(const Probing& probing, const std::vector<int>& sizes) {
  json rows = json::array();
  for_each_condition(
      probing, sizes, [&](const std::string& layer, int size, const char* name, const probe::CcsRow& row) {
        const auto shown = [&](int64_t right) {
          return right < 0 ? json() : share_of_pairs(right, row.pairs);
        };
        const auto mean = [&](const std::vector<int64_t>& right) {
          double sum = 0;
          for (const int64_t each : right) sum += static_cast<double>(each);
          return right.empty() ? json()
                               : findings::chart_percent(sum / static_cast<double>(right.size()) /
                                                         static_cast<double>(row.pairs));
        };
        rows.push_back({layer, size, name, shown(row.cheese), shown(row.mouse), shown(row.pca_cheese),
                        shown(row.pca_mouse), shown(row.means_cheese), shown(row.means_mouse),
                        mean(row.random_cheese), shown(row.supervised)});
      });
  return findings::chart_table(
      "Contrast-consistent search (CCS) on mirrored pairs: which side does a direction encode?",
      {"layer", "size", "pairs", "CCS: cheese", "CCS: mouse", "first component: cheese",
       "first component: mouse", "2-means: cheese", "2-means: mouse", "random directions: cheese",
       "supervised: cheese"},
      rows, "Where the first component of the differences does as well as CCS, consistency added nothing.");
}

// Every restart: its loss, and which side its direction encodes.
json restart_table(const Probing& probing, const std::vector<int>& sizes) {
  json rows = json::array();
  for_each_condition(probing, sizes,
                     [&](const std::string& layer, int size, const char* name, const probe::CcsRow& row) {
                       std::string losses, cheese, mouse;
                       const auto add = [](std::string& list, const std::string& value) {
                         list += (list.empty() ? "" : " ") + value;
                       };
                       for (size_t r = 0; r < row.losses.size(); ++r) {
                         const auto right = [&](int64_t pairs) {
                           return pairs < 0 ? std::string("-")
                                            : fmt::format("{:.0f}", 100.0 * static_cast<double>(pairs) /
                                                                        static_cast<double>(row.pairs));
                         };
                         add(losses, fmt::format("{:.3f}", row.losses[r]));
                         add(cheese, right(row.restart_cheese[r]));
                         add(mouse, right(row.restart_mouse[r]));
                       }
                       rows.push_back({layer, size, name, losses, probe::kConstantProbeLoss, cheese, mouse});
                     });
  return findings::chart_table(
      "Contrast-consistent search: every start",
      {"layer", "size", "pairs", "losses", "loss of a constant probe", "cheese's side, %", "mouse's side, %"},
      rows, "A loss near that of a constant probe means that nothing was learned.");
}

}  // namespace

json presence_figures(const Probing& probing, const std::vector<int>& sizes, const std::string& named) {
  const auto accuracy_of = [](const char* name) {
    return [name](const probe::ProbeResult& result) { return share(result.find(name)); };
  };
  json figures = {
      layer_heat(probing, sizes, named, "Exact cheese cell from a linear probe (test levels)", "",
                 accuracy_of(probe::kCheeseProbe)),
      layer_heat(probing, sizes, named, "The same layers of a network with random weights", "",
                 accuracy_of(probe::kRandomProbe)),
      layer_heat(
          probing, sizes, named, "Trained minus random, on the same test levels",
          "Where this is about 0, the layer keeps its input; below 0, training removes the cheese.",
          [](const probe::ProbeResult& result) { return difference_cell(above_random(result)); }, -1),
      learning_curve(probing, sizes, named),
      fitting_table(probing, sizes),
      sparse_curve(probing, sizes, named),
      control_table(probing, named),
      target_table(probing, sizes),
      within_table(probing, sizes),
      ccs_table(probing, sizes),
      restart_table(probing, sizes)};
  if (json candidates = candidate_table(probing, sizes); !candidates.at("rows").empty())
    figures.push_back(std::move(candidates));
  return figures;
}

std::vector<json> mark_figures(const Probing& probing, const envs::GoalNames& names) {
  std::vector<json> figures;
  for (const auto& [mark, name] :
       {std::pair{names.goal, probe::kCheeseProbe}, {names.proxy, probe::kDecoyProbe}})
    figures.push_back(layer_heat(
        probing, probing.sizes(), "", fmt::format("Exact cell of the {}, read by a linear probe", mark), "",
        [probe_name = name](const probe::ProbeResult& result) { return share(result.find(probe_name)); }));
  figures.push_back(marks_table(probing, names));
  return figures;
}

json use_figures(const Probing& probing, const std::vector<int>& sizes, const std::string& named) {
  json rows = json::array();
  for (const std::string& layer : probing.layers())
    for (const int size : sizes) {
      const probe::ProbeResult* cell = probing.at(layer, size);
      if (cell == nullptr || !cell->use) continue;
      const ReadOutUse use = read_out_use(*cell->use);
      const probe::Score* cheese = cell->find(probe::kCheeseProbe);
      rows.push_back(
          {layer, size, findings::chart_share(use.value, use.interval, use.pairs),
           findings::chart_percent(use.random_median), findings::chart_percent(use.random_high),
           cell->use->rank, cheese == nullptr ? json() : json(cheese->features), share(cheese),
           cell->use->levels == 0 ? json() : share_of_pairs(cell->use->changed, cell->use->levels)});
    }
  return {layer_heat(
              probing, sizes, named, "Use of the read-out: share of the policy's change that it carries",
              "Only the part of the activations along the cheese's linear probe is replaced, by that of the "
              "same state with the cheese elsewhere. 100 %: the policy becomes that of the other state.",
              [](const probe::ProbeResult& result) {
                if (!result.use || result.use->pairs.empty()) return json();
                const ReadOutUse use = read_out_use(*result.use);
                return findings::chart_share(use.value, use.interval, use.pairs);
              }),
          findings::chart_table(
              "Use of the read-out, beside random subspaces of the same rank",
              {"layer", "size", "use", "random subspaces: median", "97.5th percentile", "rank", "activations",
               "exact cheese cell", "levels where moving the cheese changes the policy"},
              rows)};
}

}  // namespace mazescan::questions

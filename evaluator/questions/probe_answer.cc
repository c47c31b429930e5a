#include "evaluator/questions/probe_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "evaluator/analyses/probe/schema.h"
#include "evaluator/findings/chart.h"
#include "statistics/statistics.h"

using nlohmann::json;

namespace mazescan::questions {

namespace {

constexpr double kExact = 0.9;  // accuracy that Q6 requires
constexpr int kTest = static_cast<int>(datasets::Split::test),
              kValidation = static_cast<int>(datasets::Split::validation);

double rate(const probe::Score& score, int split) {
  return score.samples[split] == 0
             ? 0
             : static_cast<double>(score.correct[split]) / static_cast<double>(score.samples[split]);
}

// Returns the interval of the rate on test. Samples of one maze are not independent, so the number of trials
// comes from the spread over mazes.
statistics::Interval interval(const probe::Score& score, double confidence = statistics::kConfidence) {
  const double share = rate(score, kTest);
  const double trials =
      statistics::effective_trials(share, score.variance[kTest], static_cast<double>(score.mazes[kTest]));
  return statistics::wilson_interval(share * trials, trials, confidence);
}

json share(const probe::Score* score) {
  if (score == nullptr || score->mazes[kTest] == 0) return nullptr;
  return findings::chart_share(rate(*score, kTest), interval(*score), score->mazes[kTest]);
}
// Returns the share of `right` in independent pairs.
json share_of_pairs(int64_t right, int64_t pairs) {
  const auto n = static_cast<double>(pairs), successes = static_cast<double>(right);
  return findings::chart_share(successes / n, statistics::wilson_interval(successes, n), pairs);
}
// Returns the share of test samples in the class that is most frequent in training.
json commonest(const probe::Score& score) {
  return findings::chart_percent(score.samples[kTest] == 0 ? 0
                                                           : static_cast<double>(score.majority) /
                                                                 static_cast<double>(score.samples[kTest]));
}

// All probe results by layer and size. Layers are in forward order; the observation is separate.
class Probing {
 public:
  explicit Probing(const datasets::Results& results) {
    std::map<int64_t, std::string> order;
    for (const datasets::ResultShard& shard : results.shards) {
      const probe::ProbeResult& result = cells_[shard.unit.subject][shard.unit.size] =
          datasets::read_columns<probe::ProbeResult>(shard);
      if (result.depth > 0) order[result.depth] = shard.unit.subject;
      if (std::find(sizes_.begin(), sizes_.end(), shard.unit.size) == sizes_.end())
        sizes_.push_back(shard.unit.size);
    }
    for (const auto& [depth, name] : order) layers_.push_back(name);
    std::sort(sizes_.begin(), sizes_.end());
  }
  const std::vector<int>& sizes() const { return sizes_; }
  const std::vector<std::string>& layers() const { return layers_; }
  // Returns nullptr if the layer was not probed at this size.
  const probe::ProbeResult* at(const std::string& layer, int size) const {
    const auto row = cells_.find(layer);
    if (row == cells_.end()) return nullptr;
    const auto cell = row->second.find(size);
    return cell == row->second.end() ? nullptr : &cell->second;
  }
  const probe::Score* score(const std::string& layer, int size, const std::string& name) const {
    const probe::ProbeResult* cell = at(layer, size);
    return cell == nullptr ? nullptr : cell->find(name);
  }
  // Returns the layer whose worst size is best on validation; "" if no layer was probed at all sizes.
  std::string best(const std::vector<int>& sizes, const std::string& target) const {
    std::string best;
    double best_rate = -1;
    for (const std::string& layer : layers_) {
      double worst = 2;
      for (const int size : sizes) {
        const probe::Score* found = score(layer, size, target);
        worst = std::min(worst, found == nullptr ? -1 : rate(*found, kValidation));
      }
      if (worst > best_rate) {
        best_rate = worst;
        best = layer;
      }
    }
    return best;
  }

 private:
  std::map<std::string, std::map<int, probe::ProbeResult>> cells_;
  std::vector<std::string> layers_;
  std::vector<int> sizes_;
};

json heat(const Probing& probing, const std::vector<int>& sizes, const std::string& chosen) {
  json cells = json::array(), marks = json::array();
  for (size_t row = 0; row < probing.layers().size(); ++row) {
    json line = json::array();
    for (size_t column = 0; column < sizes.size(); ++column) {
      line.push_back(share(probing.score(probing.layers()[row], sizes[column], probe::kCheeseProbe)));
      if (probing.layers()[row] == chosen) marks.push_back({row, column});
    }
    cells.push_back(line);
  }
  return {{"type", "heat"},
          {"title", "Exact cheese cell from a linear probe (test levels)"},
          {"x", {{"label", "maze size"}, {"values", sizes}}},
          {"y", {{"label", "layer"}, {"values", probing.layers()}}},
          {"percent", true},
          {"cells", cells},
          {"marks", marks}};
}

json point(double x, const probe::Score& score) {
  return findings::chart_point(x, rate(score, kTest), interval(score), score.mazes[kTest]);
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
          found != nullptr && found->mazes[kTest] > 0)
        points.push_back(point(static_cast<double>(found->fitted), *found));
    series.push_back({{"name", fmt::format("size {}", size)}, {"style", "line"}, {"points", points}});
  }
  return {{"type", "curve"},
          {"title", "Learning curve of the linear probe of " + layer},
          {"x", {{"label", "samples learned from"}, {"scale", "log"}}},
          {"y", {{"label", "exact cheese cell"}, {"percent", true}, {"from", 0}, {"to", 1}}},
          {"series", series},
          {"levels", {{{"y", kExact}, {"label", "90 %"}}}}};
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
          found != nullptr && found->mazes[kTest] > 0)
        points.push_back(point(count, *found));
    if (const probe::Score* all = cell->find(probe::kCheeseProbe); all != nullptr && all->mazes[kTest] > 0)
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
      const std::string layer = probing.best({size}, target);
      const probe::Score* found = probing.score(layer, size, target);
      if (found == nullptr || found->samples[kTest] == 0) {
        rows.push_back({target, size, "none", nullptr, nullptr, 0});
        continue;
      }
      rows.push_back({target, size, layer, share(found), commonest(*found), found->mazes[kTest]});
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

json ccs_table(const Probing& probing, const std::vector<int>& sizes) {
  json rows = json::array();
  for (const std::string& layer : probing.layers())
    for (const int size : sizes) {
      const probe::ProbeResult* cell = probing.at(layer, size);
      if (cell == nullptr || !cell->ccs) continue;
      const probe::CcsRow &middle = cell->ccs->conditions[0], &anywhere = cell->ccs->conditions[1];
      const auto shown = [](int64_t right, const probe::CcsRow& condition) {
        return right < 0 || condition.pairs == 0 ? json() : share_of_pairs(right, condition.pairs);
      };
      rows.push_back({layer, size, shown(middle.cheese, middle), shown(middle.supervised, middle),
                      shown(anywhere.cheese, anywhere), shown(anywhere.mouse, anywhere),
                      shown(anywhere.supervised, anywhere)});
    }
  return {{"type", "table"},
          {"title", "Contrast-consistent search on mirrored pairs: which side does the direction encode?"},
          {"columns",
           {"layer", "size", "mouse in the middle: cheese's side", "supervised probe",
            "mouse anywhere: cheese's side", "the mouse's side instead", "supervised probe "}},
          {"rows", rows}};
}

// Returns whether every layer is significantly below 90 % at some size.
bool all_fail(const Probing& probing, const std::vector<int>& sizes) {
  const double confidence =
      1 - (1 - statistics::kConfidence) / static_cast<double>(sizes.size());  // Bonferroni
  return std::all_of(probing.layers().begin(), probing.layers().end(), [&](const std::string& layer) {
    return std::any_of(sizes.begin(), sizes.end(), [&](int size) {
      const probe::Score* found = probing.score(layer, size, probe::kCheeseProbe);
      return found != nullptr && found->mazes[kTest] > 0 && interval(*found, confidence).high < kExact;
    });
  });
}

}  // namespace

findings::Answer answer_probe(const datasets::Results& results) {
  const Probing probing(results);
  findings::Answer answer = findings::unanswered("Q6");
  std::vector<int> sizes;     // sizes with a test split
  std::string left_out, few;  // sizes without a verdict
  for (const int size : probing.sizes()) {
    const probe::ProbeResult* cell = nullptr;
    for (const std::string& layer : probing.layers()) cell = cell != nullptr ? cell : probing.at(layer, size);
    const probe::Score* cheese = cell == nullptr ? nullptr : cell->find(probe::kCheeseProbe);
    if (cheese == nullptr) continue;
    if (!cell->split) {
      left_out += fmt::format(
          " Size {} is not applicable: its {} layouts are too few to learn from some and test "
          "on others.",
          size, cell->layouts);
      continue;
    }
    sizes.push_back(size);
    if (cheese->mazes[kTest] < kMinTestMazes)
      few += fmt::format(" Too few levels at size {}: {} different test mazes, {} are needed.", size,
                         cheese->mazes[kTest], kMinTestMazes);
  }
  const std::string chosen = sizes.empty() ? "" : probing.best(sizes, probe::kCheeseProbe);
  if (chosen.empty()) {
    answer.finding = sizes.empty() ? findings::Finding::not_applicable : findings::Finding::undecided;
    answer.because = sizes.empty() ? "No size has enough layouts." + left_out
                                   : "No layer was probed at all sizes: run mazescan-evaluator probe again.";
    return answer;
  }
  double worst = 2;
  bool holds = true;
  std::string by_size;
  for (const int size : sizes) {
    const probe::Score& found = *probing.score(chosen, size, probe::kCheeseProbe);
    const double here = rate(found, kTest);
    const statistics::Interval around = found.mazes[kTest] > 0 ? interval(found) : statistics::Interval{0, 1};
    holds = holds && around.low >= kExact;
    by_size += fmt::format("{}{:.1f} % [{:.1f}, {:.1f}] at size {}", by_size.empty() ? "" : ", ", 100 * here,
                           100 * around.low, 100 * around.high, size);
    if (here >= worst) continue;
    worst = here;
    findings::set_value(
        answer, fmt::format("exact cheese cell from {}, test levels, size {} (the worst)", chosen, size),
        here, around, found.mazes[kTest]);
  }
  answer.finding = !few.empty()               ? findings::Finding::undecided
                   : holds                    ? findings::Finding::holds
                   : all_fail(probing, sizes) ? findings::Finding::fails
                                              : findings::Finding::undecided;
  answer.because = fmt::format("Chosen on validation: {}, {}.{}{}", chosen, by_size, few, left_out);
  answer.figures = {heat(probing, sizes, chosen),
                    learning_curve(probing, sizes, chosen),
                    sparse_curve(probing, sizes, chosen),
                    control_table(probing, chosen),
                    target_table(probing, sizes),
                    within_table(probing, sizes),
                    ccs_table(probing, sizes)};
  return answer;
}

}  // namespace mazescan::questions

#include "evaluator/questions/legibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "evaluator/questions/edit_answers.h"
#include "evaluator/questions/probe_results.h"
#include "evaluator/questions/sparsity_measures.h"

namespace mazescan::questions {

namespace {

using Numbers = std::vector<LegibilityNumber>;

void add_sparsity(const datasets::Results& results, Numbers& numbers) {
  const SparsityMeasures measures = measure_sparsity(results);
  if (measures.states == 0) return;
  const LayerSparsity all = measures.network();
  numbers.push_back({kZerosNumber, all.zeros(), true});
  numbers.push_back({"active units", all.active});
  numbers.push_back({"dead units", static_cast<double>(all.dead)});
  numbers.push_back({"entropy", all.entropy_share(), true});
  numbers.push_back({"Hoyer", all.hoyer});
  numbers.push_back({"Gini", all.gini});
  if (all.map) numbers.push_back({kCheeseChannelsNumber, static_cast<double>(all.cheese_channels)});
  if (all.leaves > 0) numbers.push_back({"rules", static_cast<double>(all.leaves)});
  numbers.push_back({"bits a value", all.bits});
}

// Returns the lowest test accuracy of all sizes; NaN if one has no such probe.
double worst_accuracy(const Probing& probing, const std::string& layer, const std::string& name) {
  double worst = std::numeric_limits<double>::infinity();
  for (const int size : probing.sizes()) {
    const probe::Score* score = probing.score(layer, size, name);
    if (score == nullptr) return statistics::kNaN;
    worst = std::min(worst, accuracy(*score, datasets::Split::test));
  }
  return worst;
}

void add_probe(const datasets::Results& results, Numbers& numbers) {
  const Probing probing(results);
  const std::string layer = probing.best(probing.layers(), probing.sizes(), probe::kCheeseProbe);
  if (layer.empty()) return;
  numbers.push_back({"probe", worst_accuracy(probing, layer, probe::kCheeseProbe), true});
  for (const int channels : {1, 4, 16})
    numbers.push_back({fmt::format("probe, {} channel{}", channels, channels == 1 ? "" : "s"),
                       worst_accuracy(probing, layer, probe::sparse_probe(channels)), true});
}

void add_edit(const datasets::Results& results, Numbers& numbers) {
  const EditScores scores(results);
  if (scores.sizes().empty()) return;
  for (const double rate : edit::kFractionRates)
    numbers.push_back({fmt::format("edit, {:.0f} %", 100 * rate),
                       smallest_fraction(scores, scores.sizes().back(), rate), true});
}

}  // namespace

Numbers legibility(const std::map<std::string, datasets::Results>& results) {
  Numbers numbers;
  const auto add = [&](const datasets::DatasetKind& job, void (*of)(const datasets::Results&, Numbers&)) {
    const auto found = results.find(job.name);
    if (found != results.end()) of(found->second, numbers);
  };
  add(datasets::kSparsity, add_sparsity);
  add(datasets::kProbe, add_probe);
  add(datasets::kEdit, add_edit);
  return numbers;
}

}  // namespace mazescan::questions

#include "evaluator/questions/probe_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "evaluator/questions/probe_figures.h"
#include "evaluator/questions/probe_results.h"

namespace mazescan::questions {

namespace {

using findings::Finding;

constexpr auto kTestIndex = static_cast<size_t>(datasets::Split::test);

// The sizes that can be judged, and remarks about the others.
struct JudgedSizes {
  std::vector<int> sizes;
  std::string left_out, few;
};
JudgedSizes judged_sizes(const Probing& probing) {
  JudgedSizes judged;
  for (const int size : probing.sizes()) {
    const probe::ProbeResult* cell = nullptr;
    for (const std::string& layer : probing.layers()) cell = cell != nullptr ? cell : probing.at(layer, size);
    const probe::Score* cheese = cell == nullptr ? nullptr : cell->find(probe::kCheeseProbe);
    if (cheese == nullptr) continue;
    if (!cell->split) {
      judged.left_out += fmt::format(
          " Size {} is not applicable: its {} layouts are too few to learn from some and test on others.",
          size, cell->layouts);
      continue;
    }
    judged.sizes.push_back(size);
    if (cheese->mazes[kTestIndex] < kMinTestMazes)
      judged.few += fmt::format(" Too few levels at size {}: {} different test mazes, {} are needed.", size,
                                cheese->mazes[kTestIndex], kMinTestMazes);
  }
  return judged;
}

// Corrects the confidence of a claim that some size suffices for (Bonferroni).
double confidence_of_some(const std::vector<int>& sizes) {
  return 1 - (1 - statistics::kConfidence) / static_cast<double>(std::max<size_t>(sizes.size(), 1));
}

// The layer that the answers are about.
struct NamedLayer {
  std::string name;      // "": no layer was probed at all sizes
  bool gains = false;    // on validation, it is above random weights at some size
  bool differs = false;  // or below
};
// Chooses on validation: the best layer of those that random weights do not equal, otherwise of all.
NamedLayer named_layer(const Probing& probing, const std::vector<int>& sizes) {
  if (sizes.empty()) return {};
  std::vector<std::string> gaining, differing;
  for (const std::string& layer : probing.layers()) {
    double most = -1, least = 1;
    for (const int size : sizes) {
      const probe::Score *cheese = probing.score(layer, size, probe::kCheeseProbe),
                         *random = probing.score(layer, size, probe::kRandomProbe);
      if (cheese == nullptr || random == nullptr) continue;
      const double gap =
          accuracy(*cheese, datasets::Split::validation) - accuracy(*random, datasets::Split::validation);
      most = std::max(most, gap);
      least = std::min(least, gap);
    }
    if (most >= kSameAccuracy) gaining.push_back(layer);
    if (most >= kSameAccuracy || least <= -kSameAccuracy) differing.push_back(layer);
  }
  NamedLayer named{probing.best(gaining, sizes, probe::kCheeseProbe), true, true};
  if (named.name.empty()) named = {probing.best(differing, sizes, probe::kCheeseProbe), false, true};
  if (named.name.empty()) named = {probing.best(probing.layers(), sizes, probe::kCheeseProbe), false, false};
  return named;
}

// Returns whether doubling the data changed the accuracy by less than kSameAccuracy.
bool is_flat(const probe::ProbeResult& result) {
  const PairedDifference gain = gain_by_doubling(result);
  return gain.layouts > 0 && gain.value < kSameAccuracy;
}

// Returns whether the layer is below 90 % at some size, and more data would hardly change that.
bool is_below(const Probing& probing, const std::string& layer, const std::vector<int>& sizes) {
  return std::any_of(sizes.begin(), sizes.end(), [&](int size) {
    const probe::Score* found = probing.score(layer, size, probe::kCheeseProbe);
    return found != nullptr && found->samples[kTestIndex] > 0 &&
           accuracy_interval(*found, confidence_of_some(sizes)).high < kExactCell &&
           is_flat(*probing.at(layer, size));
  });
}

// Returns whether random weights are as good at every size, and more data would hardly change that.
bool is_as_random(const Probing& probing, const std::string& layer, const std::vector<int>& sizes) {
  return std::all_of(sizes.begin(), sizes.end(), [&](int size) {
    const probe::ProbeResult* found = probing.at(layer, size);
    if (found == nullptr) return false;
    const PairedDifference difference = above_random(*found);
    return difference.layouts > 0 && difference.interval.high < kSameAccuracy && is_flat(*found);
  });
}

// Returns whether the layer is above random weights at some size.
bool is_above_random(const Probing& probing, const std::string& layer, const std::vector<int>& sizes) {
  return std::any_of(sizes.begin(), sizes.end(), [&](int size) {
    const PairedDifference difference = above_random(*probing.at(layer, size), confidence_of_some(sizes));
    return difference.layouts > 0 && difference.interval.low > 0;
  });
}

// Returns an answer without a verdict if there is nothing to judge.
bool has_nothing(const JudgedSizes& judged, const NamedLayer& named, findings::Answer& answer) {
  if (!named.name.empty()) return false;
  answer.finding = judged.sizes.empty() ? Finding::not_applicable : Finding::undecided;
  answer.because = judged.sizes.empty()
                       ? "No size has enough layouts." + judged.left_out
                       : "No layer was probed at all sizes: run mazescan-evaluator probe again.";
  return true;
}

std::string in_points(const PairedDifference& difference) {
  return fmt::format("{:+.1f} [{:+.1f}, {:+.1f}] points", 100 * difference.value,
                     100 * difference.interval.low, 100 * difference.interval.high);
}

// The finding about the use of one read-out, and its words.
struct UseFinding {
  Finding finding = Finding::undecided;
  std::string text;
};
UseFinding use_finding(const probe::Interchange& use, double confidence) {
  if (use.levels >= kMinUsePairs && statistics::wilson_interval(static_cast<double>(use.changed),
                                                                static_cast<double>(use.levels), confidence)
                                            .high < kResponds)
    return {Finding::fails,
            fmt::format("moving the cheese changes the policy in {} of {} levels", use.changed, use.levels)};
  const ReadOutUse found = read_out_use(use);
  if (found.pairs < kMinUsePairs)
    return {Finding::undecided,
            fmt::format("only {} pairs of states where the cheese changes the policy", found.pairs)};
  const std::string text =
      fmt::format("{}, random subspaces {:.1f} % (97.5th percentile)",
                  findings::in_percent(found.value, found.interval), 100 * found.random_high);
  if (found.interval.low >= kUsed && found.interval.low > found.random_high) return {Finding::holds, text};
  const double high = read_out_use(use, confidence).interval.high;
  if (high < kUnused || (found.random_high < kUsed && high < found.random_high))
    return {Finding::fails, text};
  return {Finding::undecided,
          text + (found.random_high >= kUsed               ? ": any subspace of this rank carries as much"
                  : found.interval.low > found.random_high ? ": used in part"
                                                           : "")};
}

}  // namespace

findings::Answer answer_presence(const datasets::Results& results) {
  const Probing probing(results);
  findings::Answer answer = findings::unanswered("Q6");
  const JudgedSizes judged = judged_sizes(probing);
  const NamedLayer named = named_layer(probing, judged.sizes);
  if (has_nothing(judged, named, answer)) return answer;
  double worst = 2;
  bool exact = true;
  std::string by_size, rising;
  for (const int size : judged.sizes) {
    const probe::ProbeResult& cell = *probing.at(named.name, size);
    const probe::Score& found = *cell.find(probe::kCheeseProbe);
    const double here = accuracy(found, datasets::Split::test);
    const statistics::Interval around =
        found.samples[kTestIndex] > 0 ? accuracy_interval(found) : statistics::Interval{0, 1};
    exact = exact && around.low >= kExactCell;
    const PairedDifference above = above_random(cell);
    by_size +=
        fmt::format("{}{} at size {}", by_size.empty() ? "" : ", ", findings::in_percent(here, around), size);
    if (above.layouts > 0) by_size += fmt::format(" ({} above random weights)", in_points(above));
    if (!is_flat(cell)) rising += fmt::format("{}{}", rising.empty() ? "" : ", ", size);
    if (here >= worst) continue;
    worst = here;
    findings::set_value(
        answer, fmt::format("exact cheese cell from {}, test levels, size {} (the worst)", named.name, size),
        here, around, found.mazes[kTestIndex]);
  }
  const bool fails =
      std::all_of(probing.layers().begin(), probing.layers().end(), [&](const std::string& layer) {
        return is_below(probing, layer, judged.sizes) || is_as_random(probing, layer, judged.sizes);
      });
  answer.finding = !judged.few.empty() ? Finding::undecided
                   : exact && named.gains && is_above_random(probing, named.name, judged.sizes)
                       ? Finding::holds
                   : fails ? Finding::fails
                           : Finding::undecided;
  answer.because = fmt::format("Chosen on validation: {}, {}.", named.name, by_size);
  if (!named.gains)
    answer.because += named.differs
                          ? " Training raises the accuracy of no layer above that of random weights."
                          : " Random weights score the same in every layer.";
  if (!rising.empty())
    answer.because +=
        fmt::format(" Doubling the data still raises its accuracy by more than {:.0f} points, at sizes: {}.",
                    100 * kSameAccuracy, rising);
  answer.because += judged.few + judged.left_out;
  answer.figures = presence_figures(probing, judged.sizes, named.name);
  return answer;
}

findings::Answer answer_use(const datasets::Results& results) {
  const Probing probing(results);
  findings::Answer answer = findings::unanswered("Q6");
  answer.key = "used";
  answer.scope =
      "used: moving what a linear probe of that layer reads, and nothing else, moves the policy as if the cheese had moved";
  const JudgedSizes judged = judged_sizes(probing);
  const NamedLayer named = named_layer(probing, judged.sizes);
  if (has_nothing(judged, named, answer)) return answer;
  double worst = 2;
  bool holds = true, fails = false;
  std::string by_size;
  for (const int size : judged.sizes) {
    const probe::ProbeResult& cell = *probing.at(named.name, size);
    const UseFinding use = cell.use ? use_finding(*cell.use, confidence_of_some(judged.sizes))
                                    : UseFinding{Finding::undecided, "not measured"};
    holds = holds && use.finding == Finding::holds;
    fails = fails || use.finding == Finding::fails;
    by_size += fmt::format("{}{} at size {}", by_size.empty() ? "" : "; ", use.text, size);
    if (!cell.use || cell.use->pairs.empty()) continue;
    const ReadOutUse found = read_out_use(*cell.use);
    if (found.value >= worst) continue;
    worst = found.value;
    findings::set_value(
        answer,
        fmt::format("share of the policy's change that the read-out of {} carries, size {} (the least)",
                    named.name, size),
        found.value, found.interval, found.pairs);
  }
  answer.finding = fails ? Finding::fails : holds && named.differs ? Finding::holds : Finding::undecided;
  answer.because = fmt::format("{}: {}.", named.name, by_size);
  if (!named.differs)
    answer.because +=
        " Random weights score the same in every layer, so no read-out is the work of training.";
  answer.because += judged.left_out;
  answer.figures = use_figures(probing, judged.sizes, named.name);
  return answer;
}

findings::Answer answer_probe(const datasets::Results& results) {
  findings::Answer answer = answer_presence(results);
  const findings::Answer use = answer_use(results);
  answer.others.push_back(use);
  for (const nlohmann::json& figure : use.figures) answer.figures.push_back(figure);
  return answer;
}

}  // namespace mazescan::questions

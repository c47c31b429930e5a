#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/findings/chart.h"
#include "evaluator/questions/edit_answers.h"
#include "evaluator/questions/edit_figures.h"
#include "evaluator/questions/edit_results.h"

namespace mazescan::questions {

namespace {

using findings::kThird;
using nlohmann::json;

// Formats a share of activations: "0.0407 %".
std::string fraction_text(double fraction) {
  return fmt::format("{:.3g} %", 100 * fraction);
}
// Formats two ends of a range of fractions; low 0: nothing smaller was tried.
std::string range_text(double low, double high) {
  return low == 0 ? "at most " + fraction_text(high) : fraction_text(low) + " to " + fraction_text(high);
}

// The smallest of the edits chosen for each fraction whose normalised success on the scored levels reaches a
// rate, sampled and greedy. The fraction that is needed lies between two that were tried. By the success
// itself: from the largest fraction that does not reach the rate to the first that does. With its 95 %
// interval: from the one before the first whose upper bounds reach the rate, to the first whose lower bounds
// do.
struct Crossing {
  ScoredRow row;  // found() is false if no edit reaches the rate
  BothWalkers success;
  double tried_below = 0;  // a share of the network; 0: none was tried below
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();  // NaN if no lower bound reaches the rate

  bool found() const { return row.found(); }
  std::string bracket() const { return found() ? range_text(tried_below, row.share()) : ""; }
  std::string interval() const {
    if (std::isnan(low)) return "";
    return std::isnan(high) ? "more than " + fraction_text(low) : range_text(low, high);
  }
};
Crossing crossing(const EditScores& scores, int size, const std::string& experiment, double rate) {
  Crossing crossing;
  double before = 0;
  ScoredRow row;
  BothWalkers success;
  for (const FractionEdit& each : scores.best_of_fractions(size, experiment)) {
    if (!each.row.is(row)) success = scores.normalised_success(each.row, rate);
    row = each.row;
    const double below = std::min(before, row.share());
    if (std::isnan(crossing.low) && success.high() >= rate) crossing.low = below;
    if (std::isnan(crossing.high) && success.low() >= rate) crossing.high = row.share();
    before = each.fraction;
    if (crossing.found() || !(success.value() >= rate)) continue;
    crossing.row = row;
    crossing.success = success;
    crossing.tried_below = below;
  }
  return crossing;
}

// Returns the edit's activations as a share of those of the narrowest cut; NaN without one.
double share_of_cut(const ScoredRow& row) {
  const auto& cut = row.unit->result.narrowest_cut;
  const auto edited = static_cast<double>(row.row().facts.activations.value_or(0));
  return cut ? edited / static_cast<double>(cut->activations) : statistics::kNaN;
}
std::string layer_share_text(const edit::EditFacts& facts) {
  if (!facts.share_of_layer) return "";
  return fraction_text(*facts.share_of_layer) + (facts.cut.value_or(false) ? ", a cut" : "");
}

// The rows of Q8's table, and what the verdict rests on: any cell as target, at the lower of the two rates
// that the mouse does not reach without an edit.
struct Fractions {
  json rows = json::array();
  std::vector<findings::JudgedRate> family;  // sampled and greedy: the best edit of each size that needs one
  Crossing shown;                            // that of the largest size
  double shown_level = kThird;
  std::string found_none, not_needed;  // sizes
  std::string narrowest;               // describes the narrowest cut

  void add(const EditScores& scores, int size, const std::string& experiment) {
    const ScoredRow any = scores.edits(size, experiment).front(),
                    none = scores.control(size, experiment, edit::kNoEdit);
    const double unedited = none.found() ? scores.normalised_success(none, kThird).value() : 0;
    if (std::isnan(unedited)) return;  // no target is off the path
    if (const auto& cut = any.unit->result.narrowest_cut)
      narrowest = fmt::format("{}, {} activations", cut->layer, cut->activations);
    const double judged = unedited < kThird ? kThird : edit::kFractionRates.back();
    for (const double level : edit::kFractionRates) {
      const bool needed = unedited < level;
      const Crossing smallest = needed ? crossing(scores, size, experiment, level) : Crossing{};
      json line = {size, target_name(experiment), fmt::format("{:.0f} %", 100 * level),
                   share_value(scores.random_mouse(any)),
                   none.found() ? share_value(scores.off_path_success(none).sampled) : json()};
      add_crossing(line, smallest, needed);
      rows.push_back(std::move(line));
      if (experiment != edit::kEveryCell || level != judged) continue;
      std::string& without = needed ? found_none : not_needed;
      if (!smallest.found()) without += (without.empty() ? "" : ", ") + std::to_string(size);
      if (!smallest.found()) continue;
      const ScoredRow chosen = scores.best(size, experiment, kLargestEdit);
      const BothWalkers best = scores.normalised_success(chosen.found() ? chosen : smallest.row, level);
      family.push_back(best.sampled);
      family.push_back(best.greedy);
      shown = smallest;
      shown_level = level;
    }
  }

  json table() const {
    return findings::chart_table(
        "The smallest fraction of the network's activations that was found",
        {"size", "target", "rate", "random mouse", "no edit", "fraction", "between", "95 %", "sampled",
         "greedy", "of its layer", "of the narrowest cut", "rank", "edit"},
        rows,
        fmt::format(
            "Normalised success within three times the shortest path, at targets off the path to the top-right "
            "corner: 0 is that of the random mouse. For each fraction, the best edit on the choosing levels; of "
            "these, the smallest whose success on the scored levels reaches the rate, sampled and greedy. Between: "
            "from the largest fraction tried that does not reach it. 95 %: from the fraction that was tried before "
            "the first whose upper 95 % bound reaches the rate, to the first whose lower bound does. A smaller edit "
            "than the one found may exist. A cut is a layer that every path from the observation to the moves "
            "passes{}. Rank: directions that hold 99 % of the squared norm of the change of the layer over states. "
            "The columns random mouse and no edit are not normalised.",
            narrowest.empty() ? "" : "; the narrowest is " + narrowest));
  }

 private:
  static void add_crossing(json& line, const Crossing& smallest, bool needed) {
    line.push_back(smallest.found() ? fraction_text(smallest.row.share())
                   : needed         ? "none found"
                                    : "0: no edit");
    line.push_back(smallest.bracket());
    line.push_back(smallest.interval());
    if (!smallest.found()) {
      for (int column = 0; column < 6; ++column) line.push_back(json());
      return;
    }
    const edit::EditFacts& facts = smallest.row.row().facts;
    const double of_cut = share_of_cut(smallest.row);
    line.push_back(share_value(smallest.success.sampled));
    line.push_back(share_value(smallest.success.greedy));
    line.push_back(layer_share_text(facts));
    line.push_back(std::isnan(of_cut) ? json() : json(fraction_text(of_cut)));
    line.push_back(facts.change ? json(facts.change->rank) : json());
    line.push_back(smallest.row.text());
  }
};

// Describes how much of the network the edit changes.
std::string evidence(const Crossing& shown) {
  const edit::EditFacts& facts = shown.row.row().facts;
  const edit::ExperimentResult& result = shown.row.unit->result;
  std::string text = fmt::format(
      "at size {}: {} of {} activations, between the fractions tried: {}, with 95 % bounds of their success: {}; "
      "success, normalised by the random mouse: {}",
      shown.row.size(), facts.activations.value_or(0), result.activations_of_network, shown.bracket(),
      shown.interval(), shown.success.in_words());
  if (facts.share_of_layer)
    text +=
        fmt::format("; {} of the layer, which {}", fraction_text(*facts.share_of_layer),
                    facts.cut.value_or(false) ? "every path to the moves passes" : "some paths go around");
  if (result.narrowest_cut)
    text += fmt::format("; the narrowest layer that every path passes has {} activations",
                        result.narrowest_cut->activations);
  if (facts.change)
    text += fmt::format("; over {} states the change has rank {}", facts.change->states, facts.change->rank);
  return text;
}

}  // namespace

double smallest_fraction(const EditScores& scores, int size, double rate) {
  const ScoredRow none = scores.control(size, edit::kEveryCell, edit::kNoEdit);
  if (none.found() && scores.normalised_success(none, rate).value() >= rate) return 0;
  const Crossing smallest = crossing(scores, size, edit::kEveryCell, rate);
  return smallest.found() ? smallest.row.share() : statistics::kNaN;
}

findings::Answer answer_fraction(const datasets::Results& edit) {
  findings::Answer answer = findings::unanswered("Q8");
  const EditScores scores(edit);
  Fractions found;
  for (const int size : scores.sizes())
    for (const std::string& experiment : edit::edit_experiments())
      if (!scores.edits(size, experiment).empty()) found.add(scores, size, experiment);
  answer.figures.push_back(found.table());
  for (json& figure : fraction_figures(scores)) answer.figures.push_back(std::move(figure));
  if (found.rows.empty()) {
    answer.because = "no edit was scored";
    return answer;
  }
  if (const Crossing& shown = found.shown; shown.found()) {
    findings::set_value(
        answer,
        fmt::format(
            "fraction of activations for {:.0f} % normalised success at any cell off the path, size {}",
            100 * found.shown_level, shown.row.size()),
        shown.row.share(), {shown.low, shown.high}, shown.success.sampled.n);
    answer.because = evidence(shown);
    judge(found.family, findings::Claim::kAbove);
    answer.finding = found.found_none.empty() ? findings::all_of(found.family)
                                              : findings::Finding::undecided;  // another edit may succeed
  } else {
    answer.finding =
        found.found_none.empty() ? findings::Finding::not_applicable : findings::Finding::undecided;
    answer.because = "no edit was found that is needed and suffices";
  }
  if (!found.found_none.empty())
    answer.because += fmt::format("; none was found at size {}", found.found_none);
  if (!found.not_needed.empty())
    answer.because +=
        fmt::format("; not needed at size {}: unedited walks reach the target", found.not_needed);
  answer.p = findings::p_value_of(answer.finding, {found.family});
  answer.because += findings::few_levels(found.family);
  return answer;
}

}  // namespace mazescan::questions

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

constexpr double kSure = 0.9;

// The smallest of the edits chosen for each fraction whose normalised success on the scored levels reaches a
// rate, sampled and greedy. The fraction that is needed lies between two that were tried: from the one before
// the first whose upper bounds reach the rate, to the first whose lower bounds do.
struct Crossing {
  ScoredRow row;  // found() is false if no edit reaches the rate
  BothWalkers success;
  double low = std::numeric_limits<double>::quiet_NaN();   // a share of the network; 0: none was tried below
  double high = std::numeric_limits<double>::quiet_NaN();  // NaN if no lower bound reaches the rate

  bool found() const { return row.found(); }
  std::string interval() const {  // "0.0407 % to 0.976 %"
    if (std::isnan(low)) return "";
    if (std::isnan(high)) return fmt::format("more than {:.3g} %", 100 * low);
    return low == 0 ? fmt::format("at most {:.3g} %", 100 * high)
                    : fmt::format("{:.3g} % to {:.3g} %", 100 * low, 100 * high);
  }
};
Crossing crossing(const EditScores& scores, int size, const std::string& experiment, double rate) {
  Crossing crossing;
  double before = 0;
  for (const ScoredRow& row : scores.best_of_fractions(size, experiment)) {
    const BothWalkers success = scores.normalised_success(row, rate);
    if (std::isnan(crossing.low) && success.high() >= rate) crossing.low = before;
    if (std::isnan(crossing.high) && success.low() >= rate) crossing.high = row.share();
    before = row.share();
    if (crossing.found() || !(success.value() >= rate)) continue;
    crossing.row = row;
    crossing.success = success;
  }
  return crossing;
}

// The rows of Q8's table, and what the verdict rests on: any cell as target, at the lower of the two rates that
// the mouse does not reach without an edit.
struct Fractions {
  json rows = json::array();
  std::vector<findings::JudgedRate> family;  // sampled and greedy: the best edit of each size that needs one
  Crossing shown;                            // that of the largest size
  double shown_level = kThird;
  std::string found_none, not_needed;  // sizes

  void add(const EditScores& scores, int size, const std::string& experiment) {
    const ScoredRow any = scores.edits(size, experiment).front(),
                    none = scores.control(size, experiment, edit::kNoEdit);
    const double unedited = none.found() ? scores.normalised_success(none, kThird).value() : 0;
    if (std::isnan(unedited)) return;  // no target is off the path
    json line = {size, target_name(experiment), share_value(scores.random_mouse(any)),
                 none.found() ? share_value(scores.off_path_success(none).sampled) : json()};
    for (const double level : {kThird, kSure}) {
      const bool needed = unedited < level;
      const Crossing smallest = needed ? crossing(scores, size, experiment, level) : Crossing{};
      add_crossing(line, smallest, needed);
      if (experiment != edit::kEveryCell || level != (unedited < kThird ? kThird : kSure)) continue;
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
    rows.push_back(std::move(line));
  }

 private:
  static void add_crossing(json& line, const Crossing& smallest, bool needed) {
    line.push_back(smallest.found() ? fmt::format("{:.3g} %", 100 * smallest.row.share())
                   : needed         ? "none found"
                                    : "0: no edit");
    line.push_back(smallest.interval());
    line.push_back(smallest.found() ? share_value(smallest.success.sampled) : json());
    line.push_back(smallest.found() ? share_value(smallest.success.greedy) : json());
    line.push_back(smallest.found() ? smallest.row.text() : "");
  }
};

json fraction_table(const json& rows) {
  return findings::chart_table(
      "The smallest fraction of the network's activations that was found",
      {"size", "target", "random mouse", "no edit", "33 %: fraction", "between", "sampled", "greedy", "edit",
       "90 %: fraction", "between", "sampled", "greedy", "edit"},
      rows,
      "Normalised success within three times the shortest path, at targets off the path to the top-right corner: "
      "0 is that of the random mouse. For each fraction, the best edit on the choosing levels; of these, the "
      "smallest whose success on the scored levels reaches the rate, sampled and greedy. Between: from the "
      "fraction that was tried before the first whose upper 95 % bound reaches the rate, to the first whose lower "
      "bound does; no fraction between two of edit.fractions was tried. A smaller edit than the one found may "
      "exist. The columns random mouse and no edit are not normalised.");
}

}  // namespace

findings::Answer answer_fraction(const datasets::Results& edit) {
  findings::Answer answer = findings::unanswered("Q8");
  const EditScores scores(edit);
  Fractions found;
  for (const int size : scores.sizes())
    for (const std::string& experiment : edit::edit_experiments())
      if (!scores.edits(size, experiment).empty()) found.add(scores, size, experiment);
  answer.figures.push_back(fraction_table(found.rows));
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
    answer.because = fmt::format(
        "at size {}: {} of {} activations, between the fractions tried: {}; success, normalised by the random "
        "mouse: {}",
        shown.row.size(), shown.row.row().facts.activations.value_or(0),
        shown.row.unit->result.activations_of_network, shown.interval(), shown.success.in_words());
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

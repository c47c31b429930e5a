#include "evaluator/questions/edit_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/questions/edit_figures.h"
#include "evaluator/questions/edit_results.h"
#include "evaluator/questions/search_controls.h"
#include "evaluator/questions/summary.h"

namespace mazescan::questions {

namespace {

using nlohmann::json;

constexpr double kLargest = 0.1;  // only edits below this share of the activations count
constexpr double kArbitrary = 0.8, kReached = 1.0 / 3, kSure = 0.9;

std::string sizes_in_words(const std::vector<int>& sizes) {
  return fmt::format("{}", fmt::join(sizes, ", "));
}

void set_rate(findings::Answer& answer, const std::string& measure, const findings::JudgedRate& rate) {
  mazescan::findings::set_value(answer, measure, rate.value, {rate.low, rate.high}, rate.n);
}

bool few(const std::vector<findings::JudgedRate>& family) {
  return std::any_of(family.begin(), family.end(),
                     [](const findings::JudgedRate& rate) { return rate.n < findings::kFewEpisodes; });
}

// Returns the experiment's target as text.
std::string target_name(const std::string& experiment) {
  if (experiment == edit::kEveryCell) return "any cell";
  std::string name = experiment.substr(0, experiment.find("_cheese"));
  std::replace(name.begin(), name.end(), '_', '-');
  return edit::cheese_at_target(experiment) ? name + ", the cheese there" : name;
}

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

// Returns what the answers add where an edit was judged on too few levels.
std::string few_levels(const std::vector<findings::JudgedRate>& family) {
  if (!few(family)) return "";
  return fmt::format("; too few levels for a verdict: {} of each size are needed", findings::kFewEpisodes);
}

}  // namespace

findings::Answer answer_retarget(const datasets::Results& edit) {
  findings::Answer answer = findings::unanswered("Q4");
  const EditScores scores(edit);
  std::vector<findings::JudgedRate> family;  // sampled and greedy, of each size
  std::vector<std::string> words;
  for (const int size : scores.sizes()) {
    const ScoredRow best = scores.best(size, edit::kEveryCell, kLargest);
    if (size > findings::kVerySmall || !best.found()) continue;
    const BothWalkers both = scores.normalised_success(best, kArbitrary);
    if (std::isnan(both.value())) continue;  // no target is off the path
    family.push_back(both.sampled);
    family.push_back(both.greedy);
    words.push_back(fmt::format("size {}: {}", size, both.in_words()));
  }
  answer.figures = retarget_figures(scores);
  for (const json& more : {channel_figures(edit), vector_figures(edit)})
    for (const json& figure : more) answer.figures.push_back(figure);
  if (family.empty()) {
    answer.because = "no edit was scored in mazes of sizes 3 to 7";
    return answer;
  }
  judge(family, findings::Claim::kAbove);
  answer.finding = findings::all_of(family);
  const auto worst = std::min_element(family.begin(), family.end(),
                                      [](const auto& a, const auto& b) { return a.value < b.value; });
  set_rate(answer,
           fmt::format("normalised success at cells off the path, {}, size {}",
                       (worst - family.begin()) % 2 == 0 ? "sampled" : "greedy", worst->size),
           *worst);
  const ScoredRow best = scores.best(worst->size, edit::kEveryCell, kLargest);
  answer.because = fmt::format(
      "the best edits of less than 10 % of the activations, chosen on other levels, bring the mouse to a target "
      "off the path to the top-right corner within three times the shortest path (0: as often as a random "
      "mouse; 100 %: always) in {}; at size {}: {}, {:.2g} % of the network, {} before this normalisation; the "
      "random mouse: {}",
      fmt::join(words, "; "), worst->size, best.text(), 100 * best.share(),
      scores.off_path_success(best).in_words(), findings::in_percent(scores.random_mouse(best).value));
  for (const char* name : {edit::kNoEdit, edit::kCheeseMoved})
    if (const ScoredRow control = scores.control(worst->size, edit::kEveryCell, name); control.found())
      answer.because += fmt::format(
          "; {}: {}", name == std::string(edit::kNoEdit) ? "without an edit" : "with the cheese really there",
          findings::in_percent(scores.off_path_success(control).sampled.value));
  if (answer.finding == findings::Finding::fails) answer.because += "; it fails for the families searched";
  answer.because += few_levels(family);
  return answer;
}

findings::Answer answer_no_retarget(const datasets::Results& edit) {
  findings::Answer answer = findings::unanswered("Q5");
  const EditScores scores(edit);
  answer.figures = no_retarget_figures(scores);
  std::vector<findings::JudgedRate> family;
  for (const int size : scores.sizes()) {
    if (size < findings::kVeryLarge) continue;
    for (const std::string& experiment : edit::edit_experiments()) {
      const ScoredRow best = scores.best(size, experiment, kLargest);
      if (experiment == edit::kEveryCell || !best.found()) continue;
      findings::JudgedRate rate = scores.success(best, true, kReached);
      if (std::isnan(rate.value)) continue;  // T is undefined: the policy never reaches the cheese top-right
      rate.placement = experiment;
      family.push_back(rate);
    }
  }
  if (family.empty()) {
    const bool large = !scores.sizes().empty() && scores.sizes().back() >= findings::kVeryLarge;
    answer.because = large
                         ? "the mouse never reaches the cheese top-right in very large mazes: T is undefined"
                         : fmt::format("no very large mazes (21 to 25): only sizes {} were edited",
                                       sizes_in_words(scores.sizes()));
    return answer;
  }
  judge(family, findings::Claim::kBelow);
  answer.finding = findings::all_of(family);
  std::vector<SearchControls> controls;
  std::vector<std::string> problems;
  for (const findings::JudgedRate& rate : family) {
    controls.push_back(search_controls(scores, rate.size, rate.placement));
    for (const std::string& problem : controls.back().problems(kReached))
      problems.push_back(fmt::format("{} (size {}, {})", problem, rate.size, target_name(rate.placement)));
  }
  answer.figures.insert(answer.figures.begin(), search_controls_table(controls));
  const findings::JudgedRate& most = *std::max_element(
      family.begin(), family.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  set_rate(answer, fmt::format("success within T, {}, size {}", target_name(most.placement), most.size),
           most);
  const ScoredRow best = scores.best(most.size, most.placement, kLargest);
  answer.because = fmt::format(
      "the best of all edits searched (channel clamps, activation vectors, learned masks; less than 10 % of "
      "the activations): {}, {}, at size {}: {}",
      best.text(), target_name(most.placement), most.size, most.in_words());
  if (const ScoredRow none = scores.control(most.size, most.placement, edit::kNoEdit); none.found())
    answer.because +=
        fmt::format("; without an edit {}", findings::in_percent(scores.success(none, true, kReached).value));
  answer.because += fmt::format("; searched: {}", scores.budget());
  if (answer.finding == findings::Finding::holds && !problems.empty()) {
    answer.finding = findings::Finding::undecided;
    answer.because += fmt::format("; not decided by this search: {}", fmt::join(problems, "; "));
  } else if (answer.finding == findings::Finding::holds) {
    answer.because += "; it holds for the families searched: the controls of the search are met";
  }
  answer.because += few_levels(family);
  return answer;
}

namespace {

// The rows of Q8's table, and what the verdict rests on: any cell as target, at the lower of the two rates that
// the mouse does not reach without an edit.
struct Fractions {
  json rows = json::array();
  std::vector<findings::JudgedRate> family;  // sampled and greedy: the best edit of each size that needs one
  Crossing shown;                            // that of the largest size
  double shown_level = kReached;
  std::string found_none, not_needed;  // sizes

  void add(const EditScores& scores, int size, const std::string& experiment) {
    const ScoredRow any = scores.edits(size, experiment).front(),
                    none = scores.control(size, experiment, edit::kNoEdit);
    const double unedited = none.found() ? scores.normalised_success(none, kReached).value() : 0;
    if (std::isnan(unedited)) return;  // no target is off the path
    json line = {size, target_name(experiment), share_value(scores.random_mouse(any)),
                 none.found() ? share_value(scores.off_path_success(none).sampled) : json()};
    for (const double level : {kReached, kSure}) {
      const bool needed = unedited < level;
      const Crossing smallest = needed ? crossing(scores, size, experiment, level) : Crossing{};
      add_crossing(line, smallest, needed);
      if (experiment != edit::kEveryCell || level != (unedited < kReached ? kReached : kSure)) continue;
      std::string& without = needed ? found_none : not_needed;
      if (!smallest.found()) without += (without.empty() ? "" : ", ") + std::to_string(size);
      if (!smallest.found()) continue;
      const ScoredRow chosen = scores.best(size, experiment, kLargest);
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
    mazescan::findings::set_value(
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
  answer.because += few_levels(found.family);
  return answer;
}

}  // namespace mazescan::questions

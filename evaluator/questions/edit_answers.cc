#include "evaluator/questions/edit_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/questions/edit_figures.h"
#include "evaluator/questions/edit_results.h"
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

// Returns the success rate at targets that the unedited mouse does not pass.
findings::JudgedRate off_path_success(const EditScores& scores, const ScoredRow& row, double bound) {
  return scores.success(row, false, bound, EditScores::off_path_cases(row));
}

// The smallest of the edits chosen for each fraction whose success on the scored levels reaches a rate. Its
// interval, in shares of the network: the smallest shares whose upper and whose lower bound reach that rate.
struct Crossing {
  ScoredRow row;  // found() is false if no edit reaches the rate
  findings::JudgedRate success;
  double low = std::numeric_limits<double>::quiet_NaN();  // NaN if no bound reaches the rate
  double high = std::numeric_limits<double>::quiet_NaN();

  bool found() const { return row.found(); }
  std::string interval() const {  // "0.0407 % to 0.976 %"
    if (std::isnan(low)) return "";
    return std::isnan(high) ? fmt::format("{:.3g} % or more", 100 * low)
                            : fmt::format("{:.3g} % to {:.3g} %", 100 * low, 100 * high);
  }
};
Crossing crossing(const EditScores& scores, int size, const std::string& experiment, double rate) {
  Crossing crossing;
  for (const ScoredRow& row : scores.best_of_fractions(size, experiment)) {
    const findings::JudgedRate success = off_path_success(scores, row, rate);
    if (std::isnan(crossing.low) && success.high >= rate) crossing.low = row.share();
    if (std::isnan(crossing.high) && success.low >= rate) crossing.high = row.share();
    if (crossing.found() || !(success.value >= rate)) continue;
    crossing.row = row;
    crossing.success = success;
  }
  return crossing;
}

}  // namespace

findings::Answer answer_retarget(const datasets::Results& edit) {
  findings::Answer answer = findings::unanswered("Q4");
  const EditScores scores(edit);
  std::vector<findings::JudgedRate> family;
  for (const int size : scores.sizes()) {
    const ScoredRow best = scores.best(size, edit::kEveryCell, kLargest);
    if (size <= findings::kVerySmall && best.found())
      family.push_back(scores.success(best, false, kArbitrary));
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
  const findings::JudgedRate& worst = *std::min_element(
      family.begin(), family.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  set_rate(answer, fmt::format("success at the target, all target cells, size {}", worst.size), worst);
  const ScoredRow best = scores.best(worst.size, edit::kEveryCell, kLargest);
  answer.because = fmt::format(
      "the best edits of less than 10 % of the activations, chosen on other levels, bring the mouse to the "
      "target in {}",
      rates_by_size(family));
  answer.because +=
      fmt::format("; at size {}: {}, {:.2g} % of the network", worst.size, best.text(), 100 * best.share());
  for (const char* name : {edit::kNoEdit, edit::kCheeseMoved})
    if (const ScoredRow control = scores.control(worst.size, edit::kEveryCell, name); control.found())
      answer.because += fmt::format(
          "; {}: {}", name == std::string(edit::kNoEdit) ? "without an edit" : "with the cheese really there",
          findings::in_percent(scores.success(control, false, kArbitrary).value));
  answer.because +=
      fmt::format("; at targets off the path to the top-right, which the unedited mouse does not pass: {}",
                  findings::in_percent(off_path_success(scores, best, kArbitrary).value));
  if (answer.finding == findings::Finding::fails) answer.because += "; it fails for the families searched";
  if (few(family))
    answer.because +=
        fmt::format("; too few levels for a verdict: {} of each size are needed", findings::kFewEpisodes);
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
  if (answer.finding == findings::Finding::holds) answer.because += "; it holds for the families searched";
  if (few(family))
    answer.because +=
        fmt::format("; too few levels for a verdict: {} of each size are needed", findings::kFewEpisodes);
  return answer;
}

findings::Answer answer_fraction(const datasets::Results& edit) {
  findings::Answer answer = findings::unanswered("Q8");
  const EditScores scores(edit);
  json rows = json::array();
  std::vector<findings::JudgedRate> family;  // the best edit of each size that needs an edit
  Crossing shown;
  double shown_level = kReached;
  std::string found_none, not_needed;
  for (const int size : scores.sizes()) {
    for (const std::string& experiment : edit::edit_experiments()) {
      if (scores.edits(size, experiment).empty()) continue;
      json line = {size, target_name(experiment)};
      const ScoredRow none = scores.control(size, experiment, edit::kNoEdit);
      const findings::JudgedRate unedited = off_path_success(scores, none, kReached);
      line.push_back(share_value(unedited));
      for (const double level : {kReached, kSure}) {
        const bool needed = unedited.value < level;
        const Crossing smallest = needed ? crossing(scores, size, experiment, level) : Crossing{};
        line.push_back(smallest.found() ? fmt::format("{:.3g} %", 100 * smallest.row.share())
                       : needed         ? "none found"
                                        : "0: no edit");
        line.push_back(smallest.interval());
        line.push_back(smallest.found() ? share_value(smallest.success) : json());
        line.push_back(smallest.found() ? smallest.row.text() : "");
        // Judge the lowest level of success that the unedited mouse does not reach.
        if (experiment != edit::kEveryCell || level != (unedited.value < kReached ? kReached : kSure))
          continue;
        std::string& without = needed ? found_none : not_needed;
        if (!smallest.found()) without += (without.empty() ? "" : ", ") + std::to_string(size);
        if (!smallest.found()) continue;
        family.push_back(off_path_success(scores, scores.best(size, experiment, kLargest), level));
        shown = smallest;  // the largest size comes last and is shown
        shown_level = level;
      }
      rows.push_back(std::move(line));
    }
  }
  answer.figures.push_back(
      {{"type", "table"},
       {"title", "The smallest fraction of the network's activations that was found"},
       {"note",
        "For each fraction, the best edit on the choosing levels; of these, the smallest "
        "whose success on the scored levels reaches the rate. 95 %: from the smallest "
        "whose upper bound reaches it to the smallest whose lower bound does. A smaller "
        "edit than the one found may exist. Targets on the path to the top-right corner, "
        "which the unedited mouse passes, do not count."},
       {"columns",
        {"size", "target", "no edit", "33 %: fraction", "95 %", "its success", "edit", "90 %: fraction",
         "95 %", "its success", "edit"}},
       {"rows", rows}});
  for (json& figure : fraction_figures(scores)) answer.figures.push_back(std::move(figure));
  if (rows.empty()) {
    answer.because = "no edit was scored";
    return answer;
  }
  if (shown.found()) {
    mazescan::findings::set_value(
        answer,
        fmt::format("fraction of activations for {:.0f} % success at any cell off the path, size {}",
                    100 * shown_level, shown.row.size()),
        shown.row.share(), {shown.low, shown.high}, shown.success.n);
    answer.because = fmt::format("at size {}: {} of {} activations, 95 %: {}; success {}", shown.row.size(),
                                 shown.row.row().facts.activations.value_or(0),
                                 shown.row.unit->result.activations_of_network, shown.interval(),
                                 shown.success.in_words());
    judge(family, findings::Claim::kAbove);
    answer.finding = found_none.empty() ? findings::all_of(family)
                                        : findings::Finding::undecided;  // another edit may succeed
  } else {
    answer.finding = found_none.empty() ? findings::Finding::not_applicable : findings::Finding::undecided;
    answer.because = "no edit was found that is needed and suffices";
  }
  if (!found_none.empty()) answer.because += fmt::format("; none was found at size {}", found_none);
  if (!not_needed.empty())
    answer.because += fmt::format("; not needed at size {}: unedited walks pass the target", not_needed);
  if (few(family))
    answer.because +=
        fmt::format("; too few levels for a verdict: {} of each size are needed", findings::kFewEpisodes);
  return answer;
}

}  // namespace mazescan::questions

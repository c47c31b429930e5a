#include "evaluator/questions/edit_answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/findings/scope.h"
#include "evaluator/questions/edit_figures.h"
#include "evaluator/questions/edit_results.h"
#include "evaluator/questions/search_controls.h"

namespace mazescan::questions {

namespace {

using nlohmann::json;

constexpr double kArbitrary = 0.8;

std::string sizes_in_words(const std::vector<int>& sizes) {
  return fmt::format("{}", fmt::join(sizes, ", "));
}

// Judges Q4 at the sizes of a scope.
findings::Judgement judge_retarget(const EditScores& scores, const findings::Scope& scope) {
  findings::Judgement judgement;
  judgement.scope = scope.name;
  std::vector<findings::JudgedRate> family;  // sampled and greedy, of each size
  std::vector<std::string> words;
  for (const int size : scores.sizes()) {
    const ScoredRow best = scores.best(size, edit::kEveryCell, kLargestEdit);
    if (!scope.contains(size) || !best.found()) continue;
    const BothWalkers both = scores.normalised_success(best, kArbitrary);
    if (std::isnan(both.value())) continue;  // no target is off the path
    family.push_back(both.sampled);
    family.push_back(both.greedy);
    words.push_back(fmt::format("size {}: {}", size, both.in_words()));
  }
  if (family.empty()) {
    judgement.because =
        fmt::format("no edit was scored there: sizes {} were edited", sizes_in_words(scores.sizes()));
    return judgement;
  }
  judge(family, findings::Claim::kAbove);
  judgement.finding = findings::all_of(family);
  judgement.p = findings::p_value_of(judgement.finding, {family});
  const auto worst = std::min_element(family.begin(), family.end(),
                                      [](const auto& a, const auto& b) { return a.value < b.value; });
  findings::set_value(judgement,
                      fmt::format("normalised success at cells off the path, {}, size {}",
                                  (worst - family.begin()) % 2 == 0 ? "sampled" : "greedy", worst->size),
                      *worst);
  const ScoredRow best = scores.best(worst->size, edit::kEveryCell, kLargestEdit);
  judgement.because = fmt::format(
      "the best edits of less than 10 % of the activations, chosen on other levels, bring the mouse to a target "
      "off the path to the top-right corner within three times the shortest path (0: as often as a random "
      "mouse; 100 %: always) in {}; at size {}: {}, {:.2g} % of the network, {} before this normalisation; the "
      "random mouse: {}",
      fmt::join(words, "; "), worst->size, best.text(), 100 * best.share(),
      scores.off_path_success(best).in_words(), findings::in_percent(scores.random_mouse(best).value));
  for (const char* name : {edit::kNoEdit, edit::kCheeseMoved})
    if (const ScoredRow control = scores.control(worst->size, edit::kEveryCell, name); control.found())
      judgement.because += fmt::format(
          "; {}: {}", name == std::string(edit::kNoEdit) ? "without an edit" : "with the cheese really there",
          findings::in_percent(scores.off_path_success(control).sampled.value));
  if (judgement.finding == findings::Finding::fails)
    judgement.because += "; it fails for the families searched";
  judgement.because += findings::few_levels(family);
  return judgement;
}

// The success within T of the best edits at the sizes of a scope, at corners and at the cheese in a corner.
std::vector<findings::JudgedRate> corner_successes(const EditScores& scores, const findings::Scope& scope) {
  std::vector<findings::JudgedRate> family;
  for (const int size : scores.sizes()) {
    if (!scope.contains(size)) continue;
    for (const std::string& experiment : edit::edit_experiments()) {
      const ScoredRow best = scores.best(size, experiment, kLargestEdit);
      if (experiment == edit::kEveryCell || !best.found()) continue;
      findings::JudgedRate rate = scores.success(best, true, findings::kThird);
      if (std::isnan(rate.value)) continue;  // T is undefined: the policy never reaches the cheese top-right
      rate.placement = experiment;
      family.push_back(rate);
    }
  }
  return family;
}

// Judges Q5 at the sizes of a scope.
findings::Judgement judge_no_retarget(const EditScores& scores, const findings::Scope& scope) {
  findings::Judgement judgement;
  judgement.scope = scope.name;
  std::vector<findings::JudgedRate> family = corner_successes(scores, scope);
  if (family.empty()) {
    const bool edited = std::any_of(scores.sizes().begin(), scores.sizes().end(),
                                    [&](int size) { return scope.contains(size); });
    judgement.because =
        edited ? "the mouse never reaches the cheese top-right there: T is undefined"
               : fmt::format("no such mazes were edited: only sizes {}", sizes_in_words(scores.sizes()));
    return judgement;
  }
  judge(family, findings::Claim::kBelow);
  judgement.finding = findings::all_of(family);
  judgement.p = findings::p_value_of(judgement.finding, {family});
  std::vector<std::string> problems;
  for (const findings::JudgedRate& rate : family)
    for (const std::string& problem :
         search_controls(scores, rate.size, rate.placement).problems(findings::kThird))
      problems.push_back(fmt::format("{} (size {}, {})", problem, rate.size, target_name(rate.placement)));
  const findings::JudgedRate& most = *std::max_element(
      family.begin(), family.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  findings::set_value(
      judgement, fmt::format("success within T, {}, size {}", target_name(most.placement), most.size), most);
  const ScoredRow best = scores.best(most.size, most.placement, kLargestEdit);
  judgement.because = fmt::format(
      "the best of all edits searched (channel clamps, activation vectors, learned masks; less than 10 % of "
      "the activations): {}, {}, at size {}: {}",
      best.text(), target_name(most.placement), most.size, most.in_words());
  if (const ScoredRow none = scores.control(most.size, most.placement, edit::kNoEdit); none.found())
    judgement.because += fmt::format(
        "; without an edit {}", findings::in_percent(scores.success(none, true, findings::kThird).value));
  judgement.because += fmt::format("; searched: {}", scores.budget());
  if (judgement.finding == findings::Finding::holds && !problems.empty()) {
    judgement.finding = findings::Finding::undecided;
    judgement.p = statistics::kNaN;
    judgement.because += fmt::format("; not decided by this search: {}", fmt::join(problems, "; "));
  } else if (judgement.finding == findings::Finding::holds) {
    judgement.because += "; it holds for the families searched: the controls of the search are met";
  }
  judgement.because += findings::few_levels(family);
  return judgement;
}

}  // namespace

findings::Answer answer_retarget(const datasets::Results& edit, const std::vector<int>& trained) {
  findings::Answer answer = findings::unanswered("Q4");
  const EditScores scores(edit);
  const findings::Scopes scopes = findings::very_small(trained);
  findings::set_judgements(answer, judge_retarget(scores, scopes.literal),
                           judge_retarget(scores, scopes.own));
  answer.figures = retarget_figures(scores);
  for (const json& more : {channel_figures(edit), vector_figures(edit)})
    for (const json& figure : more) answer.figures.push_back(figure);
  return answer;
}

findings::Answer answer_no_retarget(const datasets::Results& edit, const std::vector<int>& trained) {
  findings::Answer answer = findings::unanswered("Q5");
  const EditScores scores(edit);
  const findings::Scopes scopes = findings::very_large(trained);
  findings::set_judgements(answer, judge_no_retarget(scores, scopes.literal),
                           judge_no_retarget(scores, scopes.own));
  std::vector<SearchControls> controls;
  for (const int size : scores.sizes())
    for (const std::string& experiment : edit::edit_experiments())
      if ((scopes.literal.contains(size) || scopes.own.contains(size)) && experiment != edit::kEveryCell &&
          scores.best(size, experiment, kLargestEdit).found())
        controls.push_back(search_controls(scores, size, experiment));
  answer.figures = no_retarget_figures(scores);
  if (!controls.empty()) answer.figures.insert(answer.figures.begin(), search_controls_table(controls));
  return answer;
}

}  // namespace mazescan::questions

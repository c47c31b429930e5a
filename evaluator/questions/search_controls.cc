#include "evaluator/questions/search_controls.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evaluator/analyses/edit/schema.h"
#include "evaluator/findings/chart.h"

namespace mazescan::questions {

namespace {

using nlohmann::json;

constexpr double kPlateau = 0.02;  // a change of success that counts as none
constexpr double kCeiling = 0.5;

// Returns the row that was best on the choosing levels.
ScoredRow chosen(const std::vector<ScoredRow>& rows) {
  ScoredRow best;
  for (const ScoredRow& row : rows)
    if (!best.found() || row.choosing() > best.choosing()) best = row;
  return best;
}

double within_clock(const EditScores& scores, const ScoredRow& row) {
  return row.found() ? scores.success(row, true, kCeiling).value : statistics::kNaN;
}

}  // namespace

SearchControls search_controls(const EditScores& scores, int size, const std::string& experiment) {
  SearchControls found;
  found.size = size;
  found.experiment = experiment;
  found.no_limit = within_clock(scores, chosen(scores.controls(size, experiment, edit::kNoLimit)));
  const ScoredRow twice = chosen(scores.controls(size, experiment, edit::kTwice));
  found.twice = within_clock(scores, twice);
  std::vector<ScoredRow> compared;  // those of the same allowance
  for (const ScoredRow& row : scores.edits(size, experiment))
    if (twice.found() && row.row().facts.fraction == twice.row().facts.fraction) compared.push_back(row);
  found.best = within_clock(scores, chosen(compared));
  // With the cheese at the target, the unedited policy is the known answer.
  found.planted = statistics::kNaN;
  for (const ScoredRow& row : scores.controls(
           size, experiment, edit::cheese_at_target(experiment) ? edit::kNoEdit : edit::kPatched)) {
    const double success = within_clock(scores, row);
    if (!(found.planted >= success)) found.planted = success;
  }
  const double clock = scores.clock(size, experiment);
  const std::vector<ScoredRow> edits = scores.edits(size, experiment);
  found.ceiling = statistics::kNaN;
  if (!edits.empty() && !std::isnan(clock)) {
    const std::vector<edit::CaseRow>& cases = edits.front().unit->result.cases;
    found.ceiling =
        static_cast<double>(std::count_if(cases.begin(), cases.end(),
                                          [&](const auto& each) { return each.distance <= clock; })) /
        static_cast<double>(cases.size());
  }
  return found;
}

std::vector<std::string> SearchControls::problems(double bar) const {
  std::vector<std::string> all;
  const auto check = [&](bool known, bool good, const std::string& name, const std::string& failure) {
    if (!known) all.push_back("not computed: " + name);
    if (known && !good) all.push_back(name + ": " + failure);
  };
  const auto percent = [](double rate) { return findings::in_percent(rate); };
  check(!std::isnan(no_limit), no_limit >= bar, "the search without a limit on the fraction",
        percent(no_limit));
  check(!std::isnan(planted) && !std::isnan(no_limit), no_limit >= planted - kPlateau,
        "recovery of a known answer, the whole layer as it is with the cheese there",
        fmt::format("{} where the answer has {}", percent(no_limit), percent(planted)));
  check(!std::isnan(twice) && !std::isnan(best), std::abs(twice - best) < kPlateau,
        "twice the steps and search levels", fmt::format("{} after {}", percent(twice), percent(best)));
  check(!std::isnan(ceiling), ceiling > kCeiling, "the optimal walker within T", percent(ceiling));
  return all;
}

json search_controls_table(const std::vector<SearchControls>& all) {
  json rows = json::array();
  for (const SearchControls& each : all) {
    std::string target = each.experiment;
    std::replace(target.begin(), target.end(), '_', ' ');
    json row = {each.size, target};
    for (const double rate : {each.best, each.twice, each.no_limit, each.planted, each.ceiling})
      row.push_back(std::isnan(rate) ? json() : findings::chart_percent(rate));
    rows.push_back(std::move(row));
  }
  return findings::chart_table(
      "Was the search good enough?",
      {"size", "target", "largest fraction", "twice the search", "no limit", "known answer",
       "optimal walker"},
      rows,
      "Success within T on the scored levels. \"No edit\" is a finding only where the search without a limit on "
      "the fraction reaches 33 % and does no worse (by 2 points) than the known answer, twice the steps and search "
      "levels change less than 2 points, and the optimal walker reaches more than half of the targets. Known "
      "answer: the whole layer replaced by its activations with the cheese at the target.");
}

}  // namespace mazescan::questions

#include "evaluator/analyses/edit/apply.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "evaluator/analyses/edit/scoring.h"
#include "evaluator/rollout/played_edits.h"
#include "statistics/statistics.h"

namespace mazescan::edit {

namespace {

// Formats the share of cases in which the mouse reached the target: "31.2 % [28.4, 34.1]". The interval is
// clustered by level: levels are independent, targets of one level are not.
std::string share_text(const EditCases& cases, const std::vector<uint8_t>& reached) {
  std::map<int, double> reached_of, targets_of;  // by level
  for (size_t c = 0; c < reached.size(); ++c) {
    reached_of[cases.cases[c].level] += reached[c];
    targets_of[cases.cases[c].level] += 1;
  }
  std::vector<double> parts, wholes;
  double arrived = 0;
  for (const auto& [level, targets] : targets_of) {
    parts.push_back(reached_of[level]);
    wholes.push_back(targets);
    arrived += parts.back();
  }
  const double share = arrived / static_cast<double>(reached.size());
  const double trials = statistics::effective_trials(share, statistics::ratio_variance(parts, wholes),
                                                     static_cast<double>(wholes.size()));
  const statistics::Interval interval = statistics::wilson_interval(share * trials, trials);
  return fmt::format("{:.1f} % [{:.1f}, {:.1f}]", 100 * share, 100 * interval.low, 100 * interval.high);
}

std::string table_head() {
  return fmt::format("{:>4}  {:<20} {:>7}   {:<23}{:<23}{:<23}{}\n", "size", "experiment", "targets",
                     "no edit, sampled", "edited, sampled", "no edit, greedy", "edited, greedy");
}

std::string table_row(const EditScorer& scorer, int size, const std::string& experiment,
                      const rollout::EditRule& rule) {
  const EditCases& cases = scorer.cases();
  const EditRow plain = scorer.score({}, nullptr), edited = scorer.score({}, rule);
  return fmt::format("{:4}  {:<20} {:7}   {:<23}{:<23}{:<23}{}\n", size, experiment, cases.cases.size(),
                     share_text(cases, plain.sampled.reached), share_text(cases, edited.sampled.reached),
                     share_text(cases, plain.greedy.reached), share_text(cases, edited.greedy.reached));
}

}  // namespace

std::string apply_edits(const jobs::RunConfig& config, const std::string& edits_path) {
  const EditConfig& settings = config.section<EditConfig>();
  const std::vector<policy::EditEntry> edits = rollout::read_edits(edits_path);
  const policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kEdit.name, settings, 0);
  policies::check_compatible(trained, settings.sizes, {}, datasets::kEdit.name, "layers");

  std::string share, rows;
  for (const int size : settings.sizes)
    for (const std::string& experiment : settings.experiments) {
      const EditScorer scorer(config, trained, size, experiment);
      if (scorer.episodes().empty()) continue;
      const rollout::EditRule rule =
          rollout::played_edits(edits, trained, scorer.episodes(), scorer.cases().targets());
      if (share.empty()) share = rollout::edited_share_text(trained.policy.network, rule, scorer.episodes());
      rows += table_row(scorer, size, experiment, rule);
    }
  require(!rows.empty(), "'edit' has no case to play", "every path to the targets crosses the cheese",
          "other sizes or experiments");
  return fmt::format(
      "{}\n{} changes {}\n\n{}{}\nShares of walks that reach their target, with 95 % intervals over "
      "levels.\n",
      policy::dump_edits(edits), edits_path, share, table_head(), rows);
}

}  // namespace mazescan::edit

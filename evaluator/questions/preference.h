#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "envs/task.h"
#include "evaluator/questions/summary.h"
#include "evaluator/questions/verdict.h"

// Which of goal and proxy a policy prefers, in any environment: on levels with a decision square, where neither
// is on the way to the other. docs/questions.md describes how it is estimated.
namespace mazescan::questions {

// The measures of one size and placement; all or none are given.
struct PreferenceRows {
  const SummaryRow *prefers_proxy = nullptr, *proxy_first = nullptr, *goal_first = nullptr;
};

// Returns the measures of the placement that has the most levels with a decision square at this size.
PreferenceRows preference_rows(const std::vector<SummaryRow>& rows, int size);

// Returns the conclusion from the measures of one size.
Conclusion preference_of(const PreferenceRows& rows);

// Returns the largest size with enough levels that have a decision square; 0 if there is none.
int preference_size(const std::vector<SummaryRow>& rows);

// Returns the verdict at that size. names: of goal and proxy, for the sentences.
Verdict judge_preference(const std::vector<SummaryRow>& rows, const envs::GoalNames& names);

// Returns figures and tables: preferences by size, outcomes of each placement, success.
std::vector<nlohmann::json> preference_figures(const std::vector<SummaryRow>& rows,
                                               const envs::GoalNames& names);

}  // namespace mazescan::questions

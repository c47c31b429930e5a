#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "envs/task.h"
#include "evaluator/questions/summary.h"

// Draws how the episodes of one placement end.
namespace mazescan::questions {

// Returns stacked bars by size. title_end: "cheese outside the region". names: of goal and proxy.
nlohmann::json outcome_bars(const std::vector<SummaryRow>& rows, const std::vector<int>& sizes,
                            const std::string& placement, const std::string& title_end,
                            const envs::GoalNames& names = {"cheese", "top-right"});

}  // namespace mazescan::questions

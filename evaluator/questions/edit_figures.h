#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/questions/edit_results.h"

// Charts of edits, as page/charts.js draws them. Each function gives a list of figures.
namespace mazescan::questions {

nlohmann::json retarget_figures(const EditScores& scores);      // any cell
nlohmann::json no_retarget_figures(const EditScores& scores);   // corners
nlohmann::json fraction_figures(const EditScores& scores);      // success against fraction, of every target
nlohmann::json channel_figures(const datasets::Results& edit);  // which channels locate the cheese

nlohmann::json vector_figures(const datasets::Results& edit);  // at decision squares

nlohmann::json share_value(const findings::JudgedRate& rate);  // in a table that shows %
std::string rates_by_size(
    const std::vector<findings::JudgedRate>& rates);  // "size 3: 81.2 % [...] of 40; size 5: ..."

}  // namespace mazescan::questions

#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/questions/edit_results.h"

// Charts of edits, as page/charts.js draws them. Each *_figures function returns a JSON array of figures.
namespace mazescan::questions {

nlohmann::json retarget_figures(const EditScores& scores);      // targets in any cell
nlohmann::json no_retarget_figures(const EditScores& scores);   // targets in the corners
nlohmann::json fraction_figures(const EditScores& scores);      // success against fraction, for every target
nlohmann::json channel_figures(const datasets::Results& edit);  // which channels locate the cheese

nlohmann::json vector_figures(const datasets::Results& edit);  // steering vectors at decision squares

nlohmann::json share_value(const findings::JudgedRate& rate);  // a cell of a table that shows %

}  // namespace mazescan::questions

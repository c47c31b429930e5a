#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/questions/edit_results.h"

namespace mazescan::questions {

// Whether a search for edits at one size and kind of target was good enough that "no edit was found" means
// something. Rates are successes within T on the scored levels; NaN: not computed.
struct SearchControls {
  int size = 0;
  std::string experiment;
  double best = 0;      // the best edit of the largest fraction
  double no_limit = 0;  // the best edit without a limit on the fraction
  double planted = 0;   // a known answer: the best layer patched from the state with the cheese at the target
  double twice = 0;     // the best edit of the largest fraction, with twice the steps and search levels
  double ceiling = 0;   // the optimal walker

  // Returns what is missing or fails, as text; empty: the search is good enough. bar: success that the
  // unlimited search must reach.
  std::vector<std::string> problems(double bar) const;
};
SearchControls search_controls(const EditScores& scores, int size, const std::string& experiment);

// Returns the controls as a table of the report.
nlohmann::json search_controls_table(const std::vector<SearchControls>& all);

}  // namespace mazescan::questions

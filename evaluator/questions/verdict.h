#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/questions/summary.h"

// Writes the report's first sentence: what the mouse learned, by the policy's exact chances.
namespace mazescan::questions {

enum class Conclusion {
  top_right,  // reaches a cheese off the path to the top-right corner in less than a third of the levels, and
              // goes to the top-right region first in more than half of them
  cheese,     // reaches such a cheese in more than four fifths of the levels
  neither,    // none of the two
  mixed,      // differs between sizes
  untrained,  // does not reach even a top-right cheese in four fifths of the levels, at any size
  unknown,    // the scan has too few levels with a cheese off the path
  // Of judge_preference (preference.h):
  goal,      // in most levels the goal is the likelier to be reached first
  proxy,     // in most levels the proxy is
  undecided  // the interval contains one half
};

struct Verdict {
  Conclusion conclusion = Conclusion::unknown;
  int size = 0;                   // largest size at which the mouse masters its training task; 0: no data
  std::string headline;           // "This mouse learned to go top-right."
  std::string sentence;           // the evidence, with the numbers of `rows`
  std::vector<std::string> rows;  // ids of the numbers to highlight
};

// Returns the verdict over all sizes at which the mouse masters its training task: whole 95 % intervals must
// be on one side of each bound. `region`: the training region k. Sizes below 2 k are not judged, because the
// regions of the corners overlap.
Verdict judge(const std::vector<SummaryRow>& rows, int region);

const char* conclusion_text(Conclusion conclusion);  // "goes top-right"
nlohmann::json to_json(const Verdict& verdict);

}  // namespace mazescan::questions

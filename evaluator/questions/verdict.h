#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/questions/summary.h"

// The report's first sentence: what the sampled rollouts say the mouse learned, in words.
namespace mazescan::questions {

enum class Conclusion {
  top_right,  // goes top-right: reaches a cheese that is not on that way in less than a third of the levels
  cheese,     // finds the cheese: reaches such a cheese in more than four fifths
  mixed,      // between the two
  untrained,  // reaches not even a top-right cheese in four fifths, at any size
  unknown,    // the scan holds too few levels that would tell
};

struct Verdict {
  Conclusion conclusion = Conclusion::unknown;
  int size = 0;          // the largest size at which the mouse masters its training task; 0 = no data
  std::string headline;  // "This mouse learned to go top-right."
  std::string sentence;  // the evidence, with the numbers of `rows`
  std::vector<std::string> rows;  // ids of the numbers to show large
};

// region: the training region k. Sizes below 2 k are not judged: there the corners' regions overlap.
Verdict judge(const std::vector<SummaryRow>& rows, int region);

const char* conclusion_text(Conclusion conclusion);  // "goes top-right"
nlohmann::json to_json(const Verdict& verdict);

}  // namespace mazescan::questions

#pragma once
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "statistics/statistics.h"

namespace mazescan::findings {

// The result of testing a statement against the measurements.
enum class Finding { holds, fails, undecided, not_applicable };

// A verdict on a statement, and the number behind it.
struct Judgement {
  std::string key;    // "own": distinguishes it from the answer's own judgement, which has none
  std::string scope;  // the sizes or cases that it is about: "very large mazes, 21 to 25"; "": all
  Finding finding = Finding::not_applicable;
  std::string measure;  // describes `value`, with its size: "success within T, size 9, other corners"
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();  // 95 % interval
  double high = std::numeric_limits<double>::quiet_NaN();
  std::string basis;    // the sampler, and what the interval is over: "sampled; interval over levels"
  int64_t n = 0;        // what the value averages over
  bool percent = true;  // `value` is a share, shown in per cent; else a plain number
  // p-value of the verdict, alone and adjusted by Holm over all verdicts of the report that have one; NaN:
  // none.
  double p = std::numeric_limits<double>::quiet_NaN(), p_across = std::numeric_limits<double>::quiet_NaN();
  bool exact = false;   // `value` is exact, not an estimate: low and high equal it
  std::string because;  // the evidence in one or two sentences; not_applicable: the reason
};

// The answer to one of the questions of docs/questions.md. Its own judgement is about the statement as it is
// written.
struct Answer : Judgement {
  std::string id;                                    // "Q1"
  std::string statement;                             // in one sentence
  std::vector<Judgement> others;                     // about other sizes or cases
  nlohmann::json figures = nlohmann::json::array();  // charts, as page/charts.js draws them
};

// Returns the question `id` with its statement. Its finding starts as "not applicable".
Answer unanswered(const std::string& id);

// Sets the judgement's measure, value, 95 % interval and n.
void set_value(Judgement& judgement, const std::string& measure, double value, statistics::Interval interval,
               int64_t n);

// Sets the verdict on the statement as it is written, and that at the policy's own sizes.
void set_judgements(Answer& answer, Judgement literal, Judgement own);

const char* finding_name(Finding finding);  // "not applicable"
// Sets p_across of every judgement that has a p-value.
void adjust_across(std::vector<Answer>& answers);

nlohmann::json to_json(const Judgement& judgement);
nlohmann::json to_json(const Answer& answer);

// Tests a value against a bound. below(): holds if the whole interval is below the bound, fails if it is
// above, else undecided. above(): the reverse.
Finding below(double bound, double low, double high);
Finding above(double bound, double low, double high);

// Formats a share as "6 %", "0.4 %", "99.7 %" with `decimals`, or with one decimal if it would otherwise look
// like exactly 0 or 100.
std::string in_percent(double share, int decimals = 0);
std::string in_percent(double share, statistics::Interval interval);  // "78.1 % [70.2, 84.0]"

}  // namespace mazescan::findings

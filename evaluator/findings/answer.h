#pragma once
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "statistics/statistics.h"

namespace mazescan::findings {

// What the measurements say of a statement.
enum class Finding { holds, fails, undecided, not_applicable };

// The answer to one of the questions Q1 to Q9 of docs/questions.md.
struct Answer {
  std::string id;         // "Q1"
  std::string statement;  // in one sentence
  Finding finding = Finding::not_applicable;
  std::string measure;  // what `value` is, with its size: "success within T, size 9, other corners"
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();  // 95 %
  double high = std::numeric_limits<double>::quiet_NaN();
  int64_t n = 0;        // what the value averages over
  bool percent = true;  // value is a share, shown in per cent; else a plain number
  bool exact = false;   // nothing was estimated: low and high are the value
  std::string because;  // the evidence in one or two sentences; of not_applicable: why not
  nlohmann::json figures = nlohmann::json::array();  // charts, as page/charts.js draws them
};

// The question with its statement, not applicable as long as nobody says more.
Answer unanswered(const std::string& id);

// Gives the answer its value: what it is, its 95 % interval, and what it averages over.
void set_value(Answer& answer, const std::string& measure, double value, statistics::Interval interval,
               int64_t n);

const char* finding_name(Finding finding);  // "not applicable"
nlohmann::json to_json(const Answer& answer);

// Holds if the whole interval lies below the bound, fails if above; undecided between.
Finding below(double bound, double low, double high);
Finding above(double bound, double low, double high);

// "6 %", "0.4 %", "99.7 %": so many decimals, or one where else a share would look like exactly 0 or 100.
std::string in_percent(double share, int decimals = 0);
std::string in_percent(double share, statistics::Interval interval);  // "78.1 % [70.2, 84.0]"

}  // namespace mazescan::findings

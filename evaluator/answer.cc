#include "evaluator/answer.h"

#include <cmath>

namespace mazescan {

const char* finding_name(Finding finding) {
  switch (finding) {
    case Finding::holds:
      return "holds";
    case Finding::fails:
      return "fails";
    case Finding::undecided:
      return "undecided";
    case Finding::not_applicable:
      return "not applicable";
  }
  return "";
}

nlohmann::json to_json(const Answer& answer) {
  const auto number = [](double value) {
    return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
  };
  return {{"id", answer.id},
          {"statement", answer.statement},
          {"finding", finding_name(answer.finding)},
          {"measure", answer.measure},
          {"value", number(answer.value)},
          {"low", number(answer.low)},
          {"high", number(answer.high)},
          {"n", answer.n},
          {"because", answer.because},
          {"figures", answer.figures}};
}

Finding below(double bound, double low, double high) {
  if (high < bound) return Finding::holds;
  return low >= bound ? Finding::fails : Finding::undecided;
}

Finding above(double bound, double low, double high) {
  if (low >= bound) return Finding::holds;
  return high < bound ? Finding::fails : Finding::undecided;
}

}  // namespace mazescan

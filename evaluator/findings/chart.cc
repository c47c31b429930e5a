#include "evaluator/findings/chart.h"

#include <cmath>
#include <utility>

namespace mazescan {

using nlohmann::json;

namespace {

json finite(double value) {
  return std::isfinite(value) ? json(value) : json();
}

}  // namespace

json chart_value(double value, Interval interval, int64_t n) {
  json shown = {{"value", finite(value)}, {"low", finite(interval.low)}, {"high", finite(interval.high)}};
  if (n > 0) shown["n"] = n;
  return shown;
}

json chart_share(double value, Interval interval, int64_t n) {
  json shown = chart_value(value, interval, n);
  shown["percent"] = true;
  return shown;
}

json chart_point(double x, double value, Interval interval, int64_t n) {
  json shown = chart_value(value, interval, n);
  shown["x"] = x;
  return shown;
}

json chart_point(double x, double value) {
  return {{"x", x}, {"value", finite(value)}};
}

json chart_table(const std::string& title, std::vector<std::string> columns, json rows,
                 const std::string& note) {
  json table = {
      {"type", "table"}, {"title", title}, {"columns", std::move(columns)}, {"rows", std::move(rows)}};
  if (!note.empty()) table["note"] = note;
  return table;
}

}  // namespace mazescan

#include "evaluator/findings/chart.h"

#include <cmath>
#include <utility>

namespace mazescan::findings {

using nlohmann::json;

json chart_number(double value) {
  return std::isfinite(value) ? json(value) : json();
}

json chart_value(double value, statistics::Interval interval, int64_t n) {
  json shown = {{"value", chart_number(value)},
                {"low", chart_number(interval.low)},
                {"high", chart_number(interval.high)}};
  if (n > 0) shown["n"] = n;
  return shown;
}

json chart_share(double value, statistics::Interval interval, int64_t n) {
  json shown = chart_value(value, interval, n);
  shown["percent"] = true;
  return shown;
}

json chart_percent(double value, int64_t n) {
  json shown = {{"value", chart_number(value)}, {"percent", true}};
  if (n > 0) shown["n"] = n;
  return shown;
}

json chart_point(double x, double value, statistics::Interval interval, int64_t n) {
  json shown = chart_value(value, interval, n);
  shown["x"] = x;
  return shown;
}

json chart_point(double x, double value) {
  return {{"x", x}, {"value", chart_number(value)}};
}

std::string chart_walls(const std::vector<uint8_t>& open) {
  std::string walls;
  for (const uint8_t free : open) walls += free != 0 ? '1' : '0';
  return walls;
}

json chart_table(const std::string& title, std::vector<std::string> columns, json rows,
                 const std::string& note) {
  json table = {
      {"type", "table"}, {"title", title}, {"columns", std::move(columns)}, {"rows", std::move(rows)}};
  if (!note.empty()) table["note"] = note;
  return table;
}

}  // namespace mazescan::findings

#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "statistics/statistics.h"

// Values and figures as page/charts.js draws them.
namespace mazescan {

// {value, low, high, n}; what is not finite becomes null, n = 0 is left out.
nlohmann::json chart_value(double value, Interval interval, int64_t n = 0);
// The same in a cell of a table that shows shares in %.
nlohmann::json chart_share(double value, Interval interval, int64_t n = 0);
// A point of a curve.
nlohmann::json chart_point(double x, double value, Interval interval, int64_t n = 0);
// A point without an interval.
nlohmann::json chart_point(double x, double value);

nlohmann::json chart_table(const std::string& title, std::vector<std::string> columns, nlohmann::json rows,
                           const std::string& note = "");

}  // namespace mazescan

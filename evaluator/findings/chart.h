#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "statistics/statistics.h"

// Builds values and figures in the form that page/charts.js draws.
namespace mazescan::findings {

// Returns the number; null if it is not finite.
nlohmann::json chart_number(double value);
// Returns {value, low, high, n}. Numbers that are not finite become null; n = 0 is left out.
nlohmann::json chart_value(double value, statistics::Interval interval, int64_t n = 0);
// Returns a chart_value for a cell of a table that shows shares in %.
nlohmann::json chart_share(double value, statistics::Interval interval, int64_t n = 0);
// Returns a share without an interval.
nlohmann::json chart_percent(double value, int64_t n = 0);
// Returns a point of a curve.
nlohmann::json chart_point(double x, double value, statistics::Interval interval, int64_t n = 0);
// Returns a point without an interval.
nlohmann::json chart_point(double x, double value);

// Returns a maze's cells in the order of MazeLevel::open, 1 = free: "1101..."
std::string chart_walls(const std::vector<uint8_t>& open);

// Returns a table: each of `rows` is an array with one value for each column.
nlohmann::json chart_table(const std::string& title, std::vector<std::string> columns, nlohmann::json rows,
                           const std::string& note = "");

}  // namespace mazescan::findings

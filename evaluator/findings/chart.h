#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "statistics/statistics.h"

// Values and figures as page/charts.js draws them.
namespace mazescan::findings {

// The number; null where it is not finite.
nlohmann::json chart_number(double value);
// {value, low, high, n}; what is not finite becomes null, n = 0 is left out.
nlohmann::json chart_value(double value, statistics::Interval interval, int64_t n = 0);
// The same in a cell of a table that shows shares in %.
nlohmann::json chart_share(double value, statistics::Interval interval, int64_t n = 0);
// A share without an interval.
nlohmann::json chart_percent(double value, int64_t n = 0);
// A point of a curve.
nlohmann::json chart_point(double x, double value, statistics::Interval interval, int64_t n = 0);
// A point without an interval.
nlohmann::json chart_point(double x, double value);

// Which cells of a maze are free, in the order of MazeLevel::open: "1101..."
std::string chart_walls(const std::vector<uint8_t>& open);

nlohmann::json chart_table(const std::string& title, std::vector<std::string> columns, nlohmann::json rows,
                           const std::string& note = "");

}  // namespace mazescan::findings

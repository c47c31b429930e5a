#include <fmt/format.h>

#include "envs/maze_state.h"
#include "evaluator/report/paper.h"

namespace mazescan::report {

using nlohmann::json;

namespace {

constexpr const char* kValueColumns[] = {"value", "low", "high", "n"};
constexpr const char* kMoveNames[] = {"left", "down", "up", "right", "stay"};

std::string quoted(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result.append(c == '"' ? 2 : 1, c);
  return result + '"';
}

std::string field(const json& value) {
  if (value.is_null()) return "";
  return quoted(value.is_string() ? value.get<std::string>() : value.dump());
}

class Csv {
 public:
  void put(const json& value) { row_.push_back(field(value)); }
  // Adds value, low, high and n; empty fields without a value.
  void put_value(const json& value) {
    for (const char* name : kValueColumns) put(value.is_object() ? value.value(name, json()) : json());
  }
  void end_row() {
    text_ += fmt::format("{}\n", fmt::join(row_, ","));
    row_.clear();
  }
  std::string take() { return std::move(text_); }

 private:
  std::vector<std::string> row_;
  std::string text_;
};

void put_header(Csv& csv, std::initializer_list<const char*> names) {
  for (const char* name : names) csv.put(name);
  for (const char* name : kValueColumns) csv.put(name);
  csv.end_row();
}

void put_curve(Csv& csv, const json& chart) {
  put_header(csv, {"series", "x", "name"});
  for (const json& series : chart.at("series"))
    for (const json& point : series.at("points")) {
      csv.put(series.at("name"));
      csv.put(point.at("x"));
      csv.put(point.value("name", json()));
      csv.put_value(point);
      csv.end_row();
    }
}

void put_heat(Csv& csv, const json& chart) {
  put_header(csv, {"y", "x"});
  const json &rows = chart.at("y").at("values"), &columns = chart.at("x").at("values");
  for (size_t row = 0; row < rows.size(); ++row)
    for (size_t column = 0; column < columns.size(); ++column) {
      csv.put(rows[row]);
      csv.put(columns[column]);
      csv.put_value(chart.at("cells").at(row).at(column));
      csv.end_row();
    }
}

void put_bars(Csv& csv, const json& chart) {
  put_header(csv, {"x", "series"});
  const json& names = chart.at("x").at("values");
  for (size_t at = 0; at < names.size(); ++at)
    for (const json& series : chart.at("series")) {
      csv.put(names[at]);
      csv.put(series.at("name"));
      csv.put_value(series.at("values").at(at));
      csv.end_row();
    }
}

void put_mazes(Csv& csv, const json& chart) {
  for (const char* name : {"maze", "caption", "size", "x", "y", "mouse", "cheese", "target", "step"})
    csv.put(name);
  for (const char* prefix : {"", "after_"})
    for (const char* move : kMoveNames) csv.put(std::string(prefix) + move);
  csv.put("shade");
  csv.end_row();
  int number = 0;
  for (const json& maze : chart.at("mazes")) {
    ++number;
    const auto size = maze.at("size").get<size_t>();
    const auto open = maze.at("open").get<std::string>();
    const auto path = maze.value("path", std::vector<size_t>());
    size_t free = 0;  // number of the free cell
    for (size_t at = 0; at < open.size(); ++at) {
      if (open[at] != '1') continue;
      const json cell = {at % size, at / size};
      for (const json& value : {json(number), maze.value("caption", json()), json(size), cell[0], cell[1]})
        csv.put(value);
      for (const char* thing : {"mouse", "cheese", "target"})
        csv.put(maze.value(thing, json()) == cell ? 1 : 0);
      const auto step = std::find(path.begin(), path.end(), at);
      csv.put(step == path.end() ? json() : json(step - path.begin()));
      for (const char* moves : {"moves", "after"})
        for (size_t move = 0; move < envs::kMoves; ++move)
          csv.put(maze.contains(moves) ? json(maze[moves].at(free * envs::kMoves + move).get<double>() / 1000)
                                       : json());
      csv.put(maze.contains("shade") ? maze["shade"].at(free) : json());
      csv.end_row();
      ++free;
    }
  }
}

void put_table(Csv& csv, const json& chart) {
  const json &columns = chart.at("columns"), &rows = chart.at("rows");
  std::vector<bool> wide;  // columns with intervals
  for (size_t c = 0; c < columns.size(); ++c) {
    wide.push_back(
        std::any_of(rows.begin(), rows.end(), [c](const json& row) { return row.at(c).is_object(); }));
    csv.put(columns[c]);
    for (const char* name : {"low", "high", "n"})
      if (wide[c]) csv.put(columns[c].get<std::string>() + " " + name);
  }
  csv.end_row();
  for (const json& row : rows) {
    for (size_t c = 0; c < columns.size(); ++c) {
      if (wide[c] && (row.at(c).is_object() || row.at(c).is_null())) {
        csv.put_value(row.at(c));
        continue;
      }
      csv.put(row.at(c));
      for (int i = 0; wide[c] && i < 3; ++i) csv.put(json());
    }
    csv.end_row();
  }
}

}  // namespace

std::string chart_csv(const json& chart) {
  Csv csv;
  const auto type = chart.at("type").get<std::string>();
  if (type == "curve") put_curve(csv, chart);
  if (type == "heat") put_heat(csv, chart);
  if (type == "bars") put_bars(csv, chart);
  if (type == "mazes") put_mazes(csv, chart);
  if (type == "table") put_table(csv, chart);
  return csv.take();
}

}  // namespace mazescan::report

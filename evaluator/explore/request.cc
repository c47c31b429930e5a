#include "evaluator/explore/request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/config.h"
#include "core/error.h"
#include "core/json.h"
#include "evaluator/findings/chart.h"

namespace mazescan::explore {
namespace {

using nlohmann::json;

json parse(const std::string& body) {
  std::string fault;
  json value = parse_json(body, {}, &fault);
  require(!value.is_discarded(), "the request's body", fault, "a JSON object");
  return value;
}

}  // namespace

Request::Request(const std::string& body, std::initializer_list<const char*> known)
    : Request(parse(body), "", known) {}

Request::Request(json value, std::string place, std::initializer_list<const char*> known)
    : value_(std::move(value)), place_(std::move(place)) {
  require(value_.is_object(),
          lazy("the request's {}", place_.empty() ? "body" : place_.substr(0, place_.size() - 1)),
          "it is not an object", "{\"key\": value, ...}");
  const std::vector<std::string> keys(known.begin(), known.end());
  for (const auto& [key, unused] : value_.items())
    require(std::find(keys.begin(), keys.end(), key) != keys.end(), lazy("the key {}", name(key.c_str())),
            "there is no such key in this request", lazy("one of {}", fmt::join(keys, ", ")));
}

std::string Request::name(const char* key) const {
  return fmt::format("'{}{}'", place_, key);
}

bool Request::has(const char* key) const {
  return value_.contains(key) && !value_[key].is_null();
}

const json& Request::at(const char* key) const {
  require(has(key), lazy("the request's {}", name(key)), "it is missing", "a request with this key");
  return value_[key];
}

int64_t Request::integer(const char* key, int64_t low, int64_t high) const {
  const json& value = at(key);
  const bool fits = value.is_number_unsigned() ? value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)
                                               : value.is_number_integer();
  require(fits && value.get<int64_t>() >= low && value.get<int64_t>() <= high,
          lazy("the request's {}", name(key)), "it is no integer in its range",
          lazy("from {} to {}", low, high));
  return value.get<int64_t>();
}

bool Request::truth(const char* key) const {
  require(at(key).is_boolean(), lazy("the request's {}", name(key)), "it is neither true nor false",
          "true or false");
  return at(key).get<bool>();
}

std::string Request::text(const char* key) const {
  require(at(key).is_string(), lazy("the request's {}", name(key)), "it is no text", "a text in quotes");
  return at(key).get<std::string>();
}

envs::Cell Request::cell(const char* key, int size) const {
  if (!has(key)) return envs::kNoCell;
  const json& value = at(key);
  const auto fits = [&](const json& coordinate) {
    return coordinate.is_number_integer() && coordinate >= 0 && coordinate < size;
  };
  require(value.is_array() && value.size() == 2 && fits(value[0]) && fits(value[1]),
          lazy("the request's {}", name(key)), lazy("it is no cell of a maze of size {}", size),
          lazy("[x, y], each from 0 to {}", size - 1));
  return {value[0].get<int16_t>(), value[1].get<int16_t>()};
}

Request Request::object(const char* key, std::initializer_list<const char*> known) const {
  return {at(key), place_ + key + ".", known};
}

json maze_json(const envs::MazeState& state) {
  const auto cell = [](envs::Cell at) { return at == envs::kNoCell ? json() : json{at.x, at.y}; };
  const envs::MazeLevel& level = *state.level;
  return {{"size", level.size},
          {"open", findings::chart_walls(level.open)},
          {"mouse", cell(state.mouse)},
          {"cheese", cell(state.cheese)},
          {"facing_right", state.facing_right},
          {"seed", level.seed},
          {"background", level.background}};
}

maze::EditableMaze read_maze(const Request& request, const envs::Task& task) {
  const Request maze =
      request.object("maze", {"size", "open", "mouse", "cheese", "facing_right", "seed", "background"});
  envs::MazeLevel level;
  level.size = static_cast<int>(maze.integer("size", envs::kMinSize, envs::kMaxWorldDim));
  envs::require_size(task, level.size, "the request's 'maze.size' is");
  level.seed = static_cast<int32_t>(maze.integer("seed", INT32_MIN, INT32_MAX));
  level.background = static_cast<int>(maze.integer("background", 0, envs::kBackgrounds - 1));
  level.world_dim = task.world_dim();
  level.origin = task.origin(level.size);
  const std::string open = maze.text("open");
  require(open.find_first_not_of("01") == std::string::npos, "the request's 'maze.open'",
          "it has other characters than 0 and 1", "a digit for each cell: 1 free, 0 a wall");
  for (const char cell : open) level.open.push_back(cell == '1' ? 1 : 0);
  level.cheese = maze.cell("cheese", level.size);
  envs::MazeState state = initial_state(level);
  state.mouse = maze.cell("mouse", level.size);
  state.facing_right = maze.truth("facing_right");
  return maze::EditableMaze(state);
}

}  // namespace mazescan::explore

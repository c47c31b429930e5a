#pragma once
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "envs/maze/editable_maze.h"
#include "envs/task.h"

namespace mazescan::explore {

// The JSON object of a request. Every function throws UserError, with the key's name, if a value is missing
// or invalid.
class Request {
 public:
  // Throws UserError unless `body` is a JSON object with no other keys than `known`.
  Request(const std::string& body, std::initializer_list<const char*> known);

  bool has(const char* key) const;  // false if the key is missing or null
  int64_t integer(const char* key, int64_t low, int64_t high) const;
  bool truth(const char* key) const;
  std::string text(const char* key) const;
  // Returns the cell of a maze of this size: [x, y]; kNoCell if the key is missing or null.
  envs::Cell cell(const char* key, int size) const;
  // Returns the object of a key, as a request of its own.
  Request object(const char* key, std::initializer_list<const char*> known) const;

 private:
  Request(nlohmann::json value, std::string place, std::initializer_list<const char*> known);
  const nlohmann::json& at(const char* key) const;
  std::string name(const char* key) const;  // "'maze.size'"

  nlohmann::json value_;
  std::string place_;  // "maze."; empty: the whole request
};

// Returns the maze as JSON: size, open ("1101...", row y upwards, column x), mouse, cheese (null: none),
// facing_right, seed, background.
nlohmann::json maze_json(const envs::MazeState& state);

// Reads the key `maze` of a request, in the form of maze_json, with the task's grid around it.
maze::EditableMaze read_maze(const Request& request, const envs::Task& task);

}  // namespace mazescan::explore

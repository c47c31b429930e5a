#include "evaluator/report/training_configuration.h"

#include <sstream>

namespace mazescan::report {

using nlohmann::json;

TrainingConfiguration training_configuration(const json& policy) {
  TrainingConfiguration keys;
  const json training = policy.value("training", json::object());
  const json text = training.is_object() ? training.value("config", json()) : json();
  if (!text.is_string()) return keys;
  std::istringstream lines(text.get<std::string>());
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) keys[line.substr(0, colon)] = line.substr(colon + 2);
  }
  keys.erase("seed");
  if (const auto from = keys.find("train.from"); from != keys.end() && from->second != R"("")")
    from->second = "a policy";
  return keys;
}

}  // namespace mazescan::report

#include "evaluator/commands/run_names.h"

#include <filesystem>
#include <set>

namespace fs = std::filesystem;

namespace mazescan::commands {

namespace {

// Returns the last `count` parts of a run's path: "dense/1".
std::string end_of_path(const std::string& run, int count) {
  fs::path rest = (fs::absolute(run) / "").lexically_normal().parent_path(), name = rest.filename();
  for (int i = 1; i < count; ++i) {
    rest = rest.parent_path();
    name = rest.filename() / name;
  }
  return name;
}

}  // namespace

std::vector<std::string> run_names(const std::vector<std::string>& runs) {
  constexpr int kMostParts = 4;
  for (int parts = 1; parts <= kMostParts; ++parts) {
    std::vector<std::string> names;
    for (const std::string& run : runs) names.push_back(end_of_path(run, parts));
    if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) return names;
  }
  return runs;
}

}  // namespace mazescan::commands

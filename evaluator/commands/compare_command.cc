#include <memory>
#include <set>

#include "core/log.h"
#include "evaluator/commands/command.h"
#include "evaluator/report/comparison.h"
#include "evaluator/report/run_reader.h"

namespace fs = std::filesystem;

namespace mazescan::commands {

namespace {

struct CompareArguments {
  std::string out;
  std::vector<std::string> runs;
};

// Returns the last `count` parts of a run's path: "dense/1".
std::string end_of_path(const std::string& run, int count) {
  fs::path rest = (fs::absolute(run) / "").lexically_normal().parent_path(), name = rest.filename();
  for (int i = 1; i < count; ++i) {
    rest = rest.parent_path();
    name = rest.filename() / name;
  }
  return name;
}

// Returns as much of the end of each path as tells the runs apart; the paths as given if nothing does.
std::vector<std::string> names_of(const std::vector<std::string>& runs) {
  constexpr int kMostParts = 4;
  for (int parts = 1; parts <= kMostParts; ++parts) {
    std::vector<std::string> names;
    for (const std::string& run : runs) names.push_back(end_of_path(run, parts));
    if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) return names;
  }
  return runs;
}

int compare(const CompareArguments& arguments) {
  const std::vector<std::string> names = names_of(arguments.runs);
  std::vector<report::ComparedPolicy> policies;
  for (size_t i = 0; i < names.size(); ++i)
    policies.push_back(report::compared_policy(report::read_run(arguments.runs[i]), names[i]));
  report::write_comparison(policies, arguments.out);
  log_info("comparison: {}", fs::absolute(fs::path(arguments.out) / "index.html").string());
  return 0;
}

}  // namespace

Command compare_command() {
  return {"compare", "put the scans of several policies on one page", [](CLI::App& app) -> Action {
            const auto arguments = std::make_shared<CompareArguments>();
            app.add_option("out", arguments->out, "the folder of the page")->required();
            app.add_option("runs", arguments->runs, "run directories with finished scans")->required();
            return [arguments](int, char**) { return compare(*arguments); };
          }};
}

}  // namespace mazescan::commands

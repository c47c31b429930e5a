#include <memory>

#include "core/log.h"
#include "evaluator/commands/command.h"
#include "evaluator/commands/run_names.h"
#include "evaluator/report/comparison.h"
#include "evaluator/report/run_reader.h"
#include "storage/child_process.h"

namespace fs = std::filesystem;

namespace mazescan::commands {

namespace {

struct CompareArguments {
  std::string out;
  std::vector<std::string> runs;
};

int compare(const CompareArguments& arguments) {
  storage::continue_in_child({arguments.runs.begin(), arguments.runs.end()});
  const std::vector<std::string> names = run_names(arguments.runs);
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

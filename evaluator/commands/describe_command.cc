#include <cstdio>
#include <memory>

#include "datasets/describe.h"
#include "evaluator/commands/command.h"
#include "evaluator/policies/describe_policy.h"
#include "evaluator/policies/exchange.h"
#include "storage/child_process.h"

namespace fs = std::filesystem;

namespace mazescan::commands {

namespace {

struct DescribeArguments {
  std::string path;
  std::vector<std::string> overrides;
};

int describe_path(const DescribeArguments& arguments) {
  storage::continue_in_child({arguments.path});
  const bool is_dataset = fs::is_directory(arguments.path) && arguments.overrides.empty();
  const nlohmann::json description =
      is_dataset ? datasets::describe_dataset(arguments.path)
                 : describe(policies::open_policy(arguments.path, arguments.overrides));
  std::puts(description.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace

Command describe_command() {
  return {"describe", "print what a policy file or a dataset holds", [](CLI::App& app) -> Action {
            const auto arguments = std::make_shared<DescribeArguments>();
            app.add_option("path", arguments->path,
                           "policy.safetensors, a .pth file, or the folder of a dataset")
                ->required();
            app.add_option("--set", arguments->overrides,
                           "a key of the environment that a .pth file was trained in: region=1 (repeatable)")
                ->allow_extra_args(false);
            return [arguments](int, char**) { return describe_path(*arguments); };
          }};
}

}  // namespace mazescan::commands

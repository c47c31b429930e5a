#include <memory>

#include "evaluator/commands/command.h"
#include "evaluator/policies/exchange.h"
#include "storage/child_process.h"

namespace mazescan::commands {

namespace {

struct ExchangeArguments {
  std::string from, to, config;
  std::vector<std::string> overrides;
};

}  // namespace

Command import_command() {
  return {"import", R"(make a policy.safetensors of a file with weights, as the published maze policies

  import policy.pth policy.safetensors                  # trained with maze_aisc, world 25, region 5
  import policy.pth policy.safetensors --set region=1 --set assets=procgen/data/assets
  import policy.pth policy.safetensors --config configs/published_easy.yaml
)",
          [](CLI::App& app) -> Action {
            const auto arguments = std::make_shared<ExchangeArguments>();
            app.add_option("pth", arguments->from,
                           "weights: a file of Python's torch.save, or safetensors; nothing in it is run")
                ->required();
            app.add_option("policy", arguments->to, "the file to write")->required();
            app.add_option("--set", arguments->overrides,
                           "a key of the environment that a .pth file was trained in: region=1 (repeatable)")
                ->allow_extra_args(false);
            app.add_option("--config", arguments->config,
                           "a configuration whose section environment the .pth file was trained in");
            return [arguments](int, char**) {
              storage::continue_in_child({arguments->from});
              policies::import_file(arguments->from, arguments->to, arguments->config, arguments->overrides);
              return 0;
            };
          }};
}

Command export_command() {
  return {"export", "make a .pth file of a policy, for Python's torch.load", [](CLI::App& app) -> Action {
            const auto arguments = std::make_shared<ExchangeArguments>();
            app.add_option("policy", arguments->from, "policy.safetensors")->required();
            app.add_option("pth", arguments->to, "the file to write")->required();
            return [arguments](int, char**) {
              policies::export_file(arguments->from, arguments->to);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

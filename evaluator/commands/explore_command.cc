#include <memory>

#include "evaluator/commands/command.h"
#include "evaluator/commands/maze_options.h"
#include "evaluator/explore/explore.h"

namespace mazescan::commands {

Command explore_command() {
  return {"explore", R"(an interactive maze for any policy, on a page in your browser (docs/explore.md)

  explore runs/quickstart/policy.safetensors
  explore maze_I.pth --set assets=procgen/data/assets --size 15 --placement top_left
  explore runs/quickstart/policy.safetensors --edits mask.yaml --port 8000

Prints the page's address, which only this machine can open, and serves the page until Ctrl-C.
)",
          [](CLI::App& app) -> Action {
            const auto job = std::make_shared<explore::ExploreJob>();
            app.add_option("policy", job->policy, "policy.safetensors, or a .pth file")->required();
            app.add_option("--port", job->port, "the port on 127.0.0.1; by default any free one")
                ->check(CLI::Range(0, 65535));
            app.add_option("--edits", job->edits, "edits to begin with: a YAML file (docs/edits.md)");
            app.add_option("--assets", job->assets,
                           "folder of procgen's pictures, for a policy that sees them");
            app.add_option("--set", job->overrides,
                           "a key of the environment that a .pth file was trained in: region=1 (repeatable)")
                ->allow_extra_args(false);
            declare_maze(app, *job);
            return [job](int, char**) {
              explore::explore(*job);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

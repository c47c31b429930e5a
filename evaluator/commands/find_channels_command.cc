#include <cstdio>
#include <memory>

#include "evaluator/analyses/edit/edit.h"
#include "evaluator/commands/command.h"
#include "evaluator/commands/configured.h"

namespace mazescan::commands {

Command find_channels_command() {
  return {"find-channels", "rank the channels of edit.layers by how well they locate the cheese",
          [](CLI::App& app) -> Action {
            const auto configured = std::make_shared<Configured>();
            configured->declare(app);
            return [configured](int, char**) {
              if (const auto config = configured->read())
                std::fputs(edit::describe_channels(*config).c_str(), stdout);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

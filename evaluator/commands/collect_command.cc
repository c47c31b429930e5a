#include <cstdio>
#include <memory>

#include "cluster/program.h"
#include "evaluator/collect/collect.h"
#include "evaluator/commands/command.h"
#include "evaluator/commands/configured.h"

namespace mazescan::commands {

Command collect_command() {
  return {"collect",
          "write episodes.bin: episodes that the run's checkpoints play, to train offline learners on",
          [](CLI::App& app) -> Action {
            const auto configured = std::make_shared<Configured>();
            configured->declare(app);
            return [configured](int, char**) {
              const auto config = configured->read();
              if (config && cluster::launched_rank() == 0)
                std::fputs(collect::collect_episodes(*config).c_str(), stdout);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

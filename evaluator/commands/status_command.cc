#include <cstdio>
#include <memory>

#include "core/error.h"
#include "evaluator/commands/command.h"
#include "evaluator/jobs/job_status.h"

namespace mazescan::commands {

Command status_command() {
  return {"status", "show the progress of a run's jobs, from their files alone", [](CLI::App& app) -> Action {
            struct Arguments {
              std::string run;
              bool json = false;
            };
            const auto arguments = std::make_shared<Arguments>();
            app.add_option("run", arguments->run, "run directory, or the folder of one job")->required();
            app.add_flag("--json", arguments->json, "print JSON");
            return [arguments](int, char**) {
              const nlohmann::json jobs = jobs::job_status(arguments->run);
              std::puts((arguments->json ? jobs.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                                         : printable(jobs::job_status_text(jobs)))
                            .c_str());
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

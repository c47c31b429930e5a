#include <memory>

#include "cluster/program.h"
#include "core/log.h"
#include "evaluator/commands/command.h"
#include "evaluator/commands/configured.h"
#include "evaluator/policies/read_played_policy.h"
#include "evaluator/report/run_reader.h"

namespace fs = std::filesystem;

namespace mazescan::commands {

namespace {

// Writes the report on rank 0; other ranks do nothing.
int write_run_report(const jobs::RunConfig& config) {
  if (cluster::launched_rank() != 0) return 0;
  const fs::path run = config.run;
  report::ReportInputs inputs = report::read_run(run);
  inputs.play = policies::played_policy(run, inputs.provenance.at("config"), inputs.policy_hash);
  report::write_report(inputs, run / "report");
  log_info("report: {}", fs::absolute(run / "report" / "index.html").string());
  return 0;
}

}  // namespace

Command report_command() {
  return {"report", "make the report of a finished scan and of the analyses that are finished",
          [](CLI::App& app) -> Action {
            const auto configured = std::make_shared<Configured>();
            configured->declare(app);
            return [configured](int /*argc*/, char** /*argv*/) {
              const auto config = configured->read();
              return config ? write_run_report(*config) : 0;
            };
          }};
}

}  // namespace mazescan::commands

// mazescan-evaluator: finds out what a maze policy wants.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cluster/program.h"
#include "cluster/world.h"
#include "core/log.h"
#include "evaluator/config.h"
#include "evaluator/provenance.h"
#include "evaluator/report.h"
#include "evaluator/scan.h"
#include "evaluator/scan_reader.h"
#include "policy/threads.h"

namespace fs = std::filesystem;
using namespace mazescan;

namespace {

constexpr const char* kHelp = R"(mazescan-evaluator: finds out what a maze policy wants.

  mazescan-evaluator scan configs/quickstart.yaml              sizes x placements, into RUN/scan
  mpirun -n 4 mazescan-evaluator scan configs/quickstart.yaml  the same scan by four ranks, the same bits
  mazescan-evaluator report configs/quickstart.yaml            RUN/report/index.html and summary.json
  mazescan-evaluator describe runs/quickstart/policy.safetensors

A scan that was killed goes on with what is missing when the same command is given again.)";

struct Arguments {
  std::string config, policy;
  std::vector<std::string> overrides;
  bool dump = false;
};

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(kHelp);
  app.require_subcommand(0, 1);  // a missing one is told below: CLI11 would not name a misspelt one
  const auto job = [&](const char* name, const char* what) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_option("config", arguments.config, "YAML configuration")->required();
    command->add_option("--set", arguments.overrides, "override one key: a.b=value (repeatable)")
        ->allow_extra_args(false);
    command->add_flag("--dump-config", arguments.dump,
                      "print the full configuration with its comments and exit");
    return command;
  };
  const CLI::App* scan_command =
      job("scan", "play the policy over sizes x placements, store outcomes and activations");
  const CLI::App* report_command = job("report", "make the report of a finished scan");
  CLI::App* describe_command =
      app.add_subcommand("describe", "tell layers, parameters and training of a policy file");
  describe_command->add_option("policy", arguments.policy, "policy.safetensors")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help
    throw UserError(e.what(), "the command line is not understood",
                    "mazescan-evaluator --help shows its form");
  }

  if (describe_command->parsed()) {
    std::puts(describe(load_scanned_policy(arguments.policy, "cpu")).dump(2).c_str());
    return 0;
  }
  require(scan_command->parsed() || report_command->parsed(), "no job is named", "the evaluator has several",
          "scan, report or describe; mazescan-evaluator --help tells more");
  const auto config = load_config<EvaluatorConfig>(arguments.config, arguments.overrides);
  if (arguments.dump) {
    std::fputs(dump_config(config).c_str(), stdout);
    return 0;
  }
  const World world(&argc, &argv);
  start_log(world.rank());
  use_one_compute_thread();
  const fs::path folder = config.run;
  if (scan_command->parsed()) scan(config, world, folder / "scan");
  if (report_command->parsed() && world.is_root()) {
    write_report(read_scan(folder), folder / "report");
    log_info("report: {}", fs::absolute(folder / "report" / "index.html").string());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("mazescan-evaluator", [&] { return run(argc, argv); });
}

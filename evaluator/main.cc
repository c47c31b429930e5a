// mazescan-evaluator: measures what a maze policy wants.
#include <CLI/CLI.hpp>

#include "cluster/program.h"
#include "core/error.h"
#include "core/log.h"
#include "evaluator/commands/command.h"
#include "policy/threads.h"

using namespace mazescan;

namespace {

constexpr const char* kHelp = R"(mazescan-evaluator: measures what a maze policy wants.

  mazescan-evaluator jobs                                      the jobs, and what each needs
  mazescan-evaluator scan configs/quickstart.yaml              sizes x placements, into RUN/scan
  mpirun -n 4 mazescan-evaluator scan configs/quickstart.yaml  the same scan by four ranks, bit-identical
  mazescan-evaluator scan configs/quickstart.yaml --dry-run    units, rollouts and bytes, nothing is played
  mazescan-evaluator status runs/quickstart                    progress of its jobs, from their files alone
  mazescan-evaluator record configs/quickstart.yaml            activations as a dataset, into RUN/record
  mazescan-evaluator probe configs/quickstart.yaml             linear probes of each layer, into RUN/probe
  mazescan-evaluator edit configs/quickstart.yaml              edits that send the mouse elsewhere, into RUN/edit
  mazescan-evaluator find-channels configs/quickstart.yaml     which channels locate the cheese
  mazescan-evaluator trigger configs/quickstart.yaml           what turns the mouse to the cheese, into RUN/trigger
  mazescan-evaluator certify configs/quickstart.yaml           the smallest mazes, exactly, into RUN/certify
  mazescan-evaluator report configs/quickstart.yaml            RUN/report/index.html and summary.json
  mazescan-evaluator compare side-by-side runs/a runs/b        several policies on one page: regions, seeds
  mazescan-evaluator verify runs/quickstart/record             every byte of a dataset; exit status 1: a fault
  mazescan-evaluator merge all runs/a/record runs/b/record     datasets of one policy in one
  mazescan-evaluator describe runs/quickstart/policy.safetensors   or a .pth file, or a dataset: what it holds
  mazescan-evaluator import policy.pth policy.safetensors      a policy from Python; export: one for Python
  mazescan-evaluator draw maze.png --level 17 --size 13        pictures of mazes, rollouts, vector fields
  mazescan-evaluator maze --text cave.txt                      can the game generate this maze?
  mazescan-evaluator explore runs/quickstart/policy.safetensors    an interactive maze in your browser
  mazescan-evaluator check procgen                             is this world procgen's, to the pixel?

If a job is killed or stopped, run the same command again: it resumes with what is missing.
Exit status: 0 done, 2 invalid input, 75 stopped by a signal (USR2, TERM, INT) before the end, anything else a crash.)";

int run(int argc, char** argv) {
  CLI::App app(kHelp);
  app.require_subcommand(0, 1);  // a missing one is reported below: CLI11 would not name a misspelt one
  std::string names;
  commands::Action action;
  for (const commands::Command& command : commands::all_commands()) {
    CLI::App* subcommand = app.add_subcommand(command.name, command.help);
    subcommand->callback([&action, run = command.declare(*subcommand)] { action = run; });
    names += (names.empty() ? "" : ", ") + command.name;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help
    throw UserError(e.what(), "the command line is not understood",
                    "mazescan-evaluator --help shows its form");
  }
  require(action != nullptr, "no job is named", "the evaluator has several commands",
          lazy("{}; mazescan-evaluator --help describes them", names));
  start_log(0);
  policy::use_one_compute_thread();
  return action(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  return cluster::run_program("mazescan-evaluator", [&] { return run(argc, argv); });
}

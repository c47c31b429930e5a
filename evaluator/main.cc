// mazescan-evaluator: measures what a maze policy wants.
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "cluster/program.h"
#include "command_line/documentation.h"
#include "core/config.h"
#include "core/error.h"
#include "core/log.h"
#include "evaluator/commands/command.h"
#include "evaluator/policies/provenance.h"
#include "evaluator/registry/registry.h"
#include "policy/threads.h"

using namespace mazescan;

namespace {

constexpr const char* kIntroduction = R"(mazescan-evaluator: measures what a maze policy wants.

The jobs, each into RUN/JOB:

)";

constexpr const char* kExamples = R"(
  mazescan-evaluator jobs                                      the jobs, and what each needs
  mpirun -n 4 mazescan-evaluator scan configs/quickstart.yaml  the same scan by four ranks, bit-identical
  mazescan-evaluator scan configs/quickstart.yaml --dry-run    units, rollouts and bytes, nothing is played
  mazescan-evaluator status runs/quickstart                    progress of its jobs, from their files alone
  mazescan-evaluator collect configs/quickstart.yaml           RUN/episodes.bin, to train offline learners on
  mazescan-evaluator find-channels configs/quickstart.yaml     which channels locate the cheese
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
  mazescan-evaluator schema                                    the keys of configurations, for editors

If a job is killed or stopped, run the same command again: it resumes with what is missing.
Exit status: 0 done, 2 invalid input, 75 stopped by a signal (USR2, TERM, INT, HUP) before the end, anything else a crash.)";

std::string help_text() {
  std::string text = kIntroduction;
  for (const jobs::JobInfo& job : registry::jobs())
    text += fmt::format("  mazescan-evaluator {:<42}{}\n",
                        fmt::format("{} configs/quickstart.yaml", job.kind.name), job.help);
  return text + kExamples;
}

// Rejects a command that does not exist: CLI11 would not name a misspelt one.
void require_command(int argc, char** argv, const std::vector<std::string>& names) {
  const std::string word = argc > 1 ? argv[1] : "";
  if (!word.empty() && word.front() == '-') return;
  require(!word.empty(), "no job is named", "the evaluator has several commands",
          lazy("{}; mazescan-evaluator --help describes them", fmt::join(names, ", ")));
  const Check<std::string> command = one_of(names);
  require(command.ok(word), lazy("'{}' is no command", word), "mazescan-evaluator has no such command",
          lazy("{}", command.hint_for(word)));
}

int run(int argc, char** argv) {
  CLI::App app(help_text());
  std::vector<std::string> names;
  commands::Action action;
  for (const commands::Command& command : commands::all_commands()) {
    CLI::App* subcommand = app.add_subcommand(command.name, command.help);
    subcommand->callback([&action, run = command.declare(*subcommand)] { action = run; });
    names.push_back(command.name);
  }
  bool version = false, json = false;
  CLI::Option* const flag =
      app.add_flag("--version", version, "print the versions of this program and of its libraries");
  app.add_flag("--json", json, "with --version: print JSON")->needs(flag);
  const command_line::Documentation documentation(app, "mazescan-evaluator", "mazescan-trainer");
  require_command(argc, argv, names);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help
    throw UserError(e.what(), "the command line is not understood",
                    "mazescan-evaluator --help shows its form");
  }
  if (version) {
    const Versions versions = policies::evaluator_versions();
    fmt::print("{}\n",
               json ? nlohmann::json(versions).dump(2) : version_text("mazescan-evaluator", versions));
    return 0;
  }
  if (documentation.is_wanted()) {
    std::fputs(documentation.text().c_str(), stdout);
    return 0;
  }
  require(action != nullptr, "no job is named", "options of a job follow its name",
          "mazescan-evaluator --help shows the form");
  start_log(0);
  policy::use_one_compute_thread();
  return action(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  return cluster::run_program("mazescan-evaluator", [&] { return run(argc, argv); });
}

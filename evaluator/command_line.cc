#include "evaluator/command_line.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "core/error.h"

namespace mazescan {

namespace {

constexpr const char* kHelp = R"(mazescan-evaluator: finds out what a maze policy wants.

  mazescan-evaluator scan configs/quickstart.yaml              sizes x placements, into RUN/scan
  mpirun -n 4 mazescan-evaluator scan configs/quickstart.yaml  the same scan by four ranks, the same bits
  mazescan-evaluator scan configs/quickstart.yaml --dry-run    units, rollouts and bytes, nothing played
  mazescan-evaluator status runs/quickstart                    how far its jobs are, from their files alone
  mazescan-evaluator record configs/quickstart.yaml            activations as a dataset, into RUN/record
  mazescan-evaluator probe configs/quickstart.yaml             what can be read off them, into RUN/probe
  mazescan-evaluator edit configs/quickstart.yaml              edits that send the mouse elsewhere, into RUN/edit
  mazescan-evaluator find-channels configs/quickstart.yaml     which channels locate the cheese
  mazescan-evaluator trigger configs/quickstart.yaml           what turns the mouse to the cheese, into RUN/trigger
  mazescan-evaluator certify configs/quickstart.yaml           the smallest mazes, exactly, into RUN/certify
  mazescan-evaluator report configs/quickstart.yaml            RUN/report/index.html and summary.json
  mazescan-evaluator compare side-by-side runs/a runs/b        several policies on one page: regions, seeds
  mazescan-evaluator verify runs/quickstart/record             every byte of a dataset; exit status 1: a fault
  mazescan-evaluator merge all runs/a/record runs/b/record     datasets of one policy in one
  mazescan-evaluator describe runs/quickstart/policy.safetensors   or a .pth file, or a dataset: what is in it
  mazescan-evaluator import policy.pth policy.safetensors      a policy from Python; export: one for Python
  mazescan-evaluator draw maze.png --level 17 --size 13        pictures of mazes, rollouts, vector fields
  mazescan-evaluator maze --text cave.txt                      could the game generate this maze?
  mazescan-evaluator check procgen                             is this world procgen's, to the pixel?

A job that was killed or stopped goes on with what is missing when the same command is given again.
Exit status: 0 done, 2 what you gave is wrong, 75 stopped by a signal (USR2, TERM, INT) before the end, anything else a crash.)";

// Jobs of many units, in the order in which one asks, and what is done with their configuration.
constexpr std::pair<const char*, const char*> kJobs[] = {
    {"scan", "play the policy over sizes x placements, store outcomes and activations"},
    {"record", "store what layers of the policy hold inside, as a dataset that people share"},
    {"probe", "fit read-outs to a recording: what each layer tells of cheese, mouse and next move"},
    {"edit", "find edits of activations that send the mouse to a target, and score them"},
    {"trigger", "find what switches the mouse from the corner to the cheese"},
    {"certify", "go through every maze of the smallest sizes: what happens in the worst case, exactly"},
};

CLI::App* add_configured(CLI::App& app, const char* name, const char* what, CommandLine& asked) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("config", asked.config, "YAML configuration")->required();
  command->add_option("--set", asked.overrides, "override one key: a.b=value (repeatable)")
      ->allow_extra_args(false);
  command->add_flag("--dump-config", asked.dump_config,
                    "print the full configuration with its comments and exit");
  return command;
}

void add_job(CLI::App& app, const char* name, const char* what, CommandLine& asked) {
  CLI::App* command = add_configured(app, name, what, asked);
  command->add_option("--part", asked.part,
                      "3/8: every eighth unit, from the third on; the last part to end completes the whole");
  command->add_option("--wait", asked.patience, "seconds to wait for another job with the same units");
  command->add_flag("--dry-run", asked.dry_run, "tell units, samples and bytes on disk, and write nothing");
}

void add_apply(CLI::App& edit_command, CommandLine& asked) {
  auto* const apply = edit_command.add_option(
      "--apply", asked.apply,
      "play with the edits of this YAML file (docs/edits.md) on the scored levels, print how often the mouse "
      "reaches its target, and write nothing");
  for (const char* other : {"--part", "--wait", "--dry-run"}) apply->excludes(edit_command.get_option(other));
}

void add_world(CLI::App& command, CommandLine& asked) {
  command
      .add_option("--set", asked.overrides,
                  "a key of the environment that a .pth file was trained in: region=1 (repeatable)")
      ->allow_extra_args(false);
}

void add_datasets(CLI::App& app, CommandLine& asked) {
  CLI::App* verify_command = app.add_subcommand(
      "verify", "read every byte of what jobs have written; exit status 1 if anything is wrong");
  verify_command->add_option("dataset", asked.folders, "folders with a manifest.json")->required();
  CLI::App* merge_command =
      app.add_subcommand("merge", "put recordings of one policy together in a new folder");
  merge_command->add_option("out", asked.out, "the new folder")->required();
  merge_command->add_option("dataset", asked.folders, "folders of recordings")->required();
  CLI::App* describe_command =
      app.add_subcommand("describe", "tell what a policy file or a dataset's folder holds");
  describe_command
      ->add_option("path", asked.path, "policy.safetensors, a .pth file, or the folder of a dataset")
      ->required();
  add_world(*describe_command, asked);
}

void add_exchange(CLI::App& app, CommandLine& asked) {
  CLI::App* import_command =
      app.add_subcommand("import", R"(make a policy.safetensors of a .pth file of the published maze policies

  import policy.pth policy.safetensors                  # trained with maze_aisc, world 25, region 5
  import policy.pth policy.safetensors --set region=1 --set assets=procgen/data/assets
)");
  import_command->add_option("pth", asked.from, "of Python's torch.save: weights, nothing in it is run")
      ->required();
  import_command->add_option("policy", asked.to, "the file to write")->required();
  add_world(*import_command, asked);
  CLI::App* export_command =
      app.add_subcommand("export", "make a .pth file of a policy, for Python's torch.load");
  export_command->add_option("policy", asked.from, "policy.safetensors")->required();
  export_command->add_option("pth", asked.to, "the file to write")->required();
}

void add_maze_choice(CLI::App& command, draw::MazeChoice& maze) {
  command.add_option("--level", maze.level, "level seed")->capture_default_str();
  command.add_option("--size", maze.size, "size of the maze, odd; without it, as the level has it");
  command.add_option("--placement", maze.placement, "of the cheese: top_left, centre, ..., or cell:X,Y");
  command.add_option("--game", maze.game, "maze or maze_aisc")->check(CLI::IsMember({"maze", "maze_aisc"}));
  command.add_option("--world", maze.world, "world size, odd (25)");
  command.add_option("--region", maze.region, "of maze_aisc: cheese in the top-right k x k cells (5)");
  command.add_option("--text", maze.text,
                     "the maze of this text file instead: # wall, . free, m mouse, c cheese");
  command.add_option("--seed", maze.seed, "of placements and sampled actions")->capture_default_str();
}

void add_maze(CLI::App& app, draw::MazeChoice& maze) {
  CLI::App* maze_command =
      app.add_subcommand("maze", R"(print a maze as text, and on stderr whether the game can generate it

  maze --level 17 --size 9 > cave.txt           # to be edited by hand
  maze --text cave.txt                          # why the generator cannot make it
)");
  add_maze_choice(*maze_command, maze);
}

void add_draw(CLI::App& app, draw::DrawJob& job) {
  CLI::App* draw_command =
      app.add_subcommand("draw", R"(draw a maze, a rollout's path or a policy's vector field

  draw maze.png --level 17 --size 13 --placement top_left
  draw maze.pdf --text cave.txt                 # wall, . free, m mouse, c cheese
  draw path.png --show path --policy runs/quickstart/policy.safetensors --level 17 --greedy
  draw field.svg --show field --policy runs/quickstart/policy.safetensors --placement centre
  draw field.pdf --show field --policy runs/quickstart/policy.safetensors --edits edits.yaml --target 0,8
)");
  draw_command->add_option("out", job.out, "the file to write; its suffix is the format: .png, .svg or .pdf")
      ->required();
  draw_command
      ->add_option("--show", job.show,
                   "maze; frame: as a policy with eyes sees it; path: of a rollout; field: arrows as long "
                   "as moves are probable")
      ->check(CLI::IsMember({"maze", "frame", "path", "field"}))
      ->capture_default_str();
  add_maze_choice(*draw_command, job);
  draw_command->add_option("--policy", job.policy, "policy.safetensors, for path and field");
  auto* const edits = draw_command->add_option(
      "--edits", job.edits, "edits of the policy's activations: a YAML file (docs/edits.md)");
  draw_command->add_option("--target", job.target, "X,Y: the cell that the edits call target")
      ->delimiter(',')
      ->expected(2)
      ->needs(edits);
  draw_command->add_option("--assets", job.assets,
                           "folder of procgen's pictures, for a frame or a policy that sees them");
  draw_command->add_flag("--greedy", job.greedy, "a path of the most probable actions, not of sampled ones");
  draw_command->add_option("--limit", job.limit, "steps of a path; without it, as the policy was trained")
      ->check(CLI::PositiveNumber);
  draw_command->add_option("--pixels", job.pixels, "width of the picture")->capture_default_str();
}

void add_check(CLI::App& app, CommandLine& asked) {
  CLI::App* check_command = app.add_subcommand(
      "check",
      "compare the world with recordings of the original programs; exit status 1 if anything differs");
  check_command->add_option("recordings", asked.recordings, "folder of levels.h5, rollouts.h5, frames.h5")
      ->required();
  auto* const assets = check_command->add_option("--assets", asked.textures.assets,
                                                 "folder of procgen's picture files: compare frames, too");
  check_command->add_option("--look", asked.textures.look, "textures of the recorded frames")
      ->check(CLI::IsMember({"procgen"}))
      ->needs(assets);
}

}  // namespace

std::optional<CommandLine> read_command_line(int argc, char** argv) {
  CommandLine asked;
  CLI::App app(kHelp);
  app.require_subcommand(0, 1);  // a missing one is told below: CLI11 would not name a misspelt one
  for (const auto& [name, what] : kJobs) add_job(app, name, what, asked);
  add_apply(*app.get_subcommand("edit"), asked);
  CLI::App* status_command =
      app.add_subcommand("status", "tell how far its jobs are, from their files alone");
  status_command->add_option("run", asked.path, "run directory, or the folder of one job")->required();
  status_command->add_flag("--json", asked.json, "for programs");
  add_configured(app, "report", "make the report of a finished scan", asked);
  CLI::App* compare_command = app.add_subcommand("compare", "put the scans of several policies on one page");
  compare_command->add_option("out", asked.out, "the folder of the page")->required();
  compare_command->add_option("runs", asked.folders, "run directories with finished scans")->required();
  add_configured(app, "find-channels", "rank the channels of edit.taps by how well they locate the cheese",
                 asked);
  add_datasets(app, asked);
  add_exchange(app, asked);
  add_draw(app, asked.picture);
  add_maze(app, asked.maze);
  add_check(app, asked);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0)
      throw UserError(e.what(), "the command line is not understood",
                      "mazescan-evaluator --help shows its form");
    app.exit(e);  // --help
    return std::nullopt;
  }
  require(
      !app.get_subcommands().empty(), "no job is named", "the evaluator has several",
      "scan, record, probe, edit, find-channels, trigger, certify, report, compare, status, verify, merge, "
      "describe, import, export, draw, maze or check; mazescan-evaluator --help tells more");
  asked.command = app.get_subcommands().front()->get_name();
  return asked;
}

}  // namespace mazescan

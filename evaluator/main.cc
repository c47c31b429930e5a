// mazescan-evaluator: finds out what a maze policy wants.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <set>

#include "cluster/program.h"
#include "cluster/stop.h"
#include "cluster/world.h"
#include "core/log.h"
#include "evaluator/certify/certify.h"
#include "evaluator/check.h"
#include "evaluator/comparison.h"
#include "evaluator/config.h"
#include "evaluator/dataset.h"
#include "evaluator/draw_job.h"
#include "evaluator/edit/edit.h"
#include "evaluator/exchange.h"
#include "evaluator/job_status.h"
#include "evaluator/probe/probe.h"
#include "evaluator/provenance.h"
#include "evaluator/record.h"
#include "evaluator/record_estimate.h"
#include "evaluator/report.h"
#include "evaluator/scan.h"
#include "evaluator/scan_estimate.h"
#include "evaluator/scan_reader.h"
#include "evaluator/trigger/trigger.h"
#include "evaluator/verify.h"
#include "policy/threads.h"

namespace fs = std::filesystem;
using namespace mazescan;

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
  mazescan-evaluator check procgen                             is this world procgen's, to the pixel?

A job that was killed or stopped goes on with what is missing when the same command is given again.
Exit status: 0 done, 2 what you gave is wrong, 75 stopped by a signal (USR2, TERM, INT) before the end, anything else a crash.)";

// A job of many units that a configuration file describes. Killed or stopped, it goes on with what is
// missing.
struct Job {
  const char *name, *what;
  JobEnd (*run)(const EvaluatorConfig& config, const World& world, const JobPart& part, double patience);
  std::string (*dry_run)(const std::string& path, const std::vector<std::string>& overrides,
                         const JobPart& part);
};

// In the order in which one asks.
constexpr Job kJobs[] = {
    {"scan", "play the policy over sizes x placements, store outcomes and activations", scan,
     describe_estimate},
    {"record", "store what layers of the policy hold inside, as a dataset that people share", record,
     describe_record_estimate},
    {"probe", "fit read-outs to a recording: what each layer tells of cheese, mouse and next move", probe,
     describe_probe_estimate},
    {"edit", "find edits of activations that send the mouse to a target, and score them", edit,
     describe_edit_estimate},
    {"trigger", "find what switches the mouse from the corner to the cheese", trigger,
     describe_trigger_estimate},
    {"certify", "go through every maze of the smallest sizes: what happens in the worst case, exactly",
     certify, describe_certify_estimate},
};

struct Arguments {
  const Job* job = nullptr;
  std::string config, described;
  std::string from, to;               // of import and export
  std::string out;                    // of merge and compare
  std::vector<std::string> datasets;  // of verify and merge
  std::vector<std::string> runs;      // of compare
  std::string recordings;
  Textures textures;  // of the recordings
  DrawJob picture;
  std::vector<std::string> overrides;
  bool dump = false;
  std::string part = "1/1";
  double patience = 0;  // seconds
  bool dry_run = false;
  std::string watched;  // by status
  bool json = false;
};

CLI::App* add_draw(CLI::App& app, DrawJob& job) {
  CLI::App* draw_command =
      app.add_subcommand("draw", R"(draw a maze, a rollout's path or a policy's vector field

  draw maze.png --level 17 --size 13 --placement top_left
  draw maze.png --text cave.txt                 # wall, . free, m mouse, c cheese
  draw path.png --show path --policy runs/quickstart/policy.safetensors --level 17 --greedy
  draw field.png --show field --policy runs/quickstart/policy.safetensors --placement centre
)");
  draw_command->add_option("out", job.out, "the PNG file to write")->required();
  draw_command
      ->add_option("--show", job.show,
                   "maze; frame: as a policy with eyes sees it; path: of a rollout; field: arrows as long "
                   "as moves are probable")
      ->check(CLI::IsMember({"maze", "frame", "path", "field"}))
      ->capture_default_str();
  draw_command->add_option("--level", job.level, "level seed")->capture_default_str();
  draw_command->add_option("--size", job.size, "size of the maze, odd; without it, as the level has it");
  draw_command->add_option("--placement", job.placement, "of the cheese: top_left, centre, ..., or cell:X,Y");
  draw_command->add_option("--game", job.game, "maze or maze_aisc")
      ->check(CLI::IsMember({"maze", "maze_aisc"}));
  draw_command->add_option("--world", job.world, "world size, odd (25)");
  draw_command->add_option("--region", job.region, "of maze_aisc: cheese in the top-right k x k cells (5)");
  draw_command->add_option("--text", job.text, "draw the maze of this text file instead");
  draw_command->add_option("--policy", job.policy, "policy.safetensors, for path and field");
  draw_command->add_option("--assets", job.assets,
                           "folder of procgen's pictures, for a frame or a policy that sees them");
  draw_command->add_flag("--greedy", job.greedy, "a path of the most probable actions, not of sampled ones");
  draw_command->add_option("--limit", job.limit, "steps of a path; without it, as the policy was trained")
      ->check(CLI::PositiveNumber);
  draw_command->add_option("--seed", job.seed, "of placements and sampled actions")->capture_default_str();
  draw_command->add_option("--pixels", job.pixels, "a side of the picture")->capture_default_str();
  return draw_command;
}

// Prints each fault; the exit status.
int verify(const std::vector<std::string>& folders) {
  bool whole = true;
  for (const std::string& folder : folders) {
    const Verification found = verify_dataset(folder);
    for (const std::string& fault : found.faults) fmt::print("{}/{}\n", folder, fault);
    for (const std::string& notice : found.notices) fmt::print("note: {}/{}\n", folder, notice);
    fmt::print("{}: {} shards{}, {}\n", folder, found.manifest.files.size(),
               found.is_recording() ? fmt::format(", {} samples", found.samples()) : "",
               found.faults.empty() ? "whole" : fmt::format("{} FAULTS", found.faults.size()));
    whole = whole && found.faults.empty();
  }
  return whole ? 0 : 1;
}

// The name of each run's folder, or where two have the same, the path as it was given.
std::vector<std::string> names_of(const std::vector<std::string>& runs) {
  std::vector<std::string> names;
  for (const std::string& run : runs)
    names.push_back((fs::absolute(run) / "").lexically_normal().parent_path().filename());
  if (std::set<std::string>(names.begin(), names.end()).size() < names.size()) return runs;
  return names;
}

void compare(const std::vector<std::string>& runs, const fs::path& out) {
  const std::vector<std::string> names = names_of(runs);
  std::vector<ComparedPolicy> policies;
  for (size_t i = 0; i < runs.size(); ++i) policies.push_back(compared_policy(read_run(runs[i]), names[i]));
  write_comparison(policies, out);
  log_info("comparison: {}", fs::absolute(out / "index.html").string());
}

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
  for (const Job& each : kJobs) {
    CLI::App* command = job(each.name, each.what);
    command->callback([&arguments, &each] { arguments.job = &each; });
    command->add_option(
        "--part", arguments.part,
        "3/8: every eighth unit, from the third on; the last part to end completes the whole");
    command->add_option("--wait", arguments.patience, "seconds to wait for another job with the same units");
    command->add_flag("--dry-run", arguments.dry_run,
                      "tell units, samples and bytes on disk, and write nothing");
  }
  CLI::App* status_command =
      app.add_subcommand("status", "tell how far its jobs are, from their files alone");
  status_command->add_option("run", arguments.watched, "run directory, or the folder of one job")->required();
  status_command->add_flag("--json", arguments.json, "for programs");
  const CLI::App* report_command = job("report", "make the report of a finished scan");
  CLI::App* compare_command = app.add_subcommand("compare", "put the scans of several policies on one page");
  compare_command->add_option("out", arguments.out, "the folder of the page")->required();
  compare_command->add_option("runs", arguments.runs, "run directories with finished scans")->required();
  const CLI::App* channels_command =
      job("find-channels", "rank the channels of edit.taps by how well they locate the cheese");
  CLI::App* verify_command = app.add_subcommand(
      "verify", "read every byte of what jobs have written; exit status 1 if anything is wrong");
  verify_command->add_option("dataset", arguments.datasets, "folders with a manifest.json")->required();
  CLI::App* merge_command =
      app.add_subcommand("merge", "put recordings of one policy together in a new folder");
  merge_command->add_option("out", arguments.out, "the new folder")->required();
  merge_command->add_option("dataset", arguments.datasets, "folders of recordings")->required();
  CLI::App* describe_command =
      app.add_subcommand("describe", "tell what a policy file or a dataset's folder holds");
  describe_command
      ->add_option("path", arguments.described, "policy.safetensors, a .pth file, or the folder of a dataset")
      ->required();
  CLI::App* import_command =
      app.add_subcommand("import", R"(make a policy.safetensors of a .pth file of the published maze policies

  import policy.pth policy.safetensors                  # trained with maze_aisc, world 25, region 5
  import policy.pth policy.safetensors --set region=1 --set assets=procgen/data/assets
)");
  import_command->add_option("pth", arguments.from, "of Python's torch.save: weights, nothing in it is run")
      ->required();
  import_command->add_option("policy", arguments.to, "the file to write")->required();
  import_command
      ->add_option("--set", arguments.overrides,
                   "a key of the environment it was trained in: region=1 (repeatable)")
      ->allow_extra_args(false);
  CLI::App* export_command =
      app.add_subcommand("export", "make a .pth file of a policy, for Python's torch.load");
  export_command->add_option("policy", arguments.from, "policy.safetensors")->required();
  export_command->add_option("pth", arguments.to, "the file to write")->required();
  const CLI::App* draw_command = add_draw(app, arguments.picture);
  CLI::App* check_command = app.add_subcommand(
      "check",
      "compare the world with recordings of the original programs; exit status 1 if anything differs");
  check_command->add_option("recordings", arguments.recordings, "folder of levels.h5, rollouts.h5, frames.h5")
      ->required();
  auto* const assets = check_command->add_option("--assets", arguments.textures.assets,
                                                 "folder of procgen's picture files: compare frames, too");
  check_command->add_option("--look", arguments.textures.look, "textures of the recorded frames")
      ->check(CLI::IsMember({"procgen"}))
      ->needs(assets);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help
    throw UserError(e.what(), "the command line is not understood",
                    "mazescan-evaluator --help shows its form");
  }

  if (describe_command->parsed()) {
    const fs::path path = arguments.described;
    std::puts(
        (fs::is_directory(path) ? describe_dataset(path) : describe(open_policy(path))).dump(2).c_str());
    return 0;
  }
  if (import_command->parsed()) {
    start_log(0);
    import_file(arguments.from, arguments.to, arguments.overrides);
    return 0;
  }
  if (export_command->parsed()) {
    start_log(0);
    export_file(arguments.from, arguments.to);
    return 0;
  }
  if (compare_command->parsed()) {
    start_log(0);
    compare(arguments.runs, arguments.out);
    return 0;
  }
  if (verify_command->parsed()) return verify(arguments.datasets);
  if (merge_command->parsed()) {
    start_log(0);
    merge_datasets(arguments.out, {arguments.datasets.begin(), arguments.datasets.end()});
    return 0;
  }
  if (status_command->parsed()) {
    const nlohmann::json jobs = job_status(arguments.watched);
    std::puts((arguments.json ? jobs.dump(2) : job_status_text(jobs)).c_str());
    return 0;
  }
  if (draw_command->parsed()) {
    use_one_compute_thread();
    draw(arguments.picture);
    return 0;
  }
  if (check_command->parsed()) {
    if (!arguments.textures.assets.empty()) arguments.textures.look = "procgen";
    const CheckReport report = check_recordings(arguments.recordings, arguments.textures);
    std::fputs(report.text().c_str(), stdout);
    return report.all_equal() ? 0 : 1;
  }
  require(
      arguments.job != nullptr || report_command->parsed() || channels_command->parsed(), "no job is named",
      "the evaluator has several",
      "scan, record, probe, edit, find-channels, trigger, certify, report, compare, status, verify, merge, "
      "describe, import, export, draw or check; mazescan-evaluator --help tells more");
  const auto config = load_config<EvaluatorConfig>(arguments.config, arguments.overrides);
  if (arguments.dump) {
    std::fputs(dump_config(config).c_str(), stdout);
    return 0;
  }
  if (channels_command->parsed()) {
    use_one_compute_thread();
    std::fputs(describe_channels(config).c_str(), stdout);
    return 0;
  }
  const JobPart part = parse_part(arguments.part);
  if (arguments.dry_run) {
    std::puts(arguments.job->dry_run(arguments.config, arguments.overrides, part).c_str());
    return 0;
  }
  std::optional<StopSignal> stop;  // first: a signal that comes while MPI starts must not kill
  if (arguments.job != nullptr) stop.emplace();
  const World world(&argc, &argv);
  start_log(world.rank());
  use_one_compute_thread();
  if (arguments.job != nullptr)
    return arguments.job->run(config, world, part, arguments.patience) == JobEnd::kStopped ? kStoppedStatus
                                                                                           : 0;
  if (world.is_root()) {
    const fs::path folder = config.run;
    write_report(read_run(folder), folder / "report");
    log_info("report: {}", fs::absolute(folder / "report" / "index.html").string());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("mazescan-evaluator", [&] { return run(argc, argv); });
}

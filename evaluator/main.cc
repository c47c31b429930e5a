// mazescan-evaluator: finds out what a maze policy wants.
#include <cstdio>
#include <map>
#include <set>

#include "cluster/program.h"
#include "cluster/stop.h"
#include "cluster/world.h"
#include "core/log.h"
#include "evaluator/certify/certify.h"
#include "evaluator/check.h"
#include "evaluator/command_line.h"
#include "evaluator/comparison.h"
#include "evaluator/config.h"
#include "evaluator/dataset.h"
#include "evaluator/draw/draw_job.h"
#include "evaluator/draw/print_maze.h"
#include "evaluator/edit/apply.h"
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

// A job of many units that a configuration file describes. Killed or stopped, it goes on with what is
// missing.
struct Job {
  JobEnd (*run)(const EvaluatorConfig& config, const World& world, const JobPart& part, double patience);
  std::string (*dry_run)(const std::string& path, const std::vector<std::string>& overrides,
                         const JobPart& part);
};
const std::map<std::string, Job> kJobs = {
    {"scan", {scan, describe_estimate}},
    {"record", {record, describe_record_estimate}},
    {"probe", {probe, describe_probe_estimate}},
    {"edit", {edit, describe_edit_estimate}},
    {"trigger", {trigger, describe_trigger_estimate}},
    {"certify", {certify, describe_certify_estimate}},
};

// Prints each fault; the exit status.
int verify(const CommandLine& asked) {
  bool whole = true;
  for (const std::string& folder : asked.folders) {
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
  names.reserve(runs.size());
  for (const std::string& run : runs)
    names.push_back((fs::absolute(run) / "").lexically_normal().parent_path().filename());
  if (std::set<std::string>(names.begin(), names.end()).size() < names.size()) return runs;
  return names;
}

int compare(const CommandLine& asked) {
  const std::vector<std::string> names = names_of(asked.folders);
  std::vector<ComparedPolicy> policies;
  for (size_t i = 0; i < names.size(); ++i)
    policies.push_back(compared_policy(read_run(asked.folders[i]), names[i]));
  write_comparison(policies, asked.out);
  log_info("comparison: {}", fs::absolute(fs::path(asked.out) / "index.html").string());
  return 0;
}

int merge(const CommandLine& asked) {
  merge_datasets(asked.out, {asked.folders.begin(), asked.folders.end()});
  return 0;
}

int describe(const CommandLine& asked) {
  const fs::path path = asked.path;
  const bool is_dataset = fs::is_directory(path) && asked.overrides.empty();
  std::puts(
      (is_dataset ? describe_dataset(path) : describe(open_policy(path, asked.overrides))).dump(2).c_str());
  return 0;
}

int status(const CommandLine& asked) {
  const nlohmann::json jobs = job_status(asked.path);
  std::puts((asked.json ? jobs.dump(2) : job_status_text(jobs)).c_str());
  return 0;
}

int import_policy(const CommandLine& asked) {
  import_file(asked.from, asked.to, asked.overrides);
  return 0;
}

int export_policy(const CommandLine& asked) {
  export_file(asked.from, asked.to);
  return 0;
}

int draw_picture(const CommandLine& asked) {
  std::fputs(draw::draw_picture(asked.picture).c_str(), stdout);
  return 0;
}

int print_maze(const CommandLine& asked) {
  const draw::PrintedMaze maze = draw::print_maze(asked.maze);
  std::fputs(maze.drawing.c_str(), stdout);
  std::fputs(maze.verdict.c_str(), stderr);
  return 0;
}

// The exit status tells whether this world is the recorded one.
int check(const CommandLine& asked) {
  Textures textures = asked.textures;
  if (!textures.assets.empty()) textures.look = "procgen";
  const CheckReport found = check_recordings(asked.recordings, textures);
  std::fputs(found.text().c_str(), stdout);
  return found.all_equal() ? 0 : 1;
}

const std::map<std::string, int (*)(const CommandLine&)> kCommands = {
    {"verify", verify},        {"merge", merge},          {"describe", describe}, {"status", status},
    {"import", import_policy}, {"export", export_policy}, {"compare", compare},   {"draw", draw_picture},
    {"check", check},          {"maze", print_maze},
};

// Started on several ranks, one of them makes it.
int report(const EvaluatorConfig& config, int argc, char** argv) {
  const World world(&argc, &argv);
  start_log(world.rank());
  if (!world.is_root()) return 0;
  const fs::path run = config.run;
  write_report(read_run(run), run / "report");
  log_info("report: {}", fs::absolute(run / "report" / "index.html").string());
  return 0;
}

// As report does.
int apply_edits(const CommandLine& asked, const EvaluatorConfig& config, int argc, char** argv) {
  const World world(&argc, &argv);
  start_log(world.rank());
  if (world.is_root()) std::fputs(apply_edits(config, asked.apply).c_str(), stdout);
  return 0;
}

int run_job(const Job& job, const CommandLine& asked, const EvaluatorConfig& config, int argc, char** argv) {
  const JobPart part = parse_part(asked.part);
  if (asked.dry_run) {
    std::puts(job.dry_run(asked.config, asked.overrides, part).c_str());
    return 0;
  }
  const StopSignal stop;  // first: a signal that comes while MPI starts must not kill
  const World world(&argc, &argv);
  start_log(world.rank());
  return job.run(config, world, part, asked.patience) == JobEnd::kStopped ? kStoppedStatus : 0;
}

int run(int argc, char** argv) {
  const std::optional<CommandLine> asked = read_command_line(argc, argv);
  if (!asked) return 0;  // it was for help
  start_log(0);
  use_one_compute_thread();
  const auto command = kCommands.find(asked->command);
  if (command != kCommands.end()) return command->second(*asked);

  const auto config = load_config<EvaluatorConfig>(asked->config, asked->overrides);
  if (asked->dump_config) {
    std::fputs(dump_config(config).c_str(), stdout);
    return 0;
  }
  if (asked->command == "report") return report(config, argc, argv);
  if (asked->command == "find-channels") {
    std::fputs(describe_channels(config).c_str(), stdout);
    return 0;
  }
  if (!asked->apply.empty()) return apply_edits(*asked, config, argc, argv);
  return run_job(kJobs.at(asked->command), *asked, config, argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("mazescan-evaluator", [&] { return run(argc, argv); });
}

#include <cstdio>
#include <memory>

#include "cluster/communicator.h"
#include "cluster/program.h"
#include "cluster/stop.h"
#include "core/log.h"
#include "evaluator/commands/command.h"
#include "evaluator/commands/configured.h"
#include "policy/threads.h"

namespace mazescan::commands {

namespace {

struct JobArguments {
  Configured configured;
  std::string part = "1/1";
  double lock_timeout_s = 0;  // seconds
  bool dry_run = false;
  std::string file;  // of the job's file_option; empty: run the job
};

// Prints what the job computes from a file, on rank 0; other ranks do nothing.
int print_of_file(const jobs::JobInfo& job, const jobs::RunConfig& config, const std::string& path) {
  if (cluster::launched_rank() == 0) std::fputs(job.file_option->print(config, path).c_str(), stdout);
  return 0;
}

int run_job(const jobs::JobInfo& job, const JobArguments& arguments, int argc, char** argv) {
  const std::optional<jobs::RunConfig> config = arguments.configured.read();
  if (!config) return 0;
  const datasets::ArrayTask task = datasets::parse_array_task(arguments.part);
  if (arguments.dry_run) {
    std::puts(job.estimate(*config, task).print().c_str());
    return 0;
  }
  if (!arguments.file.empty()) return print_of_file(job, *config, arguments.file);
  const cluster::StopSignal stop;  // first: a signal that comes while MPI starts must not kill
  const cluster::Communicator communicator(&argc, &argv);
  start_log(communicator.rank());
  policy::advise_on_matrix_products();
  return job.run(*config, communicator, task, arguments.lock_timeout_s) == jobs::JobEnd::kStopped
             ? cluster::kStoppedStatus
             : 0;
}

}  // namespace

Command job_command(const jobs::JobInfo& job) {
  return {
      job.kind.name, job.help, [&job](CLI::App& app) -> Action {
        const auto arguments = std::make_shared<JobArguments>();
        arguments->configured.declare(app);
        app.add_option("--part", arguments->part,
                       "3/8: every eighth unit, from the third on; the last part to end completes the whole");
        app.add_option("--wait", arguments->lock_timeout_s,
                       "seconds to wait for another job with the same units");
        app.add_flag("--dry-run", arguments->dry_run,
                     "print the number of units, samples and bytes, write nothing");
        if (job.file_option) {
          auto* const option = app.add_option(job.file_option->name, arguments->file, job.file_option->help);
          for (const char* other : {"--part", "--wait", "--dry-run"}) option->excludes(app.get_option(other));
        }
        return [&job, arguments](int argc, char** argv) { return run_job(job, *arguments, argc, argv); };
      }};
}

}  // namespace mazescan::commands

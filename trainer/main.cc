// mazescan-trainer: trains a maze policy with PPO on any number of MPI ranks.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>

#include "cluster/communicator.h"
#include "cluster/program.h"
#include "cluster/stop.h"
#include "command_line/documentation.h"
#include "core/build_info.h"
#include "core/config_schema.h"
#include "core/config_value.h"
#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "policy/device.h"
#include "policy/threads.h"
#include "trainer/device_collective.h"
#include "trainer/learner.h"
#include "trainer/provenance.h"
#include "trainer/roles.h"
#include "trainer/run_directory.h"
#include "trainer/status.h"
#include "trainer/worker.h"
#include "trainer/workers.h"

using namespace mazescan;

namespace {

struct Arguments {
  std::string config;
  std::vector<std::string> overrides;
  int64_t updates = 0;        // at most this many in this job; 0: all
  double lock_timeout_s = 0;  // seconds to wait for another job to leave the run directory
  bool dump_config = false;
  std::string printed_key;
  bool status = false, schema = false, version = false, json = false;
  std::string status_run;  // the run directory that `status` shows
};

constexpr const char* kHelp = R"(mazescan-trainer: trains a maze policy with PPO.

  mazescan-trainer configs/quickstart.yaml                     one process
  mpirun -n 2 mazescan-trainer configs/quickstart.yaml         two learners that average gradients
  mpirun -n 3 mazescan-trainer configs/quickstart.yaml --set ranks.workers_per_learner=2
                                                               a learner, and two ranks that step its mazes
  mazescan-trainer status runs/quickstart                      progress of a training, read from its files
  mazescan-trainer configs/quickstart.yaml --set run=runs/b --set seed=2

Writes into the run directory: config.yaml, metrics.jsonl, events.out.tfevents for TensorBoard, checkpoints/, and at
the end policy.safetensors. If it is stopped or killed, run the same command again: it resumes from the last
checkpoint. Exit status: 0 done; 2 invalid input; 75 stopped by a signal (USR2, TERM, INT, HUP) before the end; any other a
crash.)";

// Runs the training loop on a learner rank. world: the learners.
int train(const Arguments& arguments, const trainer::TrainerConfig& config,
          const cluster::Communicator& communicator, const trainer::MakeVectorEnv& environments) {
  const auto collective = trainer::make_collective(
      communicator, policy::choose_device("train.device", config.train.device, communicator.local_rank()),
      cluster::end_process);
  trainer::Learner learner(config, communicator, *collective, environments);
  trainer::RunDirectory directory(config, communicator, arguments.lock_timeout_s);
  directory.resume(learner);

  const int workers = config.ranks.workers_per_learner;
  const std::string unit = config.is_sampled() ? "steps" : config.is_offline() ? "samples" : "levels";
  const std::string method = config.is_offline() ? "offline " + name_of(config.train.offline.learner)
                                                 : name_of(config.train.advantages) + " advantages";
  log_info("{} parameters, {} learners with {} workers each, {}, {} {} an update, {} updates",
           learner.network().parameters().numel(), communicator.size(), workers, method, config.batch_size(),
           unit, config.updates());
  if (workers > 0 && trainer::partition_count(config, communicator.size()) == communicator.size())
    log_info(
        "each learner has one partition, so it waits while its workers step; more train.partitions avoid "
        "that");

  const int64_t last = arguments.updates > 0 ? learner.updates() + arguments.updates : config.updates();
  int64_t saved = learner.updates();
  bool stopping = false;
  {
    const int64_t batch = config.batch_size();
    Progress progress("training", unit, static_cast<uint64_t>(config.updates() * batch),
                      communicator.is_root());
    progress.start_at(static_cast<uint64_t>(learner.updates() * batch));
    while (!learner.finished() && learner.updates() < last && !stopping) {
      directory.append(learner.update());
      progress.update(static_cast<uint64_t>(learner.updates() * batch), directory.recent_success());
      stopping = communicator.any(cluster::StopSignal::requested());
      if (stopping || learner.updates() % config.train.checkpoint.every == 0) {
        directory.save_checkpoint(learner);
        saved = learner.updates();
      }
    }
  }
  if (saved != learner.updates()) directory.save_checkpoint(learner);
  if (learner.finished()) {
    directory.write_policy(learner);
    return 0;
  }
  log_info("stopped at update {} of {}; run the same command again to resume", learner.updates(),
           config.updates());
  return stopping ? cluster::kStoppedStatus : 0;
}

// Starts MPI and gives each rank its role.
int train_on_all_ranks(int& argc, char**& argv, const Arguments& arguments,
                       const trainer::TrainerConfig& config) {
  const cluster::StopSignal stop;  // before MPI: a signal during its start must not kill the process
  const cluster::Communicator communicator(&argc, &argv);
  start_log(communicator.rank());
  policy::advise_on_matrix_products();
  policy::use_one_compute_thread();
  const trainer::Roles roles = trainer::assign_roles(config, communicator.size());
  const cluster::Communicator peers = communicator.split(roles.is_learner(communicator.rank()) ? 0 : 1);
  if (!roles.is_learner(communicator.rank())) {
    trainer::serve_learner(config, communicator, roles.learner_of(communicator.rank()));
    return 0;
  }
  if (roles.workers_per_learner == 0)
    return train(arguments, config, peers, trainer::local_environments(config));
  trainer::Workers workers(communicator, roles.workers_of(communicator.rank()));
  return train(arguments, config, peers, workers.environments(config));
}

// Returns nothing after printing help, a manual page or a completion.
std::optional<Arguments> parse_arguments(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(kHelp);
  app.add_option("config", arguments.config, "YAML configuration");
  app.add_option("--set", arguments.overrides, "override one key: a.b=value (repeatable)")
      ->allow_extra_args(false);
  app.add_option("--updates", arguments.updates, "stop after this many updates, as after a stop signal")
      ->check(CLI::Range(1, 1000000000));
  app.add_option("--wait", arguments.lock_timeout_s,
                 "seconds to wait for another job to leave the run directory");
  app.add_flag("--dump-config", arguments.dump_config,
               "print the full configuration with its comments, and exit");
  app.add_option("--print", arguments.printed_key, "print the value of one key, such as run, and exit");
  CLI::Option* version =
      app.add_flag("--version", arguments.version, "print the versions of this program and of its libraries");
  app.add_flag("--json", arguments.json, "with --version: print JSON")->needs(version);
  CLI::App* status = app.add_subcommand("status", "show the progress of a training run");
  status->add_option("run", arguments.status_run, "run directory")->required();
  status->add_flag("--json", arguments.json, "print JSON");
  CLI::App* schema = app.add_subcommand(
      "schema", "print the JSON Schema of the sections that the trainer reads, for editors");
  const command_line::Documentation documentation(app, "mazescan-trainer", "mazescan-evaluator");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0)
      throw UserError(e.what(), "the command line is invalid", "see mazescan-trainer --help");
    app.exit(e);
    return std::nullopt;
  }
  if (documentation.is_wanted()) {
    std::fputs(documentation.text().c_str(), stdout);
    return std::nullopt;
  }
  arguments.status = status->parsed();
  arguments.schema = schema->parsed();
  require(arguments.status || arguments.schema || arguments.version || !arguments.config.empty(),
          "no configuration was given", "a YAML file describes the training",
          "mazescan-trainer CONFIG; mazescan-trainer --help shows examples");
  return arguments;
}

int run(int argc, char** argv) {
  const std::optional<Arguments> arguments = parse_arguments(argc, argv);
  if (!arguments) return 0;
  if (arguments->version) {
    const Versions versions = trainer::trainer_versions();
    fmt::print("{}\n", arguments->json ? nlohmann::json(versions).dump(2)
                                       : version_text("mazescan-trainer", versions));
    return 0;
  }
  if (arguments->schema) {
    const ConfigKeys keys = config_keys(trainer::TrainerConfig());
    std::puts(config_schema(keys, "configuration of mazescan-trainer").dump(1).c_str());
    return 0;
  }
  if (arguments->status) {
    const nlohmann::json status = trainer::training_status(arguments->status_run);
    std::puts((arguments->json ? status.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                               : printable(trainer::status_text(status)))
                  .c_str());
    return 0;
  }
  const auto config = load_config<trainer::TrainerConfig>(arguments->config, arguments->overrides);
  if (arguments->dump_config) {
    std::fputs(dump_config(config).c_str(), stdout);
    return 0;
  }
  if (!arguments->printed_key.empty()) {
    std::puts(config_value(config_keys(config), arguments->printed_key).c_str());
    return 0;
  }
  return train_on_all_ranks(argc, argv, *arguments, config);
}

}  // namespace

int main(int argc, char** argv) {
  return cluster::run_program("mazescan-trainer", [&] { return run(argc, argv); });
}

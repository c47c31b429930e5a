// mazescan-trainer: trains a maze policy with PPO on any number of MPI ranks.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cluster/program.h"
#include "cluster/stop.h"
#include "cluster/world.h"
#include "core/log.h"
#include "core/progress.h"
#include "policy/device.h"
#include "policy/threads.h"
#include "storage/atomic_file.h"
#include "storage/checkpoint.h"
#include "storage/lock.h"
#include "trainer/device_collective.h"
#include "trainer/learner.h"
#include "trainer/metrics.h"
#include "trainer/roles.h"
#include "trainer/status.h"
#include "trainer/workers.h"

namespace fs = std::filesystem;
using namespace mazescan;

namespace {

struct Arguments {
  std::string config;
  std::vector<std::string> overrides;
  int64_t updates = 0;  // at most so many in this process; 0: all
  double patience = 0;  // seconds
  bool dump = false, json = false;
  std::string watched;  // by status
};

constexpr const char* kHelp = R"(mazescan-trainer: trains a maze policy with PPO.

  mazescan-trainer configs/quickstart.yaml                     one process
  mpirun -n 2 mazescan-trainer configs/quickstart.yaml         two learners that average gradients
  mpirun -n 3 mazescan-trainer configs/quickstart.yaml --set ranks.workers_per_learner=2
                                                               a learner, two ranks that step its mazes
  mazescan-trainer status runs/quickstart                      how far it is, from its files alone
  mazescan-trainer configs/quickstart.yaml --set run=runs/b --set seed=2

Writes into the run directory: config.yaml, metrics.jsonl, TensorBoard's events, checkpoints/, and at the end
policy.safetensors. Killed or stopped, the same command goes on from the last checkpoint. Exit status: 0 done, 2 what
you gave is wrong, 75 stopped by a signal (USR2, TERM, INT) before the end, anything else a crash.)";

// What the run directory has to go on from. A training that begins anew would end in the place of a finished
// one, of which there are metrics, too; a policy alone may have been put there.
std::optional<Checkpoint> checkpoint_of(const fs::path& run) {
  std::optional<Checkpoint> checkpoint = load_latest(run / "checkpoints");
  require(checkpoint || !fs::exists(run / "policy.safetensors") || !fs::exists(run / "metrics.jsonl"),
          fmt::format("{} has a finished policy and no checkpoints", run.string()),
          "the training would begin anew and replace that policy and its metrics.jsonl",
          "remove policy.safetensors to train anew, or give another run directory (run: ...)");
  return checkpoint;
}

// Rank 0 chooses, so that one process tells of damaged ones, and all ranks take the same.
std::optional<Checkpoint> newest_checkpoint(const fs::path& run, const World& world) {
  std::optional<Checkpoint> checkpoint;
  if (world.is_root()) checkpoint = checkpoint_of(run);
  const std::string chosen = world.broadcast(checkpoint ? checkpoint->folder.string() : "");
  if (!world.is_root() && !chosen.empty()) checkpoint = load_checkpoint(chosen);
  return checkpoint;
}

// A learner's life. world: the learners'.
int train(const Arguments& arguments, const TrainerConfig& config, const World& world,
          const MakeEnvironments& environments) {
  const fs::path run = config.run;
  const bool speaks = world.is_root();
  const auto collective = make_collective(
      world, choose_device("train.device", config.train.device, world.local_rank()), end_process);
  Learner learner(config, world, *collective, environments);

  std::optional<JobLock> lock;  // until the end
  if (speaks) {
    make_directories(run);
    lock.emplace(run / kTrainerLock, "the run directory " + run.string(), arguments.patience);
    remove_stale_temporaries(run);
  }
  if (const auto checkpoint = newest_checkpoint(run, world)) {
    learner.restore(checkpoint->blobs);
    log_info("going on from {} (update {} of {})", checkpoint->folder.string(), learner.updates(),
             config.updates());
  }
  if (speaks) write_atomically(run / "config.yaml", dump_config(config));
  std::optional<MetricsFile> metrics_file;
  if (speaks) metrics_file.emplace(run / "metrics.jsonl", learner.updates());

  const CheckpointConfig& checkpoints = config.train.checkpoint;
  const Retention keep{checkpoints.keep, int64_t{checkpoints.keep_every} * checkpoints.every};
  const int workers = config.ranks.workers_per_learner;
  const auto save = [&] {
    const auto state = learner.state();
    if (!speaks) return;
    save_checkpoint(
        run / "checkpoints", learner.updates(), state,
        {{"program", "mazescan-trainer"}, {"learners", world.size()}, {"workers_per_learner", workers}},
        keep);
  };

  log_info("{} parameters, {} learners with {} workers each, {} mazes x {} steps an update, {} updates",
           learner.network().parameters().numel(), world.size(), workers, config.train.mazes,
           config.train.horizon, config.updates());
  if (workers > 0 && shard_count(config, world.size()) == world.size())
    log_info(
        "a learner has one shard, so it waits while its workers step; with more train.shards it would not");
  const int64_t last = arguments.updates > 0 ? learner.updates() + arguments.updates : config.updates();
  int64_t saved = learner.updates();
  bool stopping = false;
  {
    Progress progress("training", "steps",
                      static_cast<uint64_t>(config.updates() * config.steps_per_update()), speaks);
    progress.start_at(static_cast<uint64_t>(learner.steps()));
    while (!learner.finished() && learner.updates() < last && !stopping) {
      const UpdateMetrics metrics = learner.update();
      if (speaks) {
        metrics_file->append(metrics);
        progress.update(static_cast<uint64_t>(learner.steps()), metrics_file->recent_success());
      }
      stopping = world.any(StopSignal::requested());
      if (learner.updates() % checkpoints.every == 0 || stopping) {
        save();
        saved = learner.updates();
      }
    }
  }
  if (saved != learner.updates()) save();
  if (!learner.finished()) {
    log_info("stopped at update {} of {}; the same command goes on from here", learner.updates(),
             config.updates());
    return stopping ? kStoppedStatus : 0;
  }
  if (speaks) write_atomically(run / "policy.safetensors", learner.policy_bytes());
  log_info("policy: {}", (run / "policy.safetensors").string());
  return 0;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(kHelp);
  app.add_option("config", arguments.config, "YAML configuration");
  app.add_option("--set", arguments.overrides, "override one key: a.b=value (repeatable)")
      ->allow_extra_args(false);
  app.add_option("--updates", arguments.updates, "stop after so many updates, as a stop signal would")
      ->check(CLI::Range(1, 1000000000));
  app.add_option("--wait", arguments.patience, "seconds to wait for another job to leave the run directory");
  app.add_flag("--dump-config", arguments.dump, "print the full configuration with its comments and exit");
  CLI::App* status_command = app.add_subcommand("status", "tell how far a training is, from its files alone");
  status_command->add_option("run", arguments.watched, "run directory")->required();
  status_command->add_flag("--json", arguments.json, "for programs");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help
    throw UserError(e.what(), "the command line is not understood", "mazescan-trainer --help shows its form");
  }
  if (status_command->parsed()) {
    const nlohmann::json status = training_status(arguments.watched);
    std::puts((arguments.json ? status.dump(2) : status_text(status)).c_str());
    return 0;
  }
  require(!arguments.config.empty(), "no configuration is named", "a training is described by a YAML file",
          "mazescan-trainer CONFIG; mazescan-trainer --help tells more");
  const auto config = load_config<TrainerConfig>(arguments.config, arguments.overrides);
  if (arguments.dump) {
    std::fputs(dump_config(config).c_str(), stdout);
    return 0;
  }
  const StopSignal stop;  // first: a signal that comes while MPI starts must not kill
  const World world(&argc, &argv);
  start_log(world.rank());
  use_one_compute_thread();
  const Roles roles = assign_roles(config, world.size());
  const World peers = world.split(roles.is_learner(world.rank()) ? 0 : 1);
  if (!roles.is_learner(world.rank())) {
    serve_learner(config, world, roles.learner_of(world.rank()));
    return 0;
  }
  if (roles.workers_per_learner == 0) return train(arguments, config, peers, local_environments(config));
  Workers workers(world, roles.workers_of(world.rank()));
  return train(arguments, config, peers, workers.environments(config));
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("mazescan-trainer", [&] { return run(argc, argv); });
}

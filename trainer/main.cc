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
#include "trainer/device_collective.h"
#include "trainer/learner.h"
#include "trainer/metrics.h"

namespace fs = std::filesystem;
using namespace mazescan;

namespace {

struct Arguments {
  std::string config;
  std::vector<std::string> overrides;
  int64_t updates = 0;  // at most so many in this process; 0: all
  bool dump = false;
};

constexpr const char* kHelp = R"(mazescan-trainer: trains a maze policy with PPO.

  mazescan-trainer configs/quickstart.yaml                     one process
  mpirun -n 2 mazescan-trainer configs/quickstart.yaml         two learners that average gradients
  mazescan-trainer configs/quickstart.yaml --set run=runs/b --set seed=2

Writes into the run directory: config.yaml, metrics.jsonl, checkpoints/, and at the end policy.safetensors.
Killed or stopped (USR2, TERM, INT), the same command goes on from the last checkpoint.)";

int train(const Arguments& arguments, const TrainerConfig& config, const World& world) {
  const fs::path run = config.run;
  const bool speaks = world.is_root();
  const auto collective =
      make_collective(world, choose_device("train.device", config.train.device, world.local_rank()));
  Learner learner(config, world, *collective);

  if (speaks) {
    make_directories(run / "checkpoints");
    remove_stale_temporaries(run);
  }
  world.barrier();
  if (const auto checkpoint = load_latest(run / "checkpoints")) {
    learner.restore(checkpoint->blobs);
    log_info("going on from {} (update {} of {})", checkpoint->folder.string(), learner.updates(),
             config.updates());
  }
  if (speaks) write_atomically(run / "config.yaml", dump_config(config));
  std::optional<MetricsFile> metrics_file;
  if (speaks) metrics_file.emplace(run / "metrics.jsonl", learner.updates());

  const auto save = [&] {
    const auto state = learner.state();
    if (!speaks) return;
    save_checkpoint(run / "checkpoints", learner.updates(), state,
                    {{"program", "mazescan-trainer"}, {"ranks", world.size()}}, config.train.checkpoint.keep);
  };

  log_info("{} parameters, {} ranks, {} mazes x {} steps an update, {} updates",
           learner.network().parameters().numel(), world.size(), config.train.mazes, config.train.horizon,
           config.updates());
  const StopSignal stop;
  const int64_t last = arguments.updates > 0 ? learner.updates() + arguments.updates : config.updates();
  int64_t saved = learner.updates();
  {
    Progress progress("training", "steps",
                      static_cast<uint64_t>(config.updates() * config.steps_per_update()), speaks);
    progress.start_at(static_cast<uint64_t>(learner.steps()));
    while (!learner.finished() && learner.updates() < last) {
      const UpdateMetrics metrics = learner.update();
      if (speaks) {
        metrics_file->append(metrics);
        progress.update(static_cast<uint64_t>(learner.steps()), metrics_file->recent_success());
      }
      const bool stopping = world.any(stop.requested());
      if (learner.updates() % config.train.checkpoint.every == 0 || stopping) {
        save();
        saved = learner.updates();
      }
      if (stopping) break;
    }
  }
  if (saved != learner.updates()) save();
  if (!learner.finished()) {
    log_info("stopped at update {} of {}; the same command goes on from here", learner.updates(),
             config.updates());
    return 0;
  }
  if (speaks) write_atomically(run / "policy.safetensors", learner.policy_bytes());
  log_info("policy: {}", (run / "policy.safetensors").string());
  return 0;
}

int run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(kHelp);
  app.add_option("config", arguments.config, "YAML configuration")->required();
  app.add_option("--set", arguments.overrides, "override one key: a.b=value (repeatable)")
      ->allow_extra_args(false);
  app.add_option("--updates", arguments.updates, "stop after so many updates, as a stop signal would")
      ->check(CLI::Range(1, 1000000000));
  app.add_flag("--dump-config", arguments.dump, "print the full configuration with its comments and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help
    throw UserError(e.what(), "the command line is not understood", "mazescan-trainer --help shows its form");
  }
  const auto config = load_config<TrainerConfig>(arguments.config, arguments.overrides);
  if (arguments.dump) {
    std::fputs(dump_config(config).c_str(), stdout);
    return 0;
  }
  const World world(&argc, &argv);
  start_log(world.rank());
  use_one_compute_thread();
  return train(arguments, config, world);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("mazescan-trainer", [&] { return run(argc, argv); });
}

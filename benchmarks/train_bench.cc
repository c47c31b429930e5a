// Measures the speed of training, relative to the floating-point rate that the same cores reach in a matrix
// product in the same run.
//   mpirun -n 2 train_bench configs/quickstart.yaml [updates]
// Rank 0 prints a JSON list of rows {name, value, unit}.
#include <torch/types.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/gemm_rate.h"
#include "cluster/collective.h"
#include "cluster/communicator.h"
#include "cluster/program.h"
#include "policy/threads.h"
#include "trainer/learner.h"

using namespace mazescan;

namespace {

int run(int argc, char** argv) {
  require(argc >= 2, "no configuration given", "the benchmark trains one",
          "train_bench configs/quickstart.yaml");
  const auto config = load_config<trainer::TrainerConfig>(argv[1]);
  const int updates = argc > 2 ? std::atoi(argv[2]) : 60;
  const cluster::Communicator communicator(&argc, &argv);
  policy::use_one_compute_thread();
  const auto collective = cluster::make_mpi_collective(communicator);
  trainer::Learner learner(config, communicator, *collective, trainer::local_environments(config));

  for (int i = 0; i < 5; ++i) learner.update();  // warm caches
  double peak = gemm_rate(communicator);
  const auto [forward, backward] = learner.network().arithmetic();
  double seconds = 0, network = 0, steps = 0, flops = 0;
  for (int i = 0; i < updates; ++i) {
    const trainer::UpdateMetrics metrics = learner.update();
    seconds += metrics.update_seconds;
    network += metrics.network_seconds;
    const auto states = static_cast<double>(metrics.states);
    steps += states;
    // Equal states are evaluated once.
    flops += states * (metrics.evaluated_share * forward +
                       config.train.ppo.epochs * metrics.distinct_share * (forward + backward));
  }
  peak = std::max(peak, gemm_rate(communicator));
  double all_peaks = 0;
  for (const double rank_peak : communicator.all_gather({peak})) all_peaks += rank_peak;
  if (!communicator.is_root()) return 0;

  const nlohmann::json rows = {
      {{"name", "train/quickstart"}, {"value", steps / seconds}, {"unit", "steps/s"}},
      {{"name", "train/ranks"}, {"value", communicator.size()}, {"unit", "ranks"}},
      {{"name", "train/gemm"}, {"value", all_peaks / 1e9}, {"unit", "GFLOP/s"}},
      {{"name", "train/arithmetic"}, {"value", flops / seconds / 1e9}, {"unit", "GFLOP/s"}},
      {{"name", "train/gemm_share"}, {"value", flops / seconds / all_peaks}, {"unit", "share"}},
      {{"name", "train/overhead_share"}, {"value", 1 - network / seconds}, {"unit", "share"}}};
  std::cout << rows.dump(1) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return cluster::run_program("train_bench", [&] { return run(argc, argv); });
}

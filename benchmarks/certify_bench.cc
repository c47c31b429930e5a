// Measures how fast certify evaluates mazes of size 7, relative to the floating-point rate of the same cores
// in a matrix product in the same run.
//   mpirun -n 2 certify_bench configs/quickstart.yaml [layouts per rank]
// Rank 0 prints a JSON list of rows {name, value, unit}. Uses the policy of the configuration's run, or an
// untrained network if there is none.
#include <torch/types.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "benchmarks/gemm_rate.h"
#include "benchmarks/processor_seconds.h"
#include "cluster/program.h"
#include "core/stopwatch.h"
#include "evaluator/analyses/certify/certify.h"
#include "evaluator/analyses/certify/config.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/registry/registry.h"
#include "policy/threads.h"

using namespace mazescan;

namespace {

int run(int argc, char** argv) {
  require(argc >= 2, "no configuration given", "the benchmark takes one",
          "certify_bench configs/quickstart.yaml");
  constexpr int kSize = 7;
  auto config = registry::load_run_config(argv[1]);
  config.section<certify::CertifyConfig>().chunk = argc > 2 ? std::atoi(argv[2]) : 400;
  const cluster::Communicator communicator(&argc, &argv);
  policy::use_one_compute_thread();
  const policies::ExpectedPolicy policy = policies::expected_policy(
      policies::policy_path(config, config.section<certify::CertifyConfig>().policy), config.source);
  const policies::TrainedPolicy& trained = policy.trained;
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  const certify::CertifiedLayouts layouts = certify::certified_layouts(kSize, config.seed, 0);
  const auto certify_chunk = [&](int chunk) {
    certify::certify_unit(config, trained.environment, agent, layouts, {kSize, certify::kAllLayouts, chunk});
  };

  const double gemm = gemm_rate(communicator);
  communicator.barrier();
  const Stopwatch stopwatch;
  const double processor_begin = processor_seconds();
  certify_chunk(communicator.rank());
  const double processor = processor_seconds() - processor_begin;
  communicator.barrier();
  const double seconds = stopwatch.seconds();
  const double peak = std::max(gemm, gemm_rate(communicator));
  const auto sum = [&](double value) {
    const auto all = communicator.all_gather({value});
    return std::accumulate(all.begin(), all.end(), 0.0);
  };
  const double all_peaks = sum(peak), all_processor = sum(processor);
  if (!communicator.is_root()) return 0;

  const auto states = static_cast<double>(certify::certified_states(
      kSize, int64_t{config.section<certify::CertifyConfig>().chunk} * communicator.size(),
      agent.depends_on_facing() ? 2 : 1));
  const double rate = states / seconds, forward = trained.policy.network.arithmetic().forward;
  const auto all_states = static_cast<double>(certify::certified_states(
      kSize, static_cast<int64_t>(certify::layout_count(kSize)), agent.depends_on_facing() ? 2 : 1));
  const nlohmann::json rows = {
      {{"name", "certify/7"}, {"value", rate}, {"unit", "states/s"}},
      {{"name", "certify/7/whole"}, {"value", all_states / rate / 60}, {"unit", "min"}},
      // Processor time depends little on other load of the machine.
      {{"name", "certify/7/processor"}, {"value", states / all_processor}, {"unit", "states/s of a core"}},
      {{"name", "certify/7/gemm_share"}, {"value", rate * forward / all_peaks}, {"unit", "share"}},
      {{"name", "certify/7/gemm"}, {"value", all_peaks / 1e9}, {"unit", "GFLOP/s"}}};
  std::cout << rows.dump(1) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return cluster::run_program("certify_bench", [&] { return run(argc, argv); });
}

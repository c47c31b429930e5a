// Measures how fast one core evaluates a policy that sees frames, relative to its floating-point rate in a
// matrix product in the same run.
//   evaluate_bench configs/published_easy.yaml
// Prints a JSON list of rows {name, value, unit}. Uses an untrained network of the configuration's shape.
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/gemm_rate.h"
#include "benchmarks/processor_seconds.h"
#include "cluster/program.h"
#include "envs/maze/maze_config.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/registry/registry.h"
#include "evaluator/rollout/agent.h"
#include "policy/threads.h"

using namespace mazescan;

namespace {

// Returns the states that a second of processor time evaluates, in the fastest of several repetitions.
double states_per_second(size_t states, const std::function<void()>& evaluate) {
  double best = 0;
  for (int repetition = 0; repetition < 6; ++repetition) {
    const double begin = processor_seconds();
    evaluate();
    best = std::max(best, static_cast<double>(states) / (processor_seconds() - begin));
  }
  return best;
}

int run(int argc, char** argv) {
  require(argc >= 2, "no configuration given", "the benchmark takes one",
          "evaluate_bench configs/published_easy.yaml");
  const auto config = registry::load_run_config(argv[1]);
  const cluster::Communicator communicator(&argc, &argv);
  policy::use_one_compute_thread();
  policies::TrainedPolicy trained = policies::expected_policy("", config.source).trained;
  trained.environment.set("theme", "mazescan");  // needs no files
  const auto task = make_task(trained.environment);
  const int size = task->sizes().back();
  std::vector<envs::MazeLevel> levels;
  for (int i = 0; i < 2 * rollout::kStatesOfAPass; ++i) levels.push_back(make_level(*task, i, size));
  std::vector<envs::MazeState> states;
  for (const envs::MazeLevel& level : levels) states.push_back(task->initial_state(level));

  policy::Network& network = trained.policy.network;
  const rollout::NetworkAgent agent(network, trained.environment);
  std::vector<float> logits(states.size() * static_cast<size_t>(agent.actions())), values(states.size());
  const auto evaluate = [&] {
    agent.evaluate(states, std::vector<int>(states.size()), logits.data(), values.data());
  };
  const torch::Tensor frames = agent.observe({states.begin(), states.begin() + rollout::kStatesOfAPass});
  const auto whole_pass = [&] {
    const torch::NoGradGuard no_grad;
    network.forward(frames);
  };
  const double gemm = gemm_rate(communicator);
  const double rate = states_per_second(states.size(), evaluate),
               whole = states_per_second(rollout::kStatesOfAPass, whole_pass);
  const double peak = std::max(gemm, gemm_rate(communicator));
  network.compute_in(torch::kBFloat16);
  const double bfloat16 = states_per_second(states.size(), evaluate);
  const auto row = [](const char* name, double value, const char* unit) {
    return nlohmann::json{{"name", name}, {"value", value}, {"unit", unit}};
  };
  const nlohmann::json rows = {
      row("evaluate/rgb", rate, "states/s of a core"),
      row("evaluate/rgb/gemm_share", rate * network.arithmetic().forward / peak, "share"),
      row("evaluate/rgb/pass_of_512", whole, "states/s of a core"),
      row("evaluate/rgb/bfloat16", bfloat16, "states/s of a core"),
  };
  std::cout << rows.dump(1) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return cluster::run_program("evaluate_bench", [&] { return run(argc, argv); });
}

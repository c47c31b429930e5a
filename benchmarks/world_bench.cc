// Speed of the world on one core: levels, and 64 mazes under random actions.
#include <benchmark/benchmark.h>

#include <vector>

#include "core/random.h"
#include "envs/batch.h"
#include "envs/maze_level.h"

namespace mazescan {
namespace {

void bench_level(benchmark::State& state, int size) {
  LevelOptions options;
  options.region = 5;
  Mt19937 rng(0);
  MazeLevel level;
  int32_t seed = 0;
  while (state.KeepRunning()) {
    generate_level(options, seed++, size, rng, level);
    benchmark::DoNotOptimize(level.cheese);
  }
  state.SetItemsProcessed(state.iterations());
}

// One item is one step of one maze; levels that end are replaced, as in training.
void bench_steps(benchmark::State& state, int world, bool observe) {
  constexpr int kMazes = 64, kPlan = 1024;
  EnvironmentConfig config;
  config.world = world;
  Batch batch(config, 1, 0, kMazes, 1);
  RandomStream random(1, "actions");
  std::vector<int32_t> actions(kPlan * kMazes);
  for (auto& action : actions) action = static_cast<int32_t>(random.below(batch.action_count()));
  std::vector<float> rewards(kMazes);
  std::vector<uint8_t> terminated(kMazes), truncated(kMazes), observations(kMazes * batch.shape().bytes());
  int at = 0;
  while (state.KeepRunning()) {
    batch.step(&actions[at * kMazes], rewards.data(), terminated.data(), truncated.data(),
               observe ? observations.data() : nullptr);
    benchmark::DoNotOptimize(observations.data());
    at = (at + 1) % kPlan;
  }
  state.SetItemsProcessed(state.iterations() * kMazes);
}

BENCHMARK_CAPTURE(bench_level, 25, 25)->Name("level/25")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(bench_level, 7, 7)->Name("level/7")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(bench_steps, planes9, 9, true)->Name("world/planes9");
BENCHMARK_CAPTURE(bench_steps, planes25, 25, true)->Name("world/planes25");
BENCHMARK_CAPTURE(bench_steps, states, 25, false)->Name("world/hard/states");

}  // namespace
}  // namespace mazescan

BENCHMARK_MAIN();

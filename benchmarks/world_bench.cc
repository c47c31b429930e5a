// Measures the speed of the environments on one core: level generation, and 64 mazes with random actions.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "core/random.h"
#include "core/stopwatch.h"
#include "envs/batch.h"
#include "envs/heist/heist.h"
#include "envs/keys_and_chests/keys_and_chests.h"
#include "envs/maze/level.h"
#include "envs/maze/maze_config.h"

namespace mazescan {
namespace {

constexpr int kMazes = 64;

void bench_level(benchmark::State& state, int size) {
  maze::LevelOptions options;
  options.region = 5;
  envs::Mt19937 rng(0);
  envs::MazeLevel level;
  int32_t seed = 0;
  while (state.KeepRunning()) {
    maze::generate_level(options, seed++, size, rng, level);
    benchmark::DoNotOptimize(level.cheese);
  }
  state.SetItemsProcessed(state.iterations());
}

envs::EnvironmentConfig planes(int world) {
  envs::EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = world;
  return config;
}

envs::EnvironmentConfig keys_and_chests(int world) {
  envs::EnvironmentConfig config("keys_and_chests");
  config.own<keys_and_chests::KeysAndChestsConfig>().world_dim = world;
  return config;
}

envs::EnvironmentConfig heist_planes(int world) {
  envs::EnvironmentConfig config("heist");
  config.own<heist::HeistConfig>().world_dim = world;
  return config;
}

envs::EnvironmentConfig frames(int world, frame::View view) {
  envs::EnvironmentConfig config;
  config.own<maze::MazeConfig>().world_dim = world;
  config.own<maze::MazeConfig>().observation = envs::Interface::rgb;
  config.own<maze::MazeConfig>().view = view;
  return config;
}

// Steps mazes with random actions. Finished levels are replaced, as in training.
class Player {
 public:
  Player(const envs::EnvironmentConfig& config, int threads, int mazes = kMazes)
      : batch_(config, 1, 0, mazes, threads),
        actions_(kPlan * mazes),
        rewards_(mazes),
        terminated_(mazes),
        truncated_(mazes) {
    RandomStream random(1, "actions");
    for (auto& action : actions_) action = static_cast<int32_t>(random.below(batch_.action_count()));
  }
  size_t bytes() const { return batch_.count() * batch_.shape().bytes(); }
  void step(uint8_t* observations) {
    batch_.step(&actions_[at_ * batch_.count()], rewards_.data(), terminated_.data(), truncated_.data(),
                observations);
    at_ = (at_ + 1) % kPlan;
  }

 private:
  static constexpr size_t kPlan = 1024;
  envs::Batch batch_;
  std::vector<int32_t> actions_;
  std::vector<float> rewards_;
  std::vector<uint8_t> terminated_, truncated_;
  size_t at_ = 0;
};

// Counts one step of one maze as one item. All observations are written to the same buffer.
void bench_steps(benchmark::State& state, const envs::EnvironmentConfig& config, bool observe, int threads) {
  Player player(config, threads);
  std::vector<uint8_t> observations(player.bytes());
  while (state.KeepRunning()) {
    player.step(observe ? observations.data() : nullptr);
    benchmark::DoNotOptimize(observations.data());
  }
  state.SetItemsProcessed(state.iterations() * kMazes);
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Measures how fast a rollout of 256 steps (200 MB of frames) is filled, as a share of the speed of memcpy.
// memcpy fills the same buffer from the frames of one step, which stay in the cache.
void bench_rollout_share(benchmark::State& state, const envs::EnvironmentConfig& config) {
  constexpr size_t kSteps = 256;
  Player player(config, 1);
  const size_t bytes = player.bytes();
  std::vector<uint8_t> rollout(kSteps * bytes), step(bytes);
  player.step(step.data());
  double stepping = 0, copying = 0;
  while (state.KeepRunning()) {
    const double begin = cpu_seconds();
    for (size_t t = 0; t < kSteps; ++t) player.step(&rollout[t * bytes]);
    const double middle = cpu_seconds();
    for (size_t t = 0; t < kSteps; ++t) std::memcpy(&rollout[t * bytes], step.data(), bytes);
    copying += cpu_seconds() - middle;
    stepping += middle - begin;
    benchmark::DoNotOptimize(rollout.data());
  }
  const double steps = static_cast<double>(state.iterations()) * kSteps * kMazes;
  state.counters["share"] = copying / stepping;
  state.counters["steps_per_second"] = steps / stepping;
  state.counters["memcpy_bytes_per_second"] = steps / kMazes * static_cast<double>(bytes) / copying;
}

// Measures the speedup of a large batch by a second thread: the ratio of the median times of alternating runs
// with one and with two threads. (In a small batch, one thread often waits until the other has generated a
// level.)
void bench_two_threads(benchmark::State& state, const envs::EnvironmentConfig& config) {
  constexpr int kMany = 512, kWarmUp = 4, kSteps = 16;
  Player one(config, 1, kMany), two(config, 2, kMany);
  std::vector<uint8_t> observations(one.bytes());
  const auto seconds = [&](Player& player) {
    for (int t = 0; t < kWarmUp; ++t) player.step(observations.data());
    const Stopwatch stopwatch;
    for (int t = 0; t < kSteps; ++t) player.step(observations.data());
    return stopwatch.seconds();
  };
  const auto median = [](std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  std::vector<double> alone, together;
  while (state.KeepRunning()) {
    alone.push_back(seconds(one));
    together.push_back(seconds(two));
  }
  state.counters["speedup"] = median(alone) / median(together);
}

BENCHMARK_CAPTURE(bench_level, 25, 25)->Name("level/25")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(bench_level, 7, 7)->Name("level/7")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(bench_steps, planes9, planes(9), true, 1)->Name("world/planes9");
BENCHMARK_CAPTURE(bench_steps, planes25, planes(25), true, 1)->Name("world/planes25");
BENCHMARK_CAPTURE(bench_steps, keys9, keys_and_chests(9), true, 1)->Name("world/keys9");
BENCHMARK_CAPTURE(bench_steps, keys13, keys_and_chests(13), true, 1)->Name("world/keys13");
BENCHMARK_CAPTURE(bench_steps, heist9, heist_planes(9), true, 1)->Name("world/heist9");
BENCHMARK_CAPTURE(bench_steps, heist13, heist_planes(13), true, 1)->Name("world/heist13");
BENCHMARK_CAPTURE(bench_steps, heist_states, heist_planes(13), false, 1)->Name("world/heist13/states");
BENCHMARK_CAPTURE(bench_steps, states, planes(25), false, 1)->Name("world/hard/states");
BENCHMARK_CAPTURE(bench_steps, easy, frames(15, frame::View::world), true, 1)->Name("world/easy/frames");
BENCHMARK_CAPTURE(bench_steps, hard, frames(25, frame::View::world), true, 1)->Name("world/hard/frames");
BENCHMARK_CAPTURE(bench_two_threads, hard, frames(25, frame::View::world))
    ->Name("world/hard/two_threads")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(bench_rollout_share, hard, frames(25, frame::View::world))
    ->Name("world/hard/rollout_share")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_steps, memory, frames(31, frame::View::mouse), true, 1)->Name("world/memory/frames");

}  // namespace
}  // namespace mazescan

BENCHMARK_MAIN();

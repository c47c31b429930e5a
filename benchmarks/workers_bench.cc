// Measures when environment workers pay off: times complete updates with an environment that takes 0, 10 and
// 100 microseconds more per step, with four uses of the same two cores.
//   mpirun -n 2 workers_bench configs/quickstart.yaml [rounds]
// Rank 0 prints a JSON list of rows {name, value, unit}: steps per second of wall time, and (/processor)
// steps per second of processor time of the busiest rank, which excludes waiting.
#include <torch/types.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "benchmarks/processor_seconds.h"
#include "cluster/collective.h"
#include "cluster/communicator.h"
#include "cluster/program.h"
#include "core/stopwatch.h"
#include "policy/threads.h"
#include "trainer/learner.h"
#include "trainer/worker.h"
#include "trainer/workers.h"

using namespace mazescan;

namespace {

constexpr int kMicroseconds[] = {0, 10, 100};
constexpr int kUpdates = 1;  // timed updates, after one update that is not timed

// Uses of the two ranks. With one learner and no worker, the other rank sleeps.
enum class Mode : uint8_t { alone, threads, learners, workers };
constexpr std::pair<Mode, const char*> kModes[] = {{Mode::alone, "1_learner"},
                                                   {Mode::threads, "1_learner_2_threads"},
                                                   {Mode::learners, "2_learners"},
                                                   {Mode::workers, "1_learner_1_worker"}};

// Simulates a slow environment by arithmetic rather than by sleeping: it takes longer on a shared core.
void work(int64_t rounds) {
  volatile uint64_t x = 1;
  for (int64_t i = 0; i < rounds; ++i) x = x * 6364136223846793005U + 1442695040888963407U;
}

int64_t rounds_a_microsecond() {
  constexpr int64_t kRounds = 1'000'000;
  double best = 1;  // seconds
  for (int i = 0; i < 10; ++i) {
    const Stopwatch watch;
    work(kRounds);
    best = std::min(best, watch.seconds());
  }
  return std::max<int64_t>(1, static_cast<int64_t>(1e-6 * kRounds / best));
}

// Wraps an environment and makes each step slower.
class SlowEnvironment final : public envs::Environment {
 public:
  SlowEnvironment(std::unique_ptr<envs::Environment> inner, int64_t rounds)
      : inner_(std::move(inner)), rounds_(rounds) {}
  envs::ObservationShape observation_shape() const override { return inner_->observation_shape(); }
  int action_count() const override { return inner_->action_count(); }
  void reset() override { inner_->reset(); }
  envs::StepResult step(int action) override {
    work(rounds_);
    return inner_->step(action);
  }
  void observe(uint8_t* out) const override { inner_->observe(out); }
  envs::StateGraph state_graph() const override { return inner_->state_graph(); }
  void observe_state(const envs::MazeState& state, uint8_t* out) const override {
    inner_->observe_state(state, out);
  }
  envs::EpisodeSummary episode() const override { return inner_->episode(); }
  int32_t level_seed() const override { return inner_->level_seed(); }
  const envs::MazeState& state() const override { return inner_->state(); }
  envs::LevelChoice level_choice() const override { return inner_->level_choice(); }
  void set_state(const envs::MazeState& state, const envs::LevelChoice& choice) override {
    inner_->set_state(state, choice);
  }
  void set_max_size(int size) override { inner_->set_max_size(size); }
  void save(ByteWriter& out) const override { inner_->save(out); }
  void restore(ByteReader& in) override { inner_->restore(in); }
  void write_state(ByteWriter& out, bool with_level) const override { inner_->write_state(out, with_level); }

 private:
  std::unique_ptr<envs::Environment> inner_;
  int64_t rounds_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Measures the steps per second of complete updates.
double rate(const trainer::TrainerConfig& config, const cluster::Communicator& learners,
            const trainer::MakeVectorEnv& environments) {
  const auto collective = cluster::make_mpi_collective(learners);
  trainer::Learner learner(config, learners, *collective, environments);
  learner.update();  // warm caches
  const Stopwatch watch;
  for (int i = 0; i < kUpdates; ++i) learner.update();
  return static_cast<double>(config.batch_size()) * kUpdates / watch.seconds();
}

int run(int argc, char** argv) {
  require(argc >= 2, "no configuration given", "the benchmark trains one",
          "mpirun -n 2 workers_bench configs/quickstart.yaml");
  const auto config = load_config<trainer::TrainerConfig>(argv[1]);
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  const cluster::Communicator communicator(&argc, &argv);
  require(communicator.size() == 2, lazy("{} ranks", communicator.size()), "two ranks are compared with one",
          "mpirun -n 2 workers_bench ...");
  policy::use_one_compute_thread();
  const cluster::Communicator myself = communicator.split(communicator.rank());
  const int64_t a_microsecond = rounds_a_microsecond();
  trainer::TrainerConfig threaded = config;
  threaded.train.threads = 2;

  nlohmann::json rows;
  for (const int microseconds : kMicroseconds) {
    const envs::EnvironmentFactory make = [&](const envs::EnvironmentConfig& environment, uint32_t seed) {
      return std::make_unique<SlowEnvironment>(envs::make_environment(environment, seed),
                                               a_microsecond * microseconds);
    };
    std::map<Mode, std::vector<double>> rates, busiest;
    for (int round = 0; round < rounds; ++round)  // alternate modes: other load may vary
      for (const auto& [mode, name] : kModes) {
        const double before = processor_seconds();
        if (mode == Mode::learners) {
          rates[mode].push_back(rate(config, communicator, trainer::local_environments(config, make)));
        } else if (!communicator.is_root()) {
          trainer::serve_learner(config, communicator, 0, make);  // sleeps between requests
        } else {
          trainer::Workers workers(communicator, {1});
          rates[mode].push_back(mode == Mode::workers ? rate(config, myself, workers.environments(config))
                                : mode == Mode::threads
                                    ? rate(threaded, myself, trainer::local_environments(threaded, make))
                                    : rate(config, myself, trainer::local_environments(config, make)));
        }
        const auto used = communicator.all_gather({processor_seconds() - before});
        busiest[mode].push_back(static_cast<double>(config.batch_size()) * (1 + kUpdates) /
                                std::max(used[0], used[1]));
      }
    for (const auto& [mode, name] : kModes) {
      if (!communicator.is_root()) continue;
      const std::string row = fmt::format("roles/{}us/{}", microseconds, name);
      const double wall = median(rates[mode]), processor = median(busiest[mode]);
      fmt::print(stderr, "{:<36} {:>8.0f} steps/s {:>8.0f} a processor second\n", row, wall, processor);
      rows.push_back({{"name", row}, {"value", wall}, {"unit", "steps/s"}});
      rows.push_back({{"name", row + "/processor"}, {"value", processor}, {"unit", "steps/s"}});
    }
  }
  if (communicator.is_root()) std::cout << rows.dump(1) << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return cluster::run_program("workers_bench", [&] { return run(argc, argv); });
}

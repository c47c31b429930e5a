#include "envs/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "envs/mt19937.h"

namespace mazescan {

// Threads that stay. The caller works too: it takes the first chunk.
class Batch::Pool {
 public:
  using Work = std::function<void(int begin, int end)>;

  Pool(int threads, int items) : threads_(threads), items_(items), failures_(threads) {
    for (int chunk = 1; chunk < threads; ++chunk) workers_.emplace_back([this, chunk] { serve(chunk); });
  }
  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      work_ = nullptr;
      ++round_;
    }
    begin_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  // Calls work on contiguous chunks that make up 0..items; an exception of a chunk is thrown here.
  void run(const Work& work) {
    {
      const std::lock_guard lock(mutex_);
      work_ = &work;
      busy_ = threads_ - 1;
      ++round_;
    }
    begin_.notify_all();
    do_chunk(0, work);
    std::unique_lock lock(mutex_);
    end_.wait(lock, [this] { return busy_ == 0; });
    for (auto& failure : failures_)
      if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
  }

 private:
  void do_chunk(int chunk, const Work& work) {
    try {
      work(boundary(chunk), boundary(chunk + 1));
    } catch (...) {
      failures_[chunk] = std::current_exception();
    }
  }
  int boundary(int chunk) const { return static_cast<int>(static_cast<int64_t>(items_) * chunk / threads_); }

  void serve(int chunk) {
    std::unique_lock lock(mutex_);
    for (uint64_t seen = 0;;) {
      begin_.wait(lock, [&] { return round_ != seen; });
      seen = round_;
      const Work* work = work_;
      if (work == nullptr) return;
      lock.unlock();
      do_chunk(chunk, *work);
      lock.lock();
      if (--busy_ == 0) end_.notify_one();
    }
  }

  const int threads_, items_;
  std::vector<std::thread> workers_;
  std::vector<std::exception_ptr> failures_;  // [threads]
  std::mutex mutex_;
  std::condition_variable begin_, end_;
  const Work* work_ = nullptr;
  uint64_t round_ = 0;
  int busy_ = 0;
};

struct Batch::Step {
  const int32_t* actions;
  float* rewards;
  uint8_t* terminated;
  uint8_t* truncated;
  uint8_t* observations;
};

Batch::Batch(const EnvironmentConfig& config, int32_t rand_seed, int first, int count, int threads,
             int largest_size, AutoresetMode autoreset)
    : autoreset_(autoreset) {
  expect(first >= 0 && count > 0, "a range of environments that is not empty");
  require(threads >= 1, fmt::format("{} environment threads", threads), "somebody has to step the mazes",
          "1 or more");
  // procgen gives the i-th environment of a vector the i-th number of the vector's generator.
  Mt19937 seeds(static_cast<uint32_t>(rand_seed));
  for (int i = 0; i < first; ++i) seeds.next();
  environments_.reserve(count);
  for (int i = 0; i < count; ++i) {
    auto environment = make_environment(config, seeds.next());
    if (largest_size != 0) environment->set_largest_size(largest_size);
    environments_.push_back(std::move(environment));
  }
  level_seeds_.resize(count);
  over_.resize(count);
  reset();
  shape_ = environments_.front()->observation_shape();
  final_observations_.resize(count * shape_.bytes());
  outcomes_.resize(count);
  threads = std::min(threads, count);
  if (threads > 1) pool_ = std::make_unique<Pool>(threads, count);
}

Batch::~Batch() = default;

void Batch::step_range(const Step& step, int begin, int end) {
  const size_t bytes = shape_.bytes();
  for (int i = begin; i < end; ++i) {
    Environment& environment = *environments_[i];
    const bool begins = over_[i] != 0;
    if (begins) {
      expect(autoreset_ == AutoresetMode::next_step, "reset() of an environment whose episode has ended");
      begin_level(i);
    }
    const StepResult result = begins ? StepResult{} : environment.step(step.actions[i]);
    step.rewards[i] = result.reward;
    step.terminated[i] = static_cast<uint8_t>(result.terminated);
    step.truncated[i] = static_cast<uint8_t>(result.truncated);
    Finished& outcome = outcomes_[i];
    outcome.index = -1;
    if (result.level_over) {
      const bool ended = result.terminated || result.truncated;
      outcome = {i, environment.episode(), result.truncated, nullptr};
      if (ended && autoreset_ != AutoresetMode::same_step) {
        over_[i] = 1;
      } else {
        if (ended && step.observations != nullptr) {
          uint8_t* const final_observation = &final_observations_[i * bytes];
          environment.observe(final_observation);
          outcome.final_observation = final_observation;
        }
        begin_level(i);
      }
    }
    if (step.observations != nullptr) environment.observe(step.observations + i * bytes);
  }
}

void Batch::step(const int32_t* actions, float* rewards, uint8_t* terminated, uint8_t* truncated,
                 uint8_t* observations) {
  const Step step{actions, rewards, terminated, truncated, observations};
  if (pool_) {
    pool_->run([&](int begin, int end) { step_range(step, begin, end); });
  } else {
    step_range(step, 0, count());
  }
  finished_.clear();
  for (const auto& outcome : outcomes_)
    if (outcome.index >= 0) finished_.push_back(outcome);
}

void Batch::begin_level(int index) {
  environments_[index]->reset();
  level_seeds_[index] = environments_[index]->level_seed();
  over_[index] = 0;
}

void Batch::reset(const uint8_t* mask) {
  finished_.clear();
  const auto reset_range = [&](int begin, int end) {
    for (int i = begin; i < end; ++i)
      if (mask == nullptr || mask[i] != 0) begin_level(i);
  };
  if (pool_) {
    pool_->run(reset_range);
  } else {
    reset_range(0, count());
  }
}

void Batch::observe(uint8_t* observations) const {
  for (const auto& environment : environments_) {
    environment->observe(observations);
    observations += shape_.bytes();
  }
}

void Batch::set_largest_size(int size) {
  for (auto& environment : environments_) environment->set_largest_size(size);
}

void Batch::save(ByteWriter& out) const {
  for (int i = 0; i < count(); ++i) {
    ByteWriter block;
    block.put(over_[i]);
    environments_[i]->save(block);
    out.put_bytes(block.bytes());
  }
}

void Batch::restore(ByteReader& in) {
  finished_.clear();
  for (int i = 0; i < count(); ++i) {
    ByteReader block(in.get_bytes(), "the saved state of an environment");
    const auto over = block.get<uint8_t>();
    require(over <= (autoreset_ == AutoresetMode::same_step ? 0 : 1),
            "the saved state of an environment cannot be restored",
            "its episode has ended, or it is damaged, and this batch begins the next one at once",
            "the state saved by a run with the same `environment` section and autoreset mode");
    environments_[i]->restore(block);
    require(block.at_end(), "the saved state of an environment is too long", "bytes follow behind its end",
            "the state saved by a run with the same `environment` section");
    over_[i] = over;
    level_seeds_[i] = environments_[i]->level_seed();
  }
}

}  // namespace mazescan

#include "envs/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "core/hash.h"
#include "envs/mt19937.h"

namespace mazescan::envs {

// Persistent worker threads. Each has a fixed chunk, for cache affinity, and then takes unstarted items of
// other chunks, so that no step waits for a thread that the machine does not run. The caller processes chunk
// 0. A step takes microseconds, as long as waking a thread: waiting threads spin briefly before they sleep.
class Batch::Pool {
 public:
  using Work = std::function<void(int begin, int end)>;

  Pool(int threads, int items) : chunks_(threads), failures_(threads) {
    for (int c = 0; c < threads; ++c) {
      chunks_[c].begin = static_cast<int>(static_cast<int64_t>(items) * c / threads);
      chunks_[c].end = static_cast<int>(static_cast<int64_t>(items) * (c + 1) / threads);
      chunks_[c].next = chunks_[c].end;
    }
    items_ = items;
    for (int c = 1; c < threads; ++c) workers_.emplace_back([this, c] { serve(c); });
  }
  ~Pool() {
    stop_ = true;
    begin_round();
    for (auto& worker : workers_) worker.join();
  }

  // Calls `work` on ranges that cover 0..items. Rethrows one of their exceptions.
  void run(const Work& work) {
    work_ = &work;
    left_ = items_;
    for (Chunk& chunk : chunks_) chunk.next = chunk.begin;
    begin_round();
    help(0);
    const auto done = [this] { return left_ == 0; };
    if (!watch(done)) {
      std::unique_lock lock(mutex_);
      end_.wait(lock, done);
    }
    std::exception_ptr first;
    for (auto& failure : failures_)  // clears all of them: none may appear in the next round
      if (std::exception_ptr one = std::exchange(failure, nullptr); first == nullptr) first = one;
    if (first) std::rethrow_exception(first);
  }

 private:
  static constexpr int kGrain = 4;  // items taken at a time
  struct alignas(64) Chunk {
    int begin = 0, end = 0;
    std::atomic<int> next{0};  // the first item that is not taken; end or more between rounds
  };

  // Returns whether `done` became true within the time in which a sleeping thread wakes up.
  template <class Done>
  static bool watch(const Done& done) {
    constexpr auto kMoment = std::chrono::microseconds(50);
    constexpr int kLooks = 64;  // polls between reads of the clock
    const auto end = std::chrono::steady_clock::now() + kMoment;
    do {
      for (int i = 0; i < kLooks; ++i)
        if (done()) return true;
    } while (std::chrono::steady_clock::now() < end);
    return false;
  }

  void begin_round() {
    {
      const std::lock_guard lock(mutex_);
      ++round_;
    }
    begin_.notify_all();
  }

  // Takes items, those of chunk `mine` first, until there are none. A round does not end while an item of it
  // is taken, so `work_` belongs to this round.
  void help(int mine) {
    const auto threads = static_cast<int>(chunks_.size());
    for (int k = 0; k < threads; ++k) {
      Chunk& chunk = chunks_[(mine + k) % threads];
      while (chunk.next < chunk.end) {
        const int begin = chunk.next.fetch_add(kGrain), end = std::min(begin + kGrain, chunk.end);
        if (begin >= end) break;
        try {
          (*work_)(begin, end);
        } catch (...) {
          failures_[mine] = std::current_exception();
        }
        if ((left_ -= end - begin) > 0 || mine == 0) continue;
        { const std::lock_guard lock(mutex_); }  // so that the caller either sleeps or has not checked yet
        end_.notify_one();
      }
    }
  }

  void serve(int mine) {
    for (uint64_t seen = 0;;) {
      const auto begun = [&] { return round_ != seen; };
      if (!watch(begun)) {
        std::unique_lock lock(mutex_);
        begin_.wait(lock, begun);
      }
      seen = round_;
      if (stop_) return;
      help(mine);
    }
  }

  std::vector<Chunk> chunks_;  // one for each thread
  int items_ = 0;
  std::vector<std::thread> workers_;
  std::vector<std::exception_ptr> failures_;  // one for each thread
  std::mutex mutex_;
  std::condition_variable begin_, end_;
  std::atomic<const Work*> work_{nullptr};
  std::atomic<uint64_t> round_{0};
  std::atomic<int> left_{0};  // items of the round that are not done
  std::atomic<bool> stop_{false};
};

namespace {
constexpr uint8_t kStateVersion = 2;  // version of the saved bytes
}

struct Batch::Step {
  const int32_t* actions;
  uint8_t* observations;
};

Batch::Batch(const EnvironmentConfig& config, int32_t rand_seed, int first, int count, int threads,
             int max_size, AutoresetMode autoreset, const EnvironmentFactory& make)
    : autoreset_(autoreset) {
  require(first >= 0 && count > 0, lazy("{} environments from number {} on", count, first),
          "a batch has environments", "one or more, from number 0 on");
  // Applies the checks that a YAML file goes through.
  parse_config<EnvironmentConfig>(dump_config(config), "the environment's configuration");
  require(threads >= 1, lazy("{} environment threads", threads), "at least one thread steps the mazes",
          "1 or more");
  // procgen gives the i-th environment of a vector the i-th number of the vector's generator.
  Mt19937 seeds(static_cast<uint32_t>(rand_seed));
  for (int i = 0; i < first; ++i) seeds.next();
  environments_.reserve(count);
  for (int i = 0; i < count; ++i) {
    auto environment = make(config, seeds.next());
    if (max_size != 0) environment->set_max_size(max_size);
    environments_.push_back(std::move(environment));
  }
  level_seeds_.resize(count);
  over_.resize(count);
  reset();
  shape_ = environments_.front()->observation_shape();
  final_observations_.resize(count * shape_.bytes());
  results_.resize(count);
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
    results_[i] = result;
    if (result.level_over) {
      const bool ended = result.terminated || result.truncated;
      Finished& outcome = outcomes_[i];
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
  const Step step{actions, observations};
  if (pool_) {
    pool_->run([&](int begin, int end) { step_range(step, begin, end); });
  } else {
    step_range(step, 0, count());
  }
  // The threads do not write these themselves: they would compete for the few cache lines.
  finished_.clear();
  for (int i = 0; i < count(); ++i) {
    rewards[i] = results_[i].reward;
    terminated[i] = static_cast<uint8_t>(results_[i].terminated);
    truncated[i] = static_cast<uint8_t>(results_[i].truncated);
    if (results_[i].level_over) finished_.push_back(outcomes_[i]);
  }
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

void Batch::set_state(int index, const MazeState& state, const LevelChoice& choice) {
  environments_.at(index)->set_state(state, choice);
  finished_.clear();
  over_[index] = 0;
  level_seeds_[index] = state.level->seed;
}

void Batch::set_max_size(int size) {
  for (auto& environment : environments_) environment->set_max_size(size);
}

void Batch::save(ByteWriter& out) const {
  for (int i = 0; i < count(); ++i) {
    ByteWriter block;
    block.put(kStateVersion);
    block.put(over_[i]);
    environments_[i]->save(block);
    const uint64_t checksum = hash64(block.bytes());
    block.put(checksum);
    out.put_bytes(block.bytes());
  }
}

void Batch::restore(ByteReader& in) {
  constexpr const char* kWhat = "the saved state of an environment cannot be restored";
  constexpr const char* kRight = "the state saved by a run with the same `environment` section";
  std::vector<std::string> blocks;  // all are checked before the first is used
  for (int i = 0; i < count(); ++i) {
    const std::string_view sealed = in.get_bytes();
    uint64_t checksum = 0;
    require(sealed.size() > sizeof checksum, kWhat, "it is too short", kRight);
    std::memcpy(&checksum, sealed.end() - sizeof checksum, sizeof checksum);
    blocks.emplace_back(sealed.substr(0, sealed.size() - sizeof checksum));
    require(hash64(blocks.back()) == checksum, kWhat, "it is damaged: its checksum does not fit", kRight);
  }
  finished_.clear();
  for (int i = 0; i < count(); ++i) {
    ByteReader block(blocks[i], "the saved state of an environment");
    const auto version = block.get<uint8_t>();
    require(version == kStateVersion, kWhat, lazy("its version is {}, not {}", version, kStateVersion),
            "the state saved by this version of the code");
    const auto over = block.get<uint8_t>();
    require(over <= (autoreset_ == AutoresetMode::same_step ? 0 : 1), kWhat,
            "its episode has ended, but this batch begins the next one in the same step; or it is damaged",
            "the state saved by a run with the same `environment` section and autoreset mode");
    environments_[i]->restore(block);
    require(block.at_end(), "the saved state of an environment is too long", "bytes follow its end", kRight);
    over_[i] = over;
    level_seeds_[i] = environments_[i]->level_seed();
  }
}

}  // namespace mazescan::envs

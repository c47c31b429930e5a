#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace mazescan {

// A thread that writes while the caller computes. Tasks run one after the other, in order. What waits is
// bounded: who computes faster than the disk writes is held up.
class BackgroundWriter {
 public:
  // most_bytes: of the waiting tasks and the running one; a single larger task is let in alone.
  explicit BackgroundWriter(size_t most_bytes);
  ~BackgroundWriter();  // finishes the running task and forgets those that wait
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  // bytes: what the task holds in memory. Throws what an earlier task threw; the tasks after that are
  // forgotten.
  void push(size_t bytes, std::function<void()> task);
  // Waits until all is written. Throws what a task threw.
  void finish();

 private:
  struct Task {
    size_t bytes;
    std::function<void()> run;
  };
  void work();

  const size_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;
  size_t bytes_ = 0;  // of what waits or runs
  bool running_ = false, ended_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace mazescan

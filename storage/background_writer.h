#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace mazescan::storage {

// Runs write tasks in a thread of its own, one after the other, in order, while the caller computes. The
// queue is bounded; push() blocks while it is full.
class BackgroundWriter {
 public:
  // max_bytes: of the waiting tasks and the running one together; a larger task runs alone
  explicit BackgroundWriter(size_t max_bytes);
  ~BackgroundWriter();  // finishes the running task and drops those that wait
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  // Adds a task. `bytes` is the memory that it holds.
  // Throws the exception of an earlier task; the tasks after that one are dropped.
  void push(size_t bytes, std::function<void()> task);
  // Waits until all tasks are done.
  // Throws the exception of a task.
  void finish();

 private:
  struct Task {
    size_t bytes;
    std::function<void()> run;
  };
  void work();

  const size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> waiting_;
  size_t bytes_ = 0;  // of the waiting tasks and the running one
  bool running_ = false, ended_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace mazescan::storage

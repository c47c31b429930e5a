#include "storage/background_writer.h"

#include <utility>

namespace mazescan::storage {

BackgroundWriter::BackgroundWriter(size_t max_bytes) : max_bytes_(max_bytes), thread_([this] { work(); }) {}

BackgroundWriter::~BackgroundWriter() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  thread_.join();
}

void BackgroundWriter::push(size_t bytes, std::function<void()> task) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || bytes_ == 0 || bytes_ + bytes <= max_bytes_; });
  if (failure_) std::rethrow_exception(failure_);
  bytes_ += bytes;
  waiting_.push_back({bytes, std::move(task)});
  changed_.notify_all();
}

void BackgroundWriter::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return failure_ || (waiting_.empty() && !running_); });
  if (failure_) std::rethrow_exception(failure_);
}

void BackgroundWriter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    if (ended_) return;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    running_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      task.run();
    } catch (...) {
      failure = std::current_exception();
    }
    task.run = nullptr;  // frees the memory before `bytes_` is reduced
    lock.lock();
    running_ = false;
    bytes_ -= task.bytes;
    if (failure) {
      failure_ = failure;
      waiting_.clear();
    }
    changed_.notify_all();
  }
}

}  // namespace mazescan::storage

#pragma once
#include <cstdint>
#include <string>

#include "core/stopwatch.h"

namespace mazescan {

// Progress of a job on stderr, with rate and time left: one line rewritten in place on a terminal, a plain
// line every few seconds elsewhere. `enabled` is false on ranks that print nothing.
class Progress {
 public:
  Progress(std::string label, std::string unit, uint64_t total, bool enabled = true);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // What was done before this process started (a resumed job): counts as done, not towards the rate.
  void start_at(uint64_t done);
  // `done` of the total is reached; `note` is shown behind the numbers.
  void update(uint64_t done, const std::string& note = "");

 private:
  void print(bool last);

  std::string label_, unit_, note_;
  uint64_t total_, done_ = 0, started_at_ = 0;
  bool enabled_, terminal_;
  Stopwatch stopwatch_;
  double printed_;  // seconds on the stopwatch at the last line
};

// "1 h 02 min", "3 min 20 s", "12 s".
std::string format_duration(double seconds);
// "9.8 k", "1.25 M": three significant digits.
std::string format_count(double value);

}  // namespace mazescan

#pragma once
#include <cstdint>
#include <string>

#include "core/stopwatch.h"

namespace mazescan {

// Shows the progress of a job on stderr, with rate and time left: on a terminal one line that is rewritten in
// place, elsewhere a new line every few seconds. `enabled` is false on ranks that print nothing.
class Progress {
 public:
  Progress(std::string label, std::string unit, uint64_t total, bool enabled = true);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Sets the work that was done before this process started (a resumed job). It does not count for the rate.
  void start_at(uint64_t done);
  // Reports that `done` of the total is done. `note` is shown after the numbers.
  void update(uint64_t done, const std::string& note = "");

 private:
  void print(bool last);

  std::string label_, unit_, note_;
  uint64_t total_, done_ = 0, started_at_ = 0;
  bool enabled_, terminal_;
  Stopwatch stopwatch_;
  double printed_;  // seconds on the stopwatch at the last line
};

// Formats a duration as "1 h 02 min", "3 min 20 s" or "12 s".
std::string format_duration(double seconds);
// Formats a count with three significant digits: "9.80 k", "1.25 M".
std::string format_count(double value);

}  // namespace mazescan

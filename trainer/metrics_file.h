#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/stopwatch.h"
#include "trainer/event_file.h"
#include "trainer/metrics.h"

namespace mazescan::trainer {

// metrics.jsonl of a run directory, one JSON object for each update, and events.out.tfevents beside it, the
// same numbers for TensorBoard.
class MetricsFile {
 public:
  // Removes the lines after `last_update`: a resumed run computes them again.
  MetricsFile(const std::filesystem::path& path, int64_t last_update);
  void append(const UpdateMetrics& metrics);
  // Returns the success rate over the last updates for each size: "success by size  3: 1.000  5: 0.980".
  std::string recent_success() const;

 private:
  std::filesystem::path path_;
  std::optional<EventFile> events_;
  double seconds_before_ = 0;     // of the training until now, in earlier jobs
  double processor_seconds_ = 0;  // of the training until now
  Stopwatch stopwatch_;
  std::map<int, std::vector<SizeTally>> recent_;  // the last updates of each size
};

}  // namespace mazescan::trainer

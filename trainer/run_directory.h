#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "cluster/communicator.h"
#include "storage/lock.h"
#include "trainer/config.h"
#include "trainer/learner.h"
#include "trainer/metrics_file.h"

namespace mazescan::trainer {

// In the run directory; rank 0 of a job holds it while it trains there.
inline constexpr const char* kTrainerLock = "trainer.lock";

// The files of a training run: its lock, config.yaml, metrics.jsonl, checkpoints and, at the end,
// policy.safetensors. Every learner calls every function; rank 0 writes.
class RunDirectory {
 public:
  // Creates and locks the directory. Throws UserError if another job still holds it after `lock_timeout_s`.
  RunDirectory(const TrainerConfig& config, const cluster::Communicator& communicator, double lock_timeout_s);

  // Restores the newest valid checkpoint or, if there is none, starts from the policy `train.from`; then writes config.yaml and opens metrics.jsonl.
  // Throws UserError if a finished training would be overwritten.
  void resume(Learner& learner);
  void append(const UpdateMetrics& metrics);
  void save_checkpoint(const Learner& learner);
  void write_policy(const Learner& learner);

  // Returns the success rate by maze size over the last updates, as text; "" on ranks other than 0.
  std::string recent_success() const { return metrics_ ? metrics_->recent_success() : ""; }

 private:
  const TrainerConfig config_;
  const cluster::Communicator& communicator_;
  const std::filesystem::path path_;
  std::optional<storage::JobLock> lock_;
  std::optional<MetricsFile> metrics_;
};

}  // namespace mazescan::trainer

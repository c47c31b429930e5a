#include "trainer/run_directory.h"

#include "core/log.h"
#include "storage/atomic_file.h"
#include "storage/atomic_path.h"
#include "storage/checkpoint.h"
#include "trainer/provenance.h"

namespace fs = std::filesystem;

namespace mazescan::trainer {

namespace {

constexpr const char* kCheckpoints = "checkpoints";

storage::Retention retention_of(const CheckpointConfig& checkpoint) {
  return {checkpoint.keep, int64_t{checkpoint.keep_every} * checkpoint.every};
}

// Returns the checkpoint to resume from. Refuses to start in a directory that holds a policy but no checkpoint:
// it was imported, copied, or trained by a run whose checkpoints were removed.
std::optional<storage::Checkpoint> checkpoint_of(const fs::path& run) {
  std::optional<storage::Checkpoint> checkpoint = storage::load_latest(run / kCheckpoints);
  require(checkpoint || !fs::exists(run / "policy.safetensors"),
          lazy("{} has a policy and no checkpoints", run.string()),
          "the training would start from the beginning and replace that policy",
          "remove policy.safetensors to train again, or choose another run directory (run: ...)");
  return checkpoint;
}

// Rank 0 picks the newest valid checkpoint, so that damage is reported once and all ranks load the same one.
std::optional<storage::Checkpoint> newest_checkpoint(const fs::path& run,
                                                     const cluster::Communicator& communicator) {
  std::optional<storage::Checkpoint> checkpoint;
  if (communicator.is_root()) checkpoint = checkpoint_of(run);
  const std::string folder = communicator.broadcast(checkpoint ? checkpoint->folder.string() : "");
  if (!communicator.is_root() && !folder.empty()) checkpoint = storage::load_checkpoint(folder);
  return checkpoint;
}

}  // namespace

RunDirectory::RunDirectory(const TrainerConfig& config, const cluster::Communicator& communicator,
                           double lock_timeout_s)
    : config_(config), communicator_(communicator), path_(config.run) {
  if (!communicator.is_root()) return;
  storage::make_directories(path_);
  lock_.emplace(path_ / kTrainerLock, "the run directory " + path_.string(), lock_timeout_s);
  for (const auto& folder : {path_, path_ / kCheckpoints}) storage::remove_stale_temporaries(folder);
}

void RunDirectory::resume(Learner& learner) {
  if (const auto checkpoint = newest_checkpoint(path_, communicator_)) {
    learner.restore(checkpoint->blobs);
    log_info("resuming from {} (update {} of {})", checkpoint->folder.string(), learner.updates(),
             config_.updates());
  } else if (const std::string& from = config_.train.from; !from.empty()) {
    learner.start_from(storage::read_file(from), from);
  }
  if (!communicator_.is_root()) return;
  storage::remove_old_checkpoints(path_ / kCheckpoints, learner.updates(),
                                  retention_of(config_.train.checkpoint));
  storage::write_atomically(path_ / "config.yaml", dump_config(config_));
  metrics_.emplace(path_ / "metrics.jsonl", learner.updates());
}

void RunDirectory::append(const UpdateMetrics& metrics) {
  if (!metrics_) return;
  lock_->require_held();
  metrics_->append(metrics);
}

void RunDirectory::save_checkpoint(const Learner& learner) {
  const auto state = learner.state();
  if (!communicator_.is_root()) return;
  mazescan::storage::save_checkpoint(path_ / kCheckpoints, learner.updates(), state,
                                     trainer_provenance(config_, communicator_.size()),
                                     retention_of(config_.train.checkpoint));
}

void RunDirectory::write_policy(const Learner& learner) {
  if (communicator_.is_root())
    storage::write_atomically(path_ / "policy.safetensors", learner.policy_bytes());
  log_info("policy: {}", (path_ / "policy.safetensors").string());
}

}  // namespace mazescan::trainer

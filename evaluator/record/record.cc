#include "evaluator/record/record.h"

#include <torch/types.h>

#include <memory>
#include <optional>
#include <utility>

#include "core/hash.h"
#include "core/log.h"
#include "datasets/derived_files.h"
#include "datasets/work_unit.h"
#include "evaluator/jobs/job_plan.h"
#include "evaluator/policies/describe_policy.h"
#include "evaluator/policies/provenance.h"
#include "evaluator/record/calibration.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record_estimate.h"
#include "evaluator/record/record_unit.h"
#include "evaluator/rollout/activations.h"
#include "storage/background_writer.h"

namespace fs = std::filesystem;

namespace mazescan::record {

namespace {

constexpr size_t kWaitingBytes = size_t{256} << 20;  // bytes of activations waiting to be written
constexpr int64_t kMaxSamples = 4'000'000;           // samples of a unit, whose keys are held in memory
constexpr int64_t kMaxCells = int64_t{1} << 28;      // cells of all levels of a unit

size_t bytes_of(const Piece& piece) {
  size_t bytes = 0;
  for (const torch::Tensor& output : piece) bytes += output.nbytes();
  return bytes;
}

class RecordJob : public jobs::UnitJob {
 public:
  RecordJob(const jobs::RunConfig& run_config, policies::TrainedPolicy trained, nlohmann::json made_by)
      : jobs::UnitJob(datasets::kRecording, run_config, jobs::work_units(run_config.section<RecordConfig>()),
                      std::move(made_by)),
        trained_(std::move(trained)),
        taps_(rollout::taps_named(trained_.policy.network, config.section<RecordConfig>().layers)) {
    key = record_key(config, trained_);
    attributes = policies::policy_attributes(trained_);
    const std::string text =
        fmt::format("seed: {}\n{}", config.seed, dump_config(config.section<RecordConfig>()));
    attributes["recordings"] =
        nlohmann::json::array({{{datasets::kRecording.key_name(), key}, {"config", text}}});
  }

  // Evaluates the network in this thread; the writer's thread writes the shard piece by piece.
  void make(const datasets::WorkUnit& unit, const fs::path& path, Done done) override {
    if (!quantisations_) quantisations_ = quantisations_of(config, trained_, taps_);
    const auto samples = std::make_shared<UnitSamples>(sample_unit(config, trained_, unit, key));
    const auto shard = std::make_shared<std::unique_ptr<datasets::ActivationShardWriter>>();
    writer_.push(0, [this, path, shard, of_unit = samples->unit, count = samples->count()] {
      *shard = std::make_unique<datasets::ActivationShardWriter>(
          path, of_unit, count, taps_,
          datasets::ShardOptions{config.section<RecordConfig>().storage_dtype,
                                 config.section<RecordConfig>().compression},
          *quantisations_);
    });
    record_samples(trained_, *samples, taps_, [&](Piece piece) {
      const size_t bytes = bytes_of(piece);
      writer_.push(bytes, [shard, piece = std::move(piece)] {
        for (size_t tap = 0; tap < piece.size(); ++tap) {
          const torch::Tensor plain = piece[tap].contiguous();
          (*shard)->append(tap, plain.data_ptr<float>(), plain.size(0));
        }
      });
    });
    samples->levels.clear();
    writer_.push(static_cast<size_t>(samples->count()) * 64,
                 [shard, samples, done = std::move(done), about = provenance.dump()] {
                   const std::string hash = (*shard)->finish(samples->table, samples->keys, about);
                   shard->reset();
                   done(hash);
                 });
  }
  void finish() override { writer_.finish(); }
  // Names differ between recordings, because HDF5 also looks for a shard that dataset.h5 lacks in the
  // reader's working directory, which may contain shards of another recording.
  std::string file_name(const datasets::WorkUnit& unit) const override {
    return datasets::shard_name(key, unit.file_name());
  }
  datasets::ShardHeader header(const storage::CheckedFile& shard) const override {
    return datasets::read_activation_header(shard).header;
  }
  void check(const storage::CheckedFile& shard) const override { datasets::read_activation_shard(shard); }
  nlohmann::json attributes_of(const datasets::WorkUnit& unit,
                               const storage::CheckedFile& shard) const override {
    nlohmann::json of_shard = jobs::UnitJob::attributes_of(unit, shard);
    of_shard[datasets::kRecording.key_name()] = key;
    of_shard["samples"] = datasets::read_activation_header(shard).samples;
    return of_shard;
  }

 private:
  const policies::TrainedPolicy trained_;
  const std::vector<datasets::TapShape> taps_;
  std::optional<std::vector<storage::Quantisation>> quantisations_;  // found when the first unit needs them
  storage::BackgroundWriter writer_{kWaitingBytes};
};

// Keeps the compression of existing shards and uses it for missing ones, so that manifest and datasheet are
// correct for all shards.
jobs::RunConfig as_begun(jobs::RunConfig config, const cluster::Communicator& communicator) {
  std::string& compression = config.section<RecordConfig>().compression;
  const fs::path folder = record_folder(config);
  if (communicator.is_root())
    if (const auto plan = jobs::read_plan(folder, datasets::kRecording)) {
      std::string begun = compression;
      const auto section = ConfigNode::from_text(plan->config, (folder / "plan.json").string())
                               .child(datasets::kRecording.name);
      if (section.has("compression")) section.child("compression").read(begun);
      if (begun != compression)
        log_warning("{} was begun with compression: {}, and keeps it; move it away for compression: {}",
                    folder.string(), begun, compression);
      compression = begun;
    }
  compression = communicator.broadcast(compression);
  return config;
}

}  // namespace

fs::path record_folder(const jobs::RunConfig& config) {
  return config.section<RecordConfig>().folder.empty() ? fs::path(config.run) / datasets::kRecording.name
                                                       : fs::path(config.section<RecordConfig>().folder);
}

std::string record_key(const jobs::RunConfig& config, const policies::TrainedPolicy& trained) {
  return Hasher()
      .add(datasets::kRecording.manifest_format() + " 1")
      .add(trained.policy.hash)
      .add(fmt::format("seed {}\n", config.seed))
      .add(dump_identity(config.section<RecordConfig>()))
      .hex();
}

void require_recordable(const jobs::RunConfig& config, const policies::TrainedPolicy& trained) {
  const RecordConfig& record = config.section<RecordConfig>();
  policies::require_no_objects(trained, datasets::kRecording.name);
  policies::check_compatible(trained, record.sizes, record.layers, datasets::kRecording.name, "layers");
  policies::check_placements(trained, record, datasets::kRecording.name);
  for (const int size : record.sizes) {
    const int64_t samples = max_samples(record, size, trained.environment);
    const int64_t cells = int64_t{record.chunk} * size * size;
    require(samples <= kMaxSamples && cells <= kMaxCells, lazy("'record.chunk' is {}", record.chunk),
            lazy("a unit of size {} could have {} samples ({} at most) and its levels {} cells ({} at "
                 "most)",
                 size, samples, kMaxSamples, cells, kMaxCells),
            "a smaller chunk");
  }
}

jobs::JobEnd record_shards(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                           const datasets::ArrayTask& part, double lock_timeout_s) {
  const RecordConfig& section = config.section<RecordConfig>();
  policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kRecording.name, section, communicator.local_rank());
  require_recordable(config, trained);
  if (communicator.is_root())
    log_info("recording {} in {}: {} sizes x {} placements x {} levels, {}",
             policies::policy_path(config, section.policy).string(), section.compute_dtype,
             section.sizes.size(), section.placements.size(), section.levels, section.sampling);
  RecordJob job(as_begun(config, communicator), std::move(trained),
                policies::evaluator_provenance(communicator));
  return jobs::run_units(job, communicator, record_folder(config), part, lock_timeout_s);
}

jobs::JobEnd record(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                    const datasets::ArrayTask& part, double lock_timeout_s) {
  const jobs::JobEnd end = record_shards(config, communicator, part, lock_timeout_s);
  if (end == jobs::JobEnd::kComplete && communicator.is_root())
    datasets::complete_dataset(record_folder(config));
  return end;
}

jobs::JobInfo record_job() {
  return {datasets::kRecording,
          "store the activations of layers as a dataset for publication",
          "activations as a dataset",
          AnySection::of<RecordConfig>(),
          {},
          /*in_parts=*/false,
          jobs::JobPolicies::without_objects,
          record,
          estimate_record};
}

}  // namespace mazescan::record

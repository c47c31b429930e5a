#include "evaluator/record/record.h"

#include <torch/torch.h>

#include <memory>
#include <utility>

#include "core/hash.h"
#include "core/log.h"
#include "datasets/derived_files.h"
#include "datasets/work_unit.h"
#include "evaluator/jobs/job_plan.h"
#include "evaluator/jobs/provenance.h"
#include "evaluator/policies/describe_policy.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record_estimate.h"
#include "evaluator/record/record_unit.h"
#include "evaluator/rollout/activations.h"
#include "storage/background_writer.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

constexpr size_t kWaitingBytes = size_t{256} << 20;  // of activations that are not written yet
constexpr int64_t kMaxSamples = 4'000'000;           // of a unit: their keys are held in memory
constexpr int64_t kMaxCells = int64_t{1} << 28;      // of a unit's levels together

size_t bytes_of(const Piece& piece) {
  size_t bytes = 0;
  for (const torch::Tensor& output : piece) bytes += output.nbytes();
  return bytes;
}

class RecordJob : public UnitJob {
 public:
  RecordJob(const RunConfig& run_config, TrainedPolicy trained, std::string provenance)
      : UnitJob(kRecording, run_config, work_units(run_config.section<RecordConfig>())),
        trained_(std::move(trained)),
        taps_(taps_named(trained_.policy.network, config.section<RecordConfig>().layers)),
        provenance_(std::move(provenance)) {
    key = record_key(config, trained_);
    attributes = policy_attributes(trained_);
    const std::string text =
        fmt::format("seed: {}\n{}", config.seed, dump_config(config.section<RecordConfig>()));
    attributes["recordings"] = nlohmann::json::array({{{"record_key", key}, {"config", text}}});
  }

  // The network computes here; the shard is made, piece by piece, in the writer's thread.
  void make(const WorkUnit& unit, const fs::path& path, Done done) override {
    const auto samples = std::make_shared<UnitSamples>(sample_unit(config, trained_, unit, key));
    const auto shard = std::make_shared<std::unique_ptr<ActivationShardWriter>>();
    writer_.push(0, [this, path, shard, of_unit = samples->unit, count = samples->count()] {
      *shard =
          std::make_unique<ActivationShardWriter>(path, of_unit, count, taps_,
                                                  ShardOptions{config.section<RecordConfig>().storage_dtype,
                                                               config.section<RecordConfig>().compression});
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
                 [shard, samples, done = std::move(done), provenance = provenance_] {
                   const std::string hash = (*shard)->finish(samples->table, samples->keys, provenance);
                   shard->reset();
                   done(hash);
                 });
  }
  void finish() override { writer_.finish(); }
  // Names tell recordings apart: HDF5 looks for a shard that dataset.h5 misses in the reader's working
  // directory, too, where another recording's may lie.
  std::string file_name(const WorkUnit& unit) const override { return shard_name(key, unit.file_name()); }
  ShardHeader header(const fs::path& path) const override { return read_activation_header(path).header; }
  void check(const fs::path& path) const override { read_activation_shard(path); }
  nlohmann::json attributes_of(const WorkUnit& unit, const fs::path& path) const override {
    nlohmann::json of_shard = UnitJob::attributes_of(unit, path);
    of_shard["record_key"] = key;
    of_shard["samples"] = read_activation_header(path).samples;
    return of_shard;
  }

 private:
  const TrainedPolicy trained_;
  const std::vector<TapShape> taps_;
  const std::string provenance_;
  BackgroundWriter writer_{kWaitingBytes};
};

// What is there stays compressed as it is. What is missing follows it, so that what manifest and datasheet
// say is true of all.
RunConfig as_begun(RunConfig config, const Communicator& communicator) {
  std::string& compression = config.section<RecordConfig>().compression;
  const fs::path folder = record_folder(config);
  if (communicator.is_root())
    if (const auto plan = read_plan(folder, kRecording)) {
      std::string begun = compression;
      const auto section =
          ConfigNode::from_text(plan->config, (folder / "plan.json").string()).child("record");
      if (section.has("compression")) section.child("compression").read(begun);
      if (begun != compression)
        log_warning("{} was begun with compression: {}, and stays so; move it away for compression: {}",
                    folder.string(), begun, compression);
      compression = begun;
    }
  compression = communicator.broadcast(compression);
  return config;
}

}  // namespace

fs::path record_folder(const RunConfig& config) {
  return config.section<RecordConfig>().folder.empty() ? fs::path(config.run) / "record"
                                                       : fs::path(config.section<RecordConfig>().folder);
}

std::string record_key(const RunConfig& config, const TrainedPolicy& trained) {
  return Hasher()
      .add("mazescan-record 1")
      .add(trained.policy.hash)
      .add(fmt::format("seed {}\n", config.seed))
      .add(dump_identity(config.section<RecordConfig>()))
      .hex();
}

void require_recordable(const RunConfig& config, const TrainedPolicy& trained) {
  const RecordConfig& record = config.section<RecordConfig>();
  check_compatible(trained, record.sizes, record.layers, kRecording.name, "layers");
  check_placements(trained, record, kRecording.name);
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

JobEnd record_shards(const RunConfig& config, const Communicator& communicator, const ArrayTask& part,
                     double lock_timeout_s) {
  const RecordConfig& section = config.section<RecordConfig>();
  TrainedPolicy trained = open_trained_policy(config, kRecording.name, section, communicator.local_rank());
  require_recordable(config, trained);
  if (communicator.is_root())
    log_info("recording {} in {}: {} sizes x {} placements x {} levels, {}",
             policy_path(config, section.policy).string(), section.compute_dtype, section.sizes.size(),
             section.placements.size(), section.levels, section.sampling);
  RecordJob job(as_begun(config, communicator), std::move(trained),
                evaluator_provenance(communicator).dump());
  return run_units(job, communicator, record_folder(config), part, lock_timeout_s);
}

JobEnd record(const RunConfig& config, const Communicator& communicator, const ArrayTask& part,
              double lock_timeout_s) {
  const JobEnd end = record_shards(config, communicator, part, lock_timeout_s);
  if (end == JobEnd::kComplete && communicator.is_root()) complete_dataset(record_folder(config));
  return end;
}

JobInfo record_job() {
  return {kRecording,
          "store the activations of layers as a dataset that people share",
          "activations as a dataset",
          AnySection::of<RecordConfig>(),
          {"train"},
          {},
          /*in_parts=*/false,
          record,
          estimate_record};
}

}  // namespace mazescan

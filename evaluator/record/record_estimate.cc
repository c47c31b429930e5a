#include "evaluator/record/record_estimate.h"

#include <torch/types.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>

#include "core/stopwatch.h"
#include "datasets/work_unit.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/record/calibration.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record.h"
#include "evaluator/record/record_unit.h"
#include "evaluator/rollout/activations.h"
#include "policy/threads.h"

namespace fs = std::filesystem;

namespace mazescan::record {

namespace {

// Returns the bytes of one sample: keys and activations.
double sample_bytes(const std::vector<datasets::TapShape>& taps, const std::string& storage_dtype) {
  constexpr double kKeys = 4 + 2 + 4 + 1 + 4 + 4 + 4 + 2 + 20 + 4 + 2 + 2 + 4;  // last term: dimension scale
  double values = 0;
  for (const datasets::TapShape& tap : taps)
    values += std::accumulate(tap.shape.begin(), tap.shape.end(), 1.0, std::multiplies<>());
  return kKeys + values * static_cast<double>(hdf5::h5_type_size(datasets::storage_type(storage_dtype)));
}

// Measures the seconds per sample: the longer of computing and writing, which overlap. Runs trials on an
// increasing number of levels of the largest size until a second has passed; removes the files it wrote.
double seconds_a_sample(const jobs::RunConfig& config, const policies::TrainedPolicy& trained) {
  jobs::RunConfig trial = config;
  const std::vector<datasets::TapShape> taps =
      rollout::taps_named(trained.policy.network, config.section<RecordConfig>().layers);
  const int size = *std::max_element(config.section<RecordConfig>().sizes.begin(),
                                     config.section<RecordConfig>().sizes.end());
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  require(!error, "there is no folder for a short trial of writing",
          lazy("TMPDIR names none: {}", error.message()),
          "set TMPDIR to a folder with free space, or unset it");
  const std::vector<storage::Quantisation> quantisations = quantisations_of(config, trained, taps);
  double rate = 0;
  const Stopwatch trial_time;
  for (int levels = 1; levels <= 256 && trial_time.seconds() < 1; levels *= 4) {
    trial.section<RecordConfig>().chunk = trial.section<RecordConfig>().levels = levels;
    const Stopwatch unit_time;
    double writing = 0;
    UnitSamples samples =
        sample_unit(trial, trained, {size, config.section<RecordConfig>().placements.front(), 0}, "");
    if (samples.count() == 0) continue;
    {
      datasets::ActivationShardWriter shard(
          temporary / "mazescan-trial.h5", samples.unit, samples.count(), taps,
          {config.section<RecordConfig>().storage_dtype, config.section<RecordConfig>().compression},
          quantisations);
      record_samples(trained, samples, taps, [&](const Piece& piece) {
        const Stopwatch write_time;
        for (size_t tap = 0; tap < piece.size(); ++tap) {
          const torch::Tensor plain = piece[tap].contiguous();
          shard.append(tap, plain.data_ptr<float>(), plain.size(0));
        }
        writing += write_time.seconds();
      });
    }
    const double computing = unit_time.seconds() - writing;
    rate = std::max(computing, writing) / static_cast<double>(samples.count());
  }
  return rate;
}

}  // namespace

jobs::Estimate estimate_record(const jobs::RunConfig& config, const datasets::ArrayTask& task) {
  constexpr size_t kDatasets = 16;  // datasets other than activations
  policy::use_one_compute_thread();
  const RecordConfig& section = config.section<RecordConfig>();
  const fs::path path = policies::policy_path(config, section.policy);
  policies::ExpectedPolicy policy = policies::dry_run_policy(path, config.source);
  if (!section.assets.empty()) policy.trained.environment.set("assets", section.assets);
  require_recordable(config, policy.trained);
  const std::vector<datasets::TapShape> taps =
      rollout::taps_named(policy.trained.policy.network, section.layers);
  jobs::Estimate estimate;
  estimate.task = task;
  estimate.folder = record_folder(config);
  if (!policy.exists) estimate.missing = path;
  int64_t samples = 0;
  const std::vector<datasets::WorkUnit> units = jobs::work_units(section);
  for (size_t u = 0; u < units.size(); ++u) {
    if (!task.holds(u)) continue;
    RecordConfig chunk = section;
    chunk.levels = std::min(section.chunk, section.levels - units[u].chunk * section.chunk);
    const int64_t of_unit = max_samples(chunk, units[u].size, policy.trained.environment);
    ++estimate.units;
    samples += of_unit;
    estimate.bytes += static_cast<double>(of_unit) * sample_bytes(taps, section.storage_dtype) +
                      chunk.levels * (12.0 + units[u].size * units[u].size + 4) +
                      jobs::hdf5_overhead(kDatasets + taps.size());
  }
  estimate.counts = {fmt::format("at most {} samples", samples)};
  estimate.seconds = seconds_a_sample(config, policy.trained) * static_cast<double>(samples);
  return estimate;
}

}  // namespace mazescan::record

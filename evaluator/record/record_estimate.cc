#include "evaluator/record/record_estimate.h"

#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>

#include "core/progress.h"
#include "core/stopwatch.h"
#include "datasets/work_unit.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record.h"
#include "evaluator/record/record_unit.h"
#include "policy/threads.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

// Bytes of one sample: keys, and activations.
double sample_bytes(const std::vector<TapShape>& taps, const std::string& precision) {
  constexpr double kKeys = 4 + 2 + 4 + 1 + 4 + 4 + 4 + 2 + 20 + 4 + 2 + 2 + 4;  // the last: its scale
  double values = 0;
  for (const TapShape& tap : taps)
    values += std::accumulate(tap.shape.begin(), tap.shape.end(), 1.0, std::multiplies<>());
  return kKeys + values * (precision == "float16" ? 2 : 4);
}

// Seconds a sample: of computing or of writing, which overlap, whichever takes longer. Tried on more and more
// levels of the largest size until a second has passed; what is written goes away again.
double seconds_a_sample(const RunConfig& config, const ScannedPolicy& scanned) {
  RunConfig trial = config;
  const std::vector<TapShape> taps =
      recorded_taps(scanned.policy.network, config.section<RecordConfig>().taps);
  const int size = *std::max_element(config.section<RecordConfig>().sizes.begin(),
                                     config.section<RecordConfig>().sizes.end());
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  require(!error, "no folder for a short trial of writing", "TMPDIR names none: " + error.message(),
          "TMPDIR of a folder with room, or no TMPDIR");
  double rate = 0;
  const Stopwatch trial_time;
  for (int levels = 1; levels <= 256 && trial_time.seconds() < 1; levels *= 4) {
    trial.section<RecordConfig>().block = trial.section<RecordConfig>().levels = levels;
    const Stopwatch unit_time;
    double writing = 0;
    UnitSamples samples =
        sample_unit(trial, scanned, {size, config.section<RecordConfig>().placements.front(), 0}, "");
    if (samples.count() == 0) continue;
    {
      ActivationShardWriter shard(
          temporary / fmt::format("mazescan-trial-{}.h5", getpid()), samples.unit, samples.count(), taps,
          {config.section<RecordConfig>().precision, config.section<RecordConfig>().compression});
      record_samples(scanned, samples, taps, [&](const Piece& piece) {
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

RecordEstimate estimate_record(const RunConfig& config, const ScannedPolicy& scanned, const ArrayTask& part) {
  constexpr double kBytesAFile = 60000, kBytesATap = 3000;  // what HDF5 adds
  const RecordConfig& record = config.section<RecordConfig>();
  const std::vector<TapShape> taps = recorded_taps(scanned.policy.network, record.taps);
  const std::vector<WorkUnit> units = work_units(record);
  RecordEstimate estimate;
  for (size_t u = 0; u < units.size(); ++u) {
    if (!part.holds(u)) continue;
    RecordConfig block = record;
    block.levels = std::min(record.block, record.levels - units[u].block * record.block);
    const int64_t samples = most_samples(block, units[u].size, scanned.environment);
    estimate.units += 1;
    estimate.samples += samples;
    estimate.bytes += static_cast<double>(samples) * sample_bytes(taps, record.precision) +
                      block.levels * (12.0 + units[u].size * units[u].size + 4) + kBytesAFile +
                      static_cast<double>(taps.size()) * kBytesATap;
  }
  estimate.seconds = seconds_a_sample(config, scanned) * static_cast<double>(estimate.samples);
  return estimate;
}

std::string describe_record_estimate(const RunConfig& config, const ArrayTask& part) {
  use_one_compute_thread();
  const fs::path path = policy_path(config, config.section<RecordConfig>().policy);
  ExpectedPolicy policy = expected_policy(path, config.source);
  if (!config.section<RecordConfig>().assets.empty())
    policy.scanned.environment.set("assets", config.section<RecordConfig>().assets);
  require_recordable(config, policy.scanned);
  const RecordEstimate estimate = estimate_record(config, policy.scanned, part);
  return fmt::format(
      "{} units, at most {} samples, {}B in {} ({}uncompressed), and {} by one rank (a trial on this "
      "machine's "
      "processor){}",
      estimate.units, estimate.samples, format_count(estimate.bytes) + (estimate.bytes < 999.5 ? " " : ""),
      record_folder(config).string(), config.section<RecordConfig>().compression == "none" ? "" : "if ",
      format_duration(estimate.seconds),
      policy.trained ? "" : fmt::format("; {} is still to be trained", path.string()));
}

}  // namespace mazescan

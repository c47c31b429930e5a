#include "evaluator/analyses/probe/probe.h"

#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <utility>

#include "core/log.h"
#include "core/progress.h"
#include "core/stopwatch.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/probe/config.h"
#include "evaluator/analyses/probe/probe_unit.h"
#include "evaluator/analyses/result_job.h"
#include "evaluator/jobs/provenance.h"
#include "evaluator/policies/expected_policy.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record.h"
#include "policy/device.h"
#include "policy/threads.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

fs::path dataset_folder(const RunConfig& config) {
  return config.section<ProbeConfig>().dataset.empty() ? record_folder(config)
                                                       : fs::path(config.section<ProbeConfig>().dataset);
}

// The recorded policy, in the arithmetic in which it was recorded.
ScannedPolicy probed_policy(const RunConfig& config, torch::Device device, int local_rank) {
  PolicyChoice choice = config.section<RecordConfig>();
  choice.device = device.is_cuda() ? "cuda" : "cpu";
  ScannedPolicy scanned = open_scanned_policy(config, "record", choice, local_rank);
  require_maze(scanned, "probe");
  return scanned;
}

int64_t width_of(const TapShape& tap) {
  return std::accumulate(tap.shape.begin(), tap.shape.end(), int64_t{1}, std::multiplies<>());
}

// Sizes and layers; the longest units first.
std::vector<WorkUnit> probe_units(const ProbeDataset& dataset) {
  std::vector<TapShape> taps = dataset.taps;
  std::stable_sort(taps.begin(), taps.end(),
                   [](const TapShape& a, const TapShape& b) { return width_of(a) > width_of(b); });
  std::vector<WorkUnit> units;
  for (auto size = dataset.shards.rbegin(); size != dataset.shards.rend(); ++size) {
    for (const TapShape& tap : taps) units.push_back({size->first, tap.name, 0});
    units.push_back({size->first, kObservation, 0});
  }
  return units;
}

// Everything that determines the payloads: the configuration and the dataset.
std::string key_text(const RunConfig& config, const ProbeDataset& dataset) {
  return fmt::format("{}dataset: {}\n", dump_identity(config.section<ProbeConfig>()), dataset.hash);
}

class ProbeJob : public ResultJob {
 public:
  ProbeJob(const RunConfig& of_config, ProbeDataset dataset, ScannedPolicy of_policy, torch::Device device,
           const World& world)
      : ResultJob(kProbe, of_config, probe_units(dataset), std::move(of_policy), key_text(of_config, dataset),
                  world),
        dataset_(std::move(dataset)),
        device_(device) {
    attributes["dataset_hash"] = dataset_.hash;
  }

  ResultShard compute(const WorkUnit& unit) override {
    if (task_ == nullptr || task_->samples.size != unit.size)
      task_ = std::make_unique<ProbeTask>(dataset_, unit.size, scanned, static_cast<uint64_t>(config.seed));
    return shard_of(unit, probe_layer(unit.subject, config, dataset_, scanned, *task_, device_));
  }

 private:
  const ProbeDataset dataset_;
  const torch::Device device_;
  std::unique_ptr<ProbeTask> task_;  // of the last unit's size
};

// Multiply-adds of all read-outs of a unit's size, for each feature of its layer.
double products_a_feature(const ProbeSamples& samples, int epochs) {
  const double cells = CellClasses(samples.size).count();
  // Cheese, mouse, shuffled labels, random weights; learning curve; sparse ones, at most; small targets.
  const double classes = 4 * cells + (1.0 / 8 + 1.0 / 4 + 1.0 / 2) * cells + cells + 9;
  return 2 * classes * static_cast<double>(samples.count()) * epochs;
}

// Before the recording is made: what it will hold is what the section `record` says.
std::string describe_unrecorded(const RunConfig& config, const ScannedPolicy& scanned,
                                const ArrayTask& part) {
  require_maze(scanned, "probe");
  require_recordable(config, scanned);
  const ProbeDataset dataset = expected_probe_dataset(dataset_folder(config), config.section<ProbeConfig>(),
                                                      config.section<RecordConfig>(), scanned.policy.network);
  const size_t units = probe_units(dataset).size();
  size_t own = 0;
  for (size_t u = 0; u < units; ++u) own += part.holds(u) ? 1 : 0;
  return fmt::format("{} units{}; {} is still to be recorded", own, part.in_words(), dataset.folder.string());
}

// Of one thread, in a short trial.
double products_a_second() {
  const torch::Tensor x = torch::ones({256, 512}), w = torch::ones({512, 64});
  int repeats = 0;
  const Stopwatch stopwatch;
  for (; stopwatch.seconds() < 0.2; ++repeats) torch::mm(x, w);
  return repeats * 256.0 * 512 * 64 / stopwatch.seconds();
}

}  // namespace

std::string describe_probe_estimate(const RunConfig& config, const ArrayTask& part) {
  use_one_compute_thread();
  if (config.section<ProbeConfig>().dataset.empty() && !fs::exists(dataset_folder(config) / "manifest.json"))
    return describe_unrecorded(
        config,
        expected_policy(policy_path(config, config.section<RecordConfig>().policy), config.source).scanned,
        part);
  const ScannedPolicy scanned = probed_policy(config, torch::kCPU, 0);
  const ProbeDataset dataset =
      open_probe_dataset(dataset_folder(config), config.section<ProbeConfig>(), scanned.policy.hash);
  const std::vector<WorkUnit> units = probe_units(dataset);
  std::map<int, ProbeSamples> samples;
  for (const auto& [size, shards] : dataset.shards)
    samples[size] = read_probe_samples(dataset, size, static_cast<uint64_t>(config.seed));
  int64_t count = 0, all = 0;
  double products = 0, largest = 0, streamed = 0;
  for (size_t u = 0; u < units.size(); ++u) {
    if (!part.holds(u)) continue;
    ++count;
    for (const TapShape& tap : dataset.taps) {
      if (tap.name != units[u].subject) continue;
      const ProbeSamples& here = samples[units[u].size];
      const auto width = static_cast<double>(width_of(tap));
      const double bytes = width * 4 * static_cast<double>(here.count());
      products += width * products_a_feature(here, config.section<ProbeConfig>().epochs);
      largest = std::max(largest, bytes);
      if (bytes > config.section<ProbeConfig>().memory * 1048576.0)
        streamed += bytes * config.section<ProbeConfig>().epochs * 7;
    }
  }
  for (const auto& [size, of_size] : samples) all += of_size.count();
  return fmt::format(
      "{} units of {} samples in {}; the largest layer has {}B of activations ({} MiB are kept), {}B in all "
      "are "
      "read more than once; {} by one rank (a trial on this machine's processor)",
      count, all, dataset.folder.string(), format_count(largest), config.section<ProbeConfig>().memory,
      format_count(streamed), format_duration(products / products_a_second()));
}

JobEnd probe(const RunConfig& config, const World& world, const ArrayTask& part, double patience) {
  const torch::Device device =
      choose_device("probe.device", config.section<ProbeConfig>().device, world.local_rank());
  ScannedPolicy scanned = probed_policy(config, device, world.local_rank());
  ProbeDataset dataset =
      open_probe_dataset(dataset_folder(config), config.section<ProbeConfig>(), scanned.policy.hash);
  if (world.is_root())
    log_info("probing {}: {} sizes x {} layers and the observation", dataset.folder.string(),
             dataset.shards.size(), dataset.taps.size());
  ProbeJob job(config, std::move(dataset), std::move(scanned), device, world);
  return run_units(job, world, fs::path(config.run) / kProbe.name, part, patience);
}

JobInfo probe_job() {
  return {kProbe,
          "fit linear probes to recorded layers: cheese, mouse and next move",
          "linear probes of recorded activations",
          AnySection::of<ProbeConfig>(),
          {"record"},
          {"Q6"},
          /*in_parts=*/false,
          probe,
          describe_probe_estimate};
}

}  // namespace mazescan

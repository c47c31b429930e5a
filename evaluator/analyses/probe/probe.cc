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
TrainedPolicy probed_policy(const RunConfig& config, torch::Device device, int local_rank) {
  PolicyChoice choice = config.section<RecordConfig>();
  choice.device = device.is_cuda() ? "cuda" : "cpu";
  TrainedPolicy trained = open_trained_policy(config, "record", choice, local_rank);
  require_maze(trained, "probe");
  return trained;
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

// Multiply-adds of all linear probes of a unit's size, for each feature of its layer.
double products_a_feature(const ProbeSamples& samples, int epochs) {
  const double cells = CellClasses(samples.size).count();
  // Cheese, mouse, shuffled labels, random weights; learning curve; sparse ones, at most; small targets.
  const double classes = 4 * cells + (1.0 / 8 + 1.0 / 4 + 1.0 / 2) * cells + cells + 9;
  return 2 * classes * static_cast<double>(samples.count()) * epochs;
}

// Before the recording is made: what it will hold is what the section `record` says.
Estimate estimate_unrecorded(const RunConfig& config, const TrainedPolicy& trained, const ArrayTask& task) {
  require_maze(trained, kProbe.name);
  require_recordable(config, trained);
  const ProbeDataset dataset = expected_probe_dataset(dataset_folder(config), config.section<ProbeConfig>(),
                                                      config.section<RecordConfig>(), trained.policy.network);
  Estimate estimate;
  estimate.task = task;
  estimate.missing = dataset.folder;
  estimate.missing_is = "recorded";
  const size_t units = probe_units(dataset).size();
  for (size_t u = 0; u < units; ++u) estimate.units += task.holds(u) ? 1 : 0;
  return estimate;
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

Estimate estimate_probe(const RunConfig& config, const ArrayTask& task) {
  use_one_compute_thread();
  const ProbeConfig& section = config.section<ProbeConfig>();
  if (section.dataset.empty() && !fs::exists(dataset_folder(config) / "manifest.json"))
    return estimate_unrecorded(
        config,
        expected_policy(policy_path(config, config.section<RecordConfig>().policy), config.source).trained,
        task);
  const TrainedPolicy trained = probed_policy(config, torch::kCPU, 0);
  const ProbeDataset dataset = open_probe_dataset(dataset_folder(config), section, trained.policy.hash);
  const std::vector<WorkUnit> units = probe_units(dataset);
  std::map<int, ProbeSamples> samples;
  for (const auto& [size, shards] : dataset.shards)
    samples[size] = read_probe_samples(dataset, size, static_cast<uint64_t>(config.seed));
  Estimate estimate;
  estimate.task = task;
  int64_t all = 0;
  double products = 0, largest = 0, streamed = 0;
  for (size_t u = 0; u < units.size(); ++u) {
    if (!task.holds(u)) continue;
    ++estimate.units;
    for (const TapShape& tap : dataset.taps) {
      if (tap.name != units[u].subject) continue;
      const ProbeSamples& here = samples[units[u].size];
      const auto width = static_cast<double>(width_of(tap));
      const double bytes = width * 4 * static_cast<double>(here.count());
      products += width * products_a_feature(here, section.epochs);
      largest = std::max(largest, bytes);
      if (bytes > section.memory * 1048576.0) streamed += bytes * section.epochs * 7;
    }
  }
  for (const auto& [size, of_size] : samples) all += of_size.count();
  estimate.counts = {fmt::format("{} samples of {}", all, dataset.folder.string()),
                     fmt::format("at most {}B of activations in a layer ({} MiB are kept in memory)",
                                 format_count(largest), section.memory),
                     fmt::format("{}B are read more than once", format_count(streamed))};
  estimate.seconds = products / products_a_second();
  return estimate;
}

JobEnd probe(const RunConfig& config, const Communicator& communicator, const ArrayTask& part,
             double lock_timeout_s) {
  const torch::Device device =
      choose_device("probe.device", config.section<ProbeConfig>().device, communicator.local_rank());
  const TrainedPolicy trained = probed_policy(config, device, communicator.local_rank());
  const ProbeDataset dataset =
      open_probe_dataset(dataset_folder(config), config.section<ProbeConfig>(), trained.policy.hash);
  if (communicator.is_root())
    log_info("probing {}: {} sizes x {} layers and the observation", dataset.folder.string(),
             dataset.shards.size(), dataset.taps.size());
  std::unique_ptr<ProbeTask> task;  // of the last unit's size
  const auto compute = [&](const WorkUnit& unit, ResultShard& shard) {
    if (task == nullptr || task->samples.size != unit.size)
      task = std::make_unique<ProbeTask>(dataset, unit.size, trained, static_cast<uint64_t>(config.seed));
    write_columns(probe_layer(unit.subject, config, dataset, trained, *task, device), shard);
  };
  return run_result_job(
      {kProbe, probe_units(dataset), key_text(config, dataset), compute, {{"dataset_hash", dataset.hash}}},
      config, trained, communicator, part, lock_timeout_s);
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
          estimate_probe};
}

}  // namespace mazescan

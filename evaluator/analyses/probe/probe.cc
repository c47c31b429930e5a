#include "evaluator/analyses/probe/probe.h"

#include <torch/types.h>

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
#include "evaluator/policies/expected_policy.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record.h"
#include "policy/device.h"
#include "policy/threads.h"

namespace fs = std::filesystem;

namespace mazescan::probe {

namespace {

fs::path dataset_folder(const jobs::RunConfig& config) {
  return config.section<ProbeConfig>().dataset.empty() ? record::record_folder(config)
                                                       : fs::path(config.section<ProbeConfig>().dataset);
}

// Opens the recorded policy, in the compute_dtype of the recording.
policies::TrainedPolicy probed_policy(const jobs::RunConfig& config, torch::Device device, int local_rank) {
  policies::PolicyChoice choice = config.section<record::RecordConfig>();
  choice.device = device.is_cuda() ? "cuda" : "cpu";
  policies::TrainedPolicy trained =
      policies::open_trained_policy(config, datasets::kRecording.name, choice, local_rank);
  policies::require_no_objects(trained, datasets::kProbe.name);
  return trained;
}

int64_t width_of(const datasets::TapShape& tap) {
  return std::accumulate(tap.shape.begin(), tap.shape.end(), int64_t{1}, std::multiplies<>());
}

// Returns sizes x layers; the longest units first.
std::vector<datasets::WorkUnit> probe_units(const ProbeDataset& dataset) {
  std::vector<datasets::TapShape> taps = dataset.taps;
  std::stable_sort(taps.begin(), taps.end(), [](const datasets::TapShape& a, const datasets::TapShape& b) {
    return width_of(a) > width_of(b);
  });
  std::vector<datasets::WorkUnit> units;
  for (auto size = dataset.shards.rbegin(); size != dataset.shards.rend(); ++size) {
    for (const datasets::TapShape& tap : taps) units.push_back({size->first, tap.name, 0});
    units.push_back({size->first, kObservation, 0});
  }
  return units;
}

// Returns everything that determines the payloads: the configuration and the dataset.
std::string key_text(const jobs::RunConfig& config, const ProbeDataset& dataset) {
  return fmt::format("{}dataset: {}\n", dump_identity(config.section<ProbeConfig>()), dataset.hash);
}

// Passes over the samples to fit a linear probe with all penalties of the grid, as measured on the
// quickstart.
constexpr double kUsualPasses = 200;

// What a probe with alpha-entmax takes, beside one with softmax: it sorts the scores of every sample in every pass.
constexpr double kEntmaxCost = 8;

// Estimates the multiply-adds of all linear probes of a unit's size, per feature of its layer.
double products_a_feature(const ProbeSamples& samples, const ProbeConfig& section) {
  const double cells = CellClasses(samples.size).count();
  // Cheese, mouse, shuffled labels, random weights; learning curve; sparse ones, at most; small targets.
  const double candidates = kEntmaxCost * static_cast<double>(section.entmax.size()) * cells;
  const double classes = 4 * cells + (1.0 / 4 + 1.0 / 2) * cells + cells + candidates + 9;
  return 2 * classes * 0.7 * static_cast<double>(samples.count()) * kUsualPasses;
}

// Estimates before the recording exists: derives its contents from section `record`.
jobs::Estimate estimate_unrecorded(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                                   const datasets::ArrayTask& task) {
  policies::require_no_objects(trained, datasets::kProbe.name);
  record::require_recordable(config, trained);
  const ProbeDataset dataset =
      expected_probe_dataset(dataset_folder(config), config.section<ProbeConfig>(),
                             config.section<record::RecordConfig>(), trained.policy.network);
  jobs::Estimate estimate;
  estimate.task = task;
  estimate.missing = dataset.folder;
  estimate.missing_is = "recorded";
  const size_t units = probe_units(dataset).size();
  for (size_t u = 0; u < units; ++u) estimate.units += task.holds(u) ? 1 : 0;
  return estimate;
}

// Measures the multiply-adds per second of one thread, in a short trial.
double products_a_second() {
  const torch::Tensor x = torch::ones({256, 512}), w = torch::ones({512, 64});
  int repeats = 0;
  const Stopwatch stopwatch;
  for (; stopwatch.seconds() < 0.2; ++repeats) torch::mm(x, w);
  return repeats * 256.0 * 512 * 64 / stopwatch.seconds();
}

}  // namespace

jobs::Estimate estimate_probe(const jobs::RunConfig& config, const datasets::ArrayTask& task) {
  policy::use_one_compute_thread();
  const ProbeConfig& section = config.section<ProbeConfig>();
  if (section.dataset.empty() && !fs::exists(dataset_folder(config) / "manifest.json"))
    return estimate_unrecorded(
        config,
        policies::dry_run_policy(policies::policy_path(config, config.section<record::RecordConfig>().policy),
                                 config.source)
            .trained,
        task);
  const policies::TrainedPolicy trained = probed_policy(config, torch::kCPU, 0);
  const ProbeDataset dataset = open_probe_dataset(dataset_folder(config), section, trained.policy.hash);
  const std::vector<datasets::WorkUnit> units = probe_units(dataset);
  std::map<int, ProbeSamples> samples;
  for (const auto& [size, shards] : dataset.shards)
    samples[size] = read_probe_samples(dataset, size, static_cast<uint64_t>(config.seed));
  jobs::Estimate estimate;
  estimate.task = task;
  int64_t all = 0;
  double products = 0, largest = 0, streamed = 0;
  for (size_t u = 0; u < units.size(); ++u) {
    if (!task.holds(u)) continue;
    ++estimate.units;
    for (const datasets::TapShape& tap : dataset.taps) {
      if (tap.name != units[u].subject) continue;
      const ProbeSamples& here = samples[units[u].size];
      const auto width = static_cast<double>(width_of(tap));
      const double bytes = width * 4 * static_cast<double>(here.count());
      products += width * products_a_feature(here, section);
      largest = std::max(largest, bytes);
      if (bytes > section.memory * 1048576.0) streamed += bytes * kUsualPasses;
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

jobs::JobEnd probe(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                   const datasets::ArrayTask& part, double lock_timeout_s) {
  const torch::Device device =
      policy::choose_device(std::string(datasets::kProbe.name) + ".device",
                            config.section<ProbeConfig>().device, communicator.local_rank());
  const policies::TrainedPolicy trained = probed_policy(config, device, communicator.local_rank());
  const ProbeDataset dataset =
      open_probe_dataset(dataset_folder(config), config.section<ProbeConfig>(), trained.policy.hash);
  if (communicator.is_root())
    log_info("probing {}: {} sizes x {} layers and the observation", dataset.folder.string(),
             dataset.shards.size(), dataset.taps.size());
  std::unique_ptr<ProbeTask> task;  // the task of the last unit's size
  const auto compute = [&](const datasets::WorkUnit& unit, datasets::ResultShard& shard) {
    if (task == nullptr || task->samples.size != unit.size)
      task = std::make_unique<ProbeTask>(dataset, unit.size, trained, config.section<ProbeConfig>(),
                                         static_cast<uint64_t>(config.seed));
    datasets::write_columns(probe_layer(unit.subject, config, dataset, trained, *task, device), shard);
  };
  return analyses::run_result_job({datasets::kProbe,
                                   probe_units(dataset),
                                   key_text(config, dataset),
                                   compute,
                                   {{"dataset_hash", dataset.hash}}},
                                  config, trained, communicator, part, lock_timeout_s);
}

jobs::JobInfo probe_job() {
  return {datasets::kProbe,
          "fit linear probes to recorded layers: cheese, decoy, mouse and next move",
          "linear probes of recorded activations",
          AnySection::of<ProbeConfig>(),
          {datasets::kRecording},
          /*in_parts=*/false,
          jobs::JobPolicies::without_objects,
          probe,
          estimate_probe};
}

}  // namespace mazescan::probe

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/stopwatch.h"
#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "envs/task.h"
#include "evaluator/analyses/certify/certify.h"
#include "evaluator/analyses/certify/config.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/expected_policy.h"
#include "policy/threads.h"

namespace fs = std::filesystem;

namespace mazescan::certify {

namespace {

constexpr int kTrialLayouts = 64;
constexpr double kLongestTrial = 2;  // largest number of seconds for one layout

double certificate_bytes(int size, int64_t layouts, int limit) {
  const double curves = 8.0 * ((limit + 1.0) * (kWeightings * kPairs + 1) + kWeightings * kPairs);
  const double worst =
      kWorst * datasets::row_bytes<WorstRow>(size, {{"cell", int64_t{size} * size}, {"move", envs::kMoves}});
  return static_cast<double>(layouts) * datasets::row_bytes<LayoutRow>(size) + curves + worst +
         jobs::hdf5_overhead(datasets::column_count<CertifyResult>());
}

// Measures the states per second of one core of this machine, including the network. Evaluates more and more
// layouts until a second has passed.
double trial_rate(jobs::RunConfig config, const policies::TrainedPolicy& trained, int size, int faces) {
  const rollout::NetworkAgent agent(trained.policy.network, trained.environment);
  const CertifiedLayouts layouts = certified_layouts(size, 0, 0);
  double rate = 0, seconds = 0;
  for (int count = 1; count <= kTrialLayouts && seconds < 1; count *= 4) {
    config.section<CertifyConfig>().chunk = count;
    const Stopwatch stopwatch;
    certify_unit(config, trained.environment, agent, layouts, {size, kAllLayouts, 0});
    seconds = stopwatch.seconds();
    const int64_t done = std::min<int64_t>(count, static_cast<int64_t>(layouts.chosen.size()));
    rate = static_cast<double>(certified_states(size, done, faces)) / seconds;
  }
  return rate;
}

}  // namespace

jobs::Estimate estimate_certify(const jobs::RunConfig& config, const datasets::ArrayTask& task) {
  const CertifyConfig& section = config.section<CertifyConfig>();
  const fs::path path = policies::policy_path(config, section.policy);
  const policies::ExpectedPolicy policy = policies::dry_run_policy(path, config.source);
  policies::require_maze(policy.trained, datasets::kCertify.name);
  policies::check_compatible(policy.trained, section.sizes, {}, datasets::kCertify.name, "");
  const envs::EnvironmentConfig& environment = policy.trained.environment;
  const int faces = make_task(environment)->observation_shape().shows_facing ? 2 : 1;
  policy::use_one_compute_thread();

  jobs::Estimate estimate;
  estimate.task = task;
  estimate.folder = fs::path(config.run) / datasets::kCertify.name;
  if (!policy.exists) estimate.missing = path;
  int64_t all_states = 0;
  double rate = 0;
  const std::vector<datasets::WorkUnit> units = certify_units(section);
  for (const int size : std::set<int>(section.sizes.begin(), section.sizes.end())) {
    const auto every = static_cast<int64_t>(layout_count(size));
    const int64_t chosen = section.layouts > 0 ? std::min<int64_t>(section.layouts, every) : every;
    int64_t layouts = 0;  // in this task
    for (size_t u = 0; u < units.size(); ++u) {
      if (units[u].size != size || !task.holds(u)) continue;
      const int64_t first = int64_t{units[u].chunk} * section.chunk;
      const int64_t some = std::min<int64_t>(section.chunk, chosen - first);
      layouts += some;
      ++estimate.units;
      estimate.bytes += certificate_bytes(size, some, certify_limit(section, environment, size));
    }
    const int64_t states = certified_states(size, layouts, faces);
    all_states += states;
    // Reuses the rate of a smaller size if one layout would take too long: the rates hardly differ.
    if (rate == 0 || static_cast<double>(certified_states(size, 1, faces)) < kLongestTrial * rate)
      rate = trial_rate(config, policy.trained, size, faces);
    estimate.seconds += static_cast<double>(states) / rate;
    estimate.lines.push_back(
        fmt::format("size {}: {} of {} layouts, {} states", size, layouts, every, states));
  }
  estimate.counts = {fmt::format("{} states", all_states)};
  return estimate;
}

}  // namespace mazescan::certify

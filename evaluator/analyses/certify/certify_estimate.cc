#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/progress.h"
#include "core/stopwatch.h"
#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "envs/task.h"
#include "evaluator/analyses/certify/certify.h"
#include "evaluator/analyses/certify/config.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/expected_policy.h"
#include "policy/threads.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

constexpr int kTrialLayouts = 64;
constexpr double kLongestTrial = 2;  // seconds that one layout may take

// Of a shard of so many layouts: docs/analyses.md's columns, and what HDF5 adds, measured.
double certificate_bytes(int size, int64_t layouts, int limit) {
  const double a_layout = 6 * 4 + 2 * 8 + kPairs * (3 * 4 + 2 * 8);
  const double curves = 8.0 * (limit + 1) * (kWeightings * kPairs + 1);
  const double worst = kWorst * (4.0 * kLongestWalk + 4.0 * size * size * (kMoves + 1));
  constexpr double kBytesAFile = 80000;
  return static_cast<double>(layouts) * a_layout + curves + worst + kBytesAFile;
}

// How many states a second this machine's core gets through, network and all. Tried on more and more layouts
// until a second has passed.
double trial_rate(RunConfig config, const ScannedPolicy& scanned, int size, int faces) {
  const NetworkAgent agent(scanned.policy.network, scanned.environment);
  const CertifiedLayouts layouts = certified_layouts(size, 0, 0);
  double rate = 0, seconds = 0;
  for (int count = 1; count <= kTrialLayouts && seconds < 1; count *= 4) {
    config.section<CertifyConfig>().block = count;
    const Stopwatch stopwatch;
    certify_unit(config, scanned.environment, agent, layouts, {size, kAllLayouts, 0});
    seconds = stopwatch.seconds();
    const int64_t done = std::min<int64_t>(count, static_cast<int64_t>(layouts.chosen.size()));
    rate = static_cast<double>(certified_states(size, done, faces)) / seconds;
  }
  return rate;
}

}  // namespace

std::string describe_certify_estimate(const RunConfig& config, const ArrayTask& part) {
  const fs::path path = policy_path(config, config.section<CertifyConfig>().policy);
  const ExpectedPolicy policy = expected_policy(path, config.source);
  require_maze(policy.scanned, "certify");
  LevelGrid shown;
  shown.sizes = config.section<CertifyConfig>().sizes;
  require_showable(policy.scanned, shown, {}, "certify", "");
  const EnvironmentConfig& environment = policy.scanned.environment;
  const int faces = make_task(environment)->observation_shape().shows_facing ? 2 : 1;
  use_one_compute_thread();

  std::string text;
  int64_t all_units = 0, all_states = 0;
  double bytes = 0, seconds = 0, rate = 0;
  const std::vector<WorkUnit> units = certify_units(config.section<CertifyConfig>());
  for (const int size : std::set<int>(config.section<CertifyConfig>().sizes.begin(),
                                      config.section<CertifyConfig>().sizes.end())) {
    const auto every = static_cast<int64_t>(layout_count(size));
    const int64_t chosen = config.section<CertifyConfig>().layouts > 0
                               ? std::min<int64_t>(config.section<CertifyConfig>().layouts, every)
                               : every;
    int64_t layouts = 0;  // of this part
    for (size_t u = 0; u < units.size(); ++u) {
      if (units[u].size != size || !part.holds(u)) continue;
      const int64_t first = int64_t{units[u].block} * config.section<CertifyConfig>().block;
      const int64_t some = std::min<int64_t>(config.section<CertifyConfig>().block, chosen - first);
      layouts += some;
      all_units += 1;
      bytes +=
          certificate_bytes(size, some, certify_limit(config.section<CertifyConfig>(), environment, size));
    }
    const int64_t states = certified_states(size, layouts, faces);
    all_states += states;
    // Of a large network's many states of one layout the rate at a smaller size must do: it hardly differs.
    if (rate == 0 || static_cast<double>(certified_states(size, 1, faces)) < kLongestTrial * rate)
      rate = trial_rate(config, policy.scanned, size, faces);
    seconds += static_cast<double>(states) / rate;
    text += fmt::format("size {}: {} of {} layouts, {} states\n", size, layouts, every, states);
  }
  return text + fmt::format("{} units, {} states, about {}B in {}; by a trial just now {} on one rank{}",
                            all_units, all_states, format_count(bytes) + (bytes < 999.5 ? " " : ""),
                            (fs::path(config.run) / kCertify.name).string(), format_duration(seconds),
                            policy.trained ? "" : fmt::format("; {} is still to be trained", path.string()));
}

}  // namespace mazescan

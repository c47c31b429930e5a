#include "evaluator/analyses/edit/edit_search.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "evaluator/rollout/walk.h"
#include "statistics/statistics.h"

namespace mazescan::edit {

namespace {

std::vector<rollout::MapCell> map_cells(const rollout::TargetMap& map, const EditCases& cases) {
  std::vector<rollout::MapCell> cells;
  cells.reserve(cases.cases.size());
  for (const EditCase& each : cases.cases)
    cells.push_back(map.of(cases.levels[static_cast<size_t>(each.level)], each.target));
  return cells;
}

}  // namespace

EditSearch::EditSearch(const jobs::RunConfig& run_config, const policies::TrainedPolicy& policy, int size,
                       const std::string& experiment)
    : config(run_config.section<EditConfig>()),
      trained(policy),
      agent(policy.policy.network, policy.environment),
      seed(static_cast<uint64_t>(run_config.seed)),
      cases(edit_cases(run_config, policy.environment, size, experiment, datasets::Split::train)),
      choosing(edit_cases(run_config, policy.environment, size, experiment, datasets::Split::validation)) {
  if (cases.cases.empty()) return;
  const policy::Network& network = trained.policy.network;
  const EditCases anywhere =
      edit_cases(run_config, trained.environment, size, kEveryCell, datasets::Split::train);
  for (const std::string& tap : config.layers) {
    const rollout::TargetMap map(trained.environment, network, tap);
    const std::vector<rollout::MapCell> targets = map_cells(map, cases);
    layers.push_back({map, targets, map_cells(map, choosing),
                      align_activations(map, agent, network, cases, targets),
                      find_channels(map, agent, network, anywhere, map_cells(map, anywhere))});
  }
}

std::vector<int64_t> allowed_activations(const EditConfig& config, const policy::Network& network) {
  std::vector<double> fractions = config.fractions;
  std::sort(fractions.begin(), fractions.end());
  std::vector<int64_t> allowed;
  for (const double fraction : fractions)
    allowed.push_back(
        static_cast<int64_t>(fraction * static_cast<double>(activations_of_network(network)) + 1e-9));
  return allowed;
}

double choosing_score(const EditSearch& search, const FoundEdit& edit) {
  const EditedLayer& layer = search.layers[edit.layer];
  const rollout::NetworkAgent agent(search.trained.policy.network, search.trained.environment,
                                    edit_rule(layer.map, edit.stencil, layer.choosing));
  rollout::PolicyCache cache(agent, search.choosing.episodes());
  const std::vector<double> logs = rollout::path_log_probability(cache, search.choosing.targets());
  return mazescan::statistics::mean(logs);
}

}  // namespace mazescan::edit

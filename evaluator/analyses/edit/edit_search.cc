#include "evaluator/analyses/edit/edit_search.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "evaluator/rollout/walk.h"
#include "statistics/statistics.h"

namespace mazescan {

namespace {

std::vector<MapCell> map_cells(const TargetMap& map, const EditCases& cases) {
  std::vector<MapCell> cells;
  cells.reserve(cases.cases.size());
  for (const EditCase& each : cases.cases)
    cells.push_back(map.of(cases.levels[static_cast<size_t>(each.level)], each.target));
  return cells;
}

}  // namespace

EditSearch::EditSearch(const RunConfig& of_config, const ScannedPolicy& of_policy, int size,
                       const std::string& experiment)
    : config(of_config.section<EditConfig>()),
      scanned(of_policy),
      agent(of_policy.policy.network, of_policy.environment),
      seed(static_cast<uint64_t>(of_config.seed)),
      cases(edit_cases(of_config, of_policy.environment, size, experiment, EditPart::kSearch)),
      choosing(edit_cases(of_config, of_policy.environment, size, experiment, EditPart::kChoosing)) {
  if (cases.cases.empty()) return;
  const Network& network = scanned.policy.network;
  const EditCases anywhere = edit_cases(of_config, scanned.environment, size, kEveryCell, EditPart::kSearch);
  for (const std::string& tap : config.taps) {
    const TargetMap map(scanned.environment, network, tap);
    const std::vector<MapCell> targets = map_cells(map, cases);
    layers.push_back({map, targets, map_cells(map, choosing),
                      align_activations(map, agent, network, cases, targets),
                      find_channels(map, agent, network, anywhere, map_cells(map, anywhere))});
  }
}

std::vector<int64_t> allowed_activations(const EditConfig& config, const Network& network) {
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
  const NetworkAgent agent(search.scanned.policy.network, search.scanned.environment,
                           edit_rule(layer.map, edit.stencil, layer.choosing));
  PolicyTable table(agent, search.choosing.episodes());
  const std::vector<double> logs = path_log_probability(table, search.choosing.targets());
  return mazescan::mean(logs);
}

}  // namespace mazescan

#include "evaluator/edit/search.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "evaluator/edit/learned_mask.h"
#include "evaluator/edit/walk.h"
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

// Sizes of sets of channels: 1, 2, 4, ... and all.
std::vector<size_t> set_sizes(size_t channels) {
  std::vector<size_t> sizes;
  for (size_t size = 1; size < channels; size *= 2) sizes.push_back(size);
  sizes.push_back(channels);
  return sizes;
}

std::vector<FoundEdit> clamps(const EditSearch& search) {
  std::vector<FoundEdit> found;
  for (size_t l = 0; l < search.layers.size(); ++l) {
    const EditedLayer& layer = search.layers[l];
    std::vector<int> ranked = search.config.channels;
    if (ranked.empty())
      for (const ChannelScore& score : layer.channels) ranked.push_back(score.channel);
    const int64_t row = layer.map.height() - 1, column = layer.map.width() - 1;  // the target's own offset
    for (const size_t count : set_sizes(ranked.size())) {
      const std::vector<int64_t> set(ranked.begin(), ranked.begin() + static_cast<int64_t>(count));
      const torch::Tensor channels = torch::tensor(set, torch::kInt64);
      for (const bool elsewhere : {false, true}) {
        torch::Tensor mask = torch::zeros(layer.map.offsets(), torch::kBool);
        if (elsewhere) {
          mask.index_fill_(0, channels, true);
        } else {
          mask.select(1, row).select(1, column).index_fill_(0, channels, true);
        }
        const int64_t activations = layer.map.most_on_map(mask);
        for (const double magnitude : search.config.magnitudes) {
          torch::Tensor values = torch::zeros_like(layer.activations.with);
          values.select(2, row).select(2, column).copy_(
              magnitude * layer.activations.with.select(2, row).select(2, column));
          found.push_back(
              {l,
               {false, mask, values},
               activations,
               {{"text", fmt::format("{} channel{} of {} x {:g}{}", count, count == 1 ? "" : "s",
                                     layer.map.tap(), magnitude, elsewhere ? ", zero elsewhere" : "")},
                {"channels", set},
                {"magnitude", magnitude},
                {"elsewhere", elsewhere}}});
        }
      }
    }
  }
  return found;
}

std::vector<FoundEdit> vectors(const EditSearch& search, const std::vector<int64_t>& allowed) {
  std::vector<FoundEdit> found;
  for (size_t l = 0; l < search.layers.size(); ++l) {
    const EditedLayer& layer = search.layers[l];
    const torch::Tensor& difference = layer.activations.difference;
    const torch::Tensor importance = std::get<0>(difference.abs().max(0));
    for (const int64_t most : allowed) {
      const torch::Tensor mask = most_important(layer.map, importance, most);
      const int64_t activations = layer.map.most_on_map(mask);
      for (const double magnitude : search.config.magnitudes)
        found.push_back({l,
                         {true, mask, magnitude * difference},
                         activations,
                         {{"text", fmt::format("{:g} x the difference with and without the cheese there, the "
                                               "{} largest of {}",
                                               magnitude, activations, layer.map.tap())},
                          {"magnitude", magnitude}}});
    }
  }
  return found;
}

}  // namespace

EditSearch::EditSearch(const EvaluatorConfig& of_config, const ScannedPolicy& of_policy, int size,
                       const std::string& experiment)
    : config(of_config.edit),
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

std::vector<FoundEdit> find_edits(const EditSearch& search, const std::string& family,
                                  const std::vector<int64_t>& allowed) {
  std::vector<FoundEdit> candidates = family == "clamp"    ? clamps(search)
                                      : family == "vector" ? vectors(search, allowed)
                                                           : learned_masks(search, allowed);
  for (FoundEdit& candidate : candidates)
    candidate.choosing = candidate.activations > 0 && candidate.activations <= allowed.back()
                             ? choosing_score(search, candidate)
                             : -std::numeric_limits<double>::infinity();
  std::vector<FoundEdit> best(allowed.size());
  for (size_t i = 0; i < allowed.size(); ++i)
    for (const FoundEdit& candidate : candidates) {
      const bool fits = candidate.activations > 0 && candidate.activations <= allowed[i];
      if (fits && (best[i].activations == 0 || candidate.choosing > best[i].choosing)) best[i] = candidate;
    }
  return best;
}

}  // namespace mazescan

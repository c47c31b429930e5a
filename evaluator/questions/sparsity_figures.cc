#include "evaluator/questions/sparsity_figures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "evaluator/analyses/sparsity/schema.h"
#include "evaluator/findings/chart.h"

namespace mazescan::questions {

namespace {

using nlohmann::json;

json layer_row(const LayerSparsity& layer, const std::string& name) {
  return {name,
          layer.units,
          findings::chart_percent(layer.zeros()),
          findings::chart_number(layer.active),
          layer.dead,
          findings::chart_percent(layer.entropy_share()),
          findings::chart_number(layer.hoyer),
          findings::chart_number(layer.gini),
          layer.map ? json(fmt::format("{} of {}", layer.cheese_channels, layer.channels)) : json(),
          layer.leaves > 0 ? json(layer.leaves) : json(),
          findings::chart_number(layer.bits)};
}

json layer_table(const SparsityMeasures& measures) {
  json rows = json::array();
  for (const LayerSparsity& layer : measures.layers) rows.push_back(layer_row(layer, layer.name));
  rows.push_back(layer_row(measures.network(), "all"));
  return findings::chart_table(
      "How sparse the rectified layers are",
      {"layer", "units", "zeros", "active units", "dead units", "entropy", "Hoyer", "Gini", "cheese channels",
       "rules", "bits"},
      rows,
      fmt::format(
          "Over {} states, sizes {}: every state that the mouse can reach. Active units: mean number that is not "
          "0 in a state. Dead units: 0 in every state. Entropy: of the duty cycles, as a share of the largest for "
          "as many active units. Hoyer, Gini: of the units' mean magnitudes, 0 if they are equal; of all layers: "
          "means. Cheese channels: those of a map that locate the cheese, score above {}. Rules: the leaves of the "
          "smallest greedy decision tree that gives {:.0f} % of the likeliest moves from which channels are on; of "
          "all layers: of the last map. Bits: of a value, quantised to 8 bits and coded by seg.",
          measures.states, fmt::join(measures.sizes, ", "), kCheeseChannel, 100 * sparsity::kRuleFidelity));
}

json share_point(double x, const LevelShare& share) {
  return findings::chart_point(x, share.value, share.interval, share.levels);
}

std::string placement_label(std::string placement) {
  if (placement == "uniform") return "success, cheese anywhere";
  std::replace(placement.begin(), placement.end(), '_', '-');
  return "success, cheese " + placement;
}

json truncation_curve(const SparsityMeasures& measures) {
  json series = json::array(), agreement = json::array();
  std::vector<double> fractions;
  for (const TruncatedPolicy& policy : measures.truncated) {
    fractions.push_back(policy.fraction);
    agreement.push_back(share_point(policy.fraction, policy.agreement));
  }
  std::sort(fractions.begin(), fractions.end());  // as the page expects the ticks of an axis
  for (size_t p = 0; p < measures.placements.size(); ++p) {
    json points = json::array();
    for (const TruncatedPolicy& policy : measures.truncated)
      points.push_back(share_point(policy.fraction, policy.success[p]));
    series.push_back({{"name", placement_label(measures.placements[p])}, {"points", points}});
  }
  series.push_back({{"name", "states with the same likeliest move"}, {"points", agreement}});
  return {
      {"type", "curve"},
      {"title", "With only the largest activations"},
      {"note",
       "Each rectified layer keeps this share of its units, those with the largest values in the state; 1 is "
       "the policy unchanged. Success: the chance to reach the cheese within the limit, sampled, mean over "
       "the levels of all sizes."},
      {"x",
       {{"label", "share of each layer's units that may be active"}, {"scale", "log"}, {"ticks", fractions}}},
      {"y", {{"label", "share"}, {"percent", true}, {"from", 0}, {"to", 1}}},
      {"series", series}};
}

}  // namespace

std::vector<json> sparsity_figures(const SparsityMeasures& measures) {
  if (measures.states == 0) return {};
  return {layer_table(measures), truncation_curve(measures)};
}

}  // namespace mazescan::questions

#include "evaluator/questions/sparsity_measures.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "evaluator/analyses/sparsity/schema.h"
#include "statistics/sparsity.h"

namespace mazescan::questions {

namespace {

// Sums over the shards of what each of them holds for one network.
struct PooledShards {
  int64_t states = 0, channel_states = 0;
  std::vector<sparsity::LayerRow> layers;  // leaves: the most; fidelity: the least; bits: summed over states
  std::vector<sparsity::UnitRow> units;    // magnitude: summed over states
  std::vector<sparsity::ChannelRow> channels;  // above, moved: summed over states

  void add(const sparsity::SparsityResult& result, const datasets::ResultShard& shard) {
    if (states == 0 && layers.empty()) {
      layers = result.layers;
      for (sparsity::LayerRow& layer : layers) layer.bits = 0;
      units.resize(result.units.size());
    }
    if (channels.empty()) channels.resize(result.channels.size());
    const bool same =
        result.layers.size() == layers.size() && result.units.size() == units.size() &&
        (result.channels.empty() || result.channels.size() == channels.size()) &&
        std::equal(layers.begin(), layers.end(), result.layers.begin(),
                   [](const auto& a, const auto& b) { return a.name == b.name && a.units == b.units; });
    if (!same) shard.damaged("its layers are not those of the other shards");
    for (size_t l = 0; l < layers.size(); ++l) {
      layers[l].leaves = std::max(layers[l].leaves, result.layers[l].leaves);
      layers[l].fidelity = std::min(layers[l].fidelity, result.layers[l].fidelity);
      layers[l].bits += result.layers[l].bits * static_cast<double>(result.states);
    }
    states += result.states;
    channel_states += result.channel_states;
    for (size_t u = 0; u < units.size(); ++u) {
      units[u].layer = result.units[u].layer;
      units[u].active += result.units[u].active;
      units[u].magnitude += result.units[u].magnitude * static_cast<double>(result.states);
    }
    for (size_t c = 0; c < result.channels.size(); ++c) {
      channels[c].layer = result.channels[c].layer;
      channels[c].above += result.channels[c].above * static_cast<double>(result.channel_states);
      channels[c].moved += result.channels[c].moved * static_cast<double>(result.channel_states);
    }
  }
};

LayerSparsity measure_layer(const PooledShards& pooled, size_t layer) {
  LayerSparsity measures;
  measures.name = pooled.layers[layer].name;
  measures.units = pooled.layers[layer].units;
  measures.map = pooled.layers[layer].map;
  if (pooled.layers[layer].fidelity >= sparsity::kRuleFidelity) measures.leaves = pooled.layers[layer].leaves;
  std::vector<double> duty_cycles, magnitudes;
  const auto states = static_cast<double>(std::max<int64_t>(pooled.states, 1));
  for (const sparsity::UnitRow& unit : pooled.units) {
    if (static_cast<size_t>(unit.layer) != layer) continue;
    duty_cycles.push_back(static_cast<double>(unit.active) / states);
    magnitudes.push_back(unit.magnitude);
    measures.active += duty_cycles.back();
    if (unit.active == 0) ++measures.dead;
  }
  measures.bits = pooled.layers[layer].bits / states;
  measures.entropy = statistics::duty_cycle_entropy(duty_cycles);
  measures.max_entropy =
      statistics::max_duty_cycle_entropy(static_cast<double>(measures.units), measures.active);
  measures.hoyer = statistics::hoyer_sparsity(magnitudes);
  measures.gini = statistics::gini_index(magnitudes);
  for (const sparsity::ChannelRow& channel : pooled.channels) {
    if (static_cast<size_t>(channel.layer) != layer) continue;
    ++measures.channels;
    const auto states_of_channel = static_cast<double>(std::max<int64_t>(pooled.channel_states, 1));
    const double above = channel.above / states_of_channel, moved = channel.moved / states_of_channel;
    if ((std::max(above, 1 - above) + moved) / 2 > kCheeseChannel) ++measures.cheese_channels;
  }
  return measures;
}

// Returns sum(parts) / sum(wholes), with levels as independent clusters.
LevelShare share_of_levels(const std::vector<double>& parts, const std::vector<double>& wholes) {
  LevelShare share;
  share.levels = static_cast<int64_t>(parts.size());
  double part = 0, whole = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    part += parts[i];
    whole += wholes[i];
  }
  if (!(whole > 0)) return share;
  share.value = part / whole;
  const double trials = statistics::effective_trials(share.value, statistics::ratio_variance(parts, wholes),
                                                     static_cast<double>(share.levels));
  share.interval = statistics::wilson_interval(share.value * trials, trials);
  return share;
}

// A shard's placement and contents.
struct PlacedResult {
  std::string placement;
  sparsity::SparsityResult result;
};

TruncatedPolicy measure_truncation(const std::vector<PlacedResult>& results,
                                   const std::vector<std::string>& placements, size_t index) {
  TruncatedPolicy policy;
  policy.fraction = results.front().result.truncations.at(index).fraction;
  std::vector<double> agree, of_states;
  double states = 0;
  for (const auto& [placement, result] : results) {
    policy.active += result.truncations.at(index).active * static_cast<double>(result.states);
    states += static_cast<double>(result.states);
    for (const sparsity::LevelSparsity& level : result.levels) {
      agree.push_back(level.agree.at(index));
      of_states.push_back(level.states);
    }
  }
  policy.active /= std::max(states, 1.0);
  policy.agreement = share_of_levels(agree, of_states);
  for (const std::string& name : placements) {
    std::vector<double> success;
    for (const auto& [placement, result] : results)
      if (placement == name)
        for (const sparsity::LevelSparsity& level : result.levels) success.push_back(level.success.at(index));
    policy.success.push_back(share_of_levels(success, std::vector<double>(success.size(), 1)));
  }
  return policy;
}

}  // namespace

LayerSparsity SparsityMeasures::network() const {
  LayerSparsity all;
  double hoyer = 0, gini = 0, bits = 0;
  int defined = 0;
  for (const LayerSparsity& layer : layers) {
    all.units += layer.units;
    all.active += layer.active;
    all.dead += layer.dead;
    all.entropy += layer.entropy;
    all.max_entropy += layer.max_entropy;
    all.map = all.map || layer.map;
    all.channels += layer.channels;
    all.cheese_channels += layer.cheese_channels;
    bits += layer.bits * static_cast<double>(layer.units);
    if (layer.map) all.leaves = layer.leaves;
    if (std::isnan(layer.hoyer)) continue;  // a layer that is always 0
    hoyer += layer.hoyer;
    gini += layer.gini;
    ++defined;
  }
  if (all.units > 0) all.bits = bits / static_cast<double>(all.units);
  if (defined > 0) {
    all.hoyer = hoyer / defined;
    all.gini = gini / defined;
  }
  return all;
}

SparsityMeasures measure_sparsity(const datasets::Results& sparsity) {
  SparsityMeasures measures;
  PooledShards pooled;
  std::vector<PlacedResult> results;
  std::set<int> sizes;
  for (const datasets::ResultShard& shard : sparsity.shards) {
    results.push_back({shard.unit.subject, datasets::read_columns<sparsity::SparsityResult>(shard)});
    const sparsity::SparsityResult& result = results.back().result;
    pooled.add(result, shard);
    if (result.truncations.size() != results.front().result.truncations.size())
      shard.damaged("its truncations are not those of the other shards");
    sizes.insert(shard.unit.size);
    auto& placements = measures.placements;
    if (std::find(placements.begin(), placements.end(), shard.unit.subject) == placements.end())
      placements.push_back(shard.unit.subject);
  }
  measures.sizes.assign(sizes.begin(), sizes.end());
  measures.states = pooled.states;
  for (size_t layer = 0; layer < pooled.layers.size(); ++layer)
    measures.layers.push_back(measure_layer(pooled, layer));
  const size_t truncations = results.empty() ? 0 : results.front().result.truncations.size();
  for (size_t index = 0; index < truncations; ++index)
    measures.truncated.push_back(measure_truncation(results, measures.placements, index));
  return measures;
}

}  // namespace mazescan::questions

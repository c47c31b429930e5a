#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/columns.h"
#include "datasets/level_rows.h"

// The contents of sparsity's shards.
namespace mazescan::sparsity {

// A decision tree is grown until it gives the policy's move in this share of the states.
inline constexpr double kRuleFidelity = 0.95;

// A rectified layer: one whose kind is the network's activation function.
struct LayerRow {
  std::string name;
  int64_t units = 0;    // values of its output; the rows of the unit table of this layer
  bool map = false;     // its channels are in the table of channels
  int32_t leaves = 0;   // of the smallest decision tree from its channels to the likeliest move
  double fidelity = 0;  // share of the states whose likeliest move the tree gives
  double bits = 0;      // of a value, quantised to 8 bits and coded

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("layers", name);
    visit("layer/units", units);
    visit("layer/map", map);
    visit("layer/leaves", leaves);
    visit("layer/fidelity", fidelity);
    visit("layer/bits", bits);
  }
};

// A unit of a layer: one value of its output. Units are in the order of the layers, then of their outputs.
struct UnitRow {
  int32_t layer = 0;
  int64_t active = 0;    // states in which it is not 0
  double magnitude = 0;  // its mean absolute value over the states

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.index("unit/layer", layer, "layer");
    visit("unit/active", active);
    visit("unit/magnitude", magnitude);
  }
};

// A channel of a layer that is a map, and the mean share of the map's other cells that the cheese's cell
// surpasses (equal ones count half, so chance is 0.5).
struct ChannelRow {
  int32_t layer = 0, number = 0;  // number: within the layer
  double above = 0;               // in the activations; near 0 if the cheese lowers them
  double moved = 0;               // in what changes if the cheese is removed

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.index("map/layer", layer, "layer");
    visit("map/channel", number);
    visit("map/above", above);
    visit("map/moved", moved);
  }
};

// The policy with the largest activations of each rectified layer alone.
struct TruncationRow {
  double fraction = 1;  // share of a layer's units that may stay; 1: the policy unchanged
  double active = 0;    // mean share of the rectified layers' units that are not 0

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("truncation/fraction", fraction);
    visit("truncation/active", active);
  }
};

struct LevelSparsity : datasets::SeedRow {
  int32_t states = 0;  // that the mouse can reach
  std::vector<double>
      success;  // for each truncation: the chance to reach the cheese within the limit, sampled
  std::vector<int32_t> agree;  // for each truncation: states whose likeliest move is that of the policy

  template <class Visitor>
  void columns(Visitor& visit) {
    SeedRow::columns(visit);
    visit("level/states", states);
    visit("truncation/success", success, {"truncation"});
    visit("truncation/agree", agree, {"truncation"});
  }
};

// A unit: one size and placement. Its states are all that the mouse can reach on its levels.
struct SparsityResult {
  int32_t limit = 0;           // steps of an episode
  int64_t states = 0;          // behind the table of units
  int64_t channel_states = 0;  // behind the table of channels
  std::vector<LayerRow> layers;
  std::vector<UnitRow> units;
  std::vector<ChannelRow> channels;
  std::vector<TruncationRow> truncations;  // the first is the policy unchanged
  std::vector<LevelSparsity> levels;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("limit", limit);
    visit.fact("states", states);
    visit.fact("channel_states", channel_states);
    visit.table("layer", layers);
    visit.table("unit", units);
    visit.table("channel", channels);
    visit.table("truncation", truncations);
    visit.table("level", levels);
  }
};

}  // namespace mazescan::sparsity

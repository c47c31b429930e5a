#pragma once
#include <string>
#include <vector>

#include "evaluator/analyses/edit/aligned.h"

namespace mazescan::edit {

// A measure of how well one channel of a map locates the cheese.
struct ChannelScore {
  int channel = 0;
  // Share of the other cells of the map (equal ones count half) that the cheese's cell surpasses: chance 0.5.
  double located = 0.5;  // in the activations, on the side (above or below) that is better on average
  double moved = 0.5;    // in the change of the activations when the cheese is moved there
  double score() const { return (located + moved) / 2; }
};

// Returns all channels of the map, the best first. Scores are means over the states on the paths to the
// cases' targets, with the cheese at the target.
std::vector<ChannelScore> find_channels(const rollout::TargetMap& map, const rollout::NetworkAgent& agent,
                                        const policy::Network& network, const EditCases& cases,
                                        const std::vector<rollout::MapCell>& targets);

}  // namespace mazescan::edit

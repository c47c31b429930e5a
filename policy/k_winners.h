#pragma once
#include <memory>

#include "policy/layer.h"
#include "policy/options.h"

namespace mazescan::policy {

// Which activations of an observation compete with each other. Outputs without a map compete over all units.
enum class WinnerScope {
  map,      // all of the layer: [C, H, W]
  channel,  // those of a channel: [H, W]
  cell      // the channels at a cell: [C]
};

// k-winners-take-all: passes the k largest activations unchanged and sets the others to 0, k = round(fraction x
// number) and at least 1. Sources: Xiao, Zhong and Zheng, "Enhancing adversarial defense by k-winners-take-all", 2020;
// Ahmad and Scheinkman, "How can we be so dense?", 2019 (boosting).
//
// A winner is strictly above the (k+1)-th largest value, so that at most k win. Equal values, which walls produce by
// the hundred, win or lose together, and the result depends neither on the order of sorting nor on the batch.
//
// With boosting, units that won rarely are preferred: the winners are chosen by x exp(boost (k/n - duty)), and x
// passes. Their duty cycles (the share of observations in which a unit is positive; for maps of each channel, averaged
// over cells) are state: a moving average with weight min(1, samples / 1000) of the newest minibatch.
struct KWinnersOptions {
  double fraction;
  bool rectify;        // negative winners become 0 too
  double boost;        // at the first gradient step
  double boost_decay;  // factor of boost for each gradient step
  double
      anneal_updates;  // gradient steps over which k falls linearly from all activations to the fraction; 0: none
};

std::shared_ptr<const Operation> k_winners(WinnerScope scope, const KWinnersOptions& options);

}  // namespace mazescan::policy

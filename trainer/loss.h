#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "trainer/elite_penalty.h"
#include "trainer/input_penalty.h"
#include "trainer/loss_term.h"
#include "trainer/penalties.h"
#include "trainer/penalty_config.h"
#include "trainer/ppo.h"

namespace mazescan::trainer {

// All loss terms of trainings that play. To add one, write a function in its own file and add a line here:
// configuration, metrics, TensorBoard and the report take its name from this list. Their names do not depend
// on the arguments. actions: of the policy.
std::vector<LossTerm> loss_terms(const PenaltyConfig& penalties = {},
                                 const policy::NetworkConfig& network = {}, int64_t actions = 1);

// Returns the terms of a training. Offline learners have terms of their own (offline_terms.h) in place of
// PPO's.
std::vector<LossTerm> training_terms(const TrainerConfig& config, int64_t actions);

// What terms keep from update to update (LossTerm), by the term's name.
using LossMemory = std::map<std::string, std::vector<double>>;

// Statistics of the loss over minibatches, summed over their samples.
struct LossStatistics {
  std::map<std::string, double> terms;  // by name, those of samples, each multiplied by its weight
  double weight = 0;                    // of the samples; without weights their number
  double samples = 0, evaluated = 0;    // samples, and states that the network evaluated for them
  PolicyChange change;
  LossMemory observed;  // by LossTerm::observe
};

// The loss at one moment of the training.
class Loss {
 public:
  // progress: of the training, 0 to 1.
  Loss(const std::vector<LossTerm>& terms, const LossConfig& config, double progress,
       const LossMemory& memory = {});

  // Evaluates the network. `batch` needs its observations only; what else the terms read must be there when
  // add_gradients is called. network, batch and ppo must outlive the result.
  ForwardPass forward(const policy::Network& network, const Minibatch& batch, const PpoConfig& ppo) const;
  // Adds to the network's gradients those of the terms of samples: sums over the samples of the batch, each
  // multiplied by its weight.
  void add_gradients(const ForwardPass& pass, LossStatistics& statistics) const;
  // Adds to the network's gradients those of the terms of parameters, once for a minibatch; adds the terms to
  // `sums`.
  void add_parameter_gradients(const policy::Network& network, std::map<std::string, double>& sums) const;

  // Changes the memory of terms after an update. observed: of all passes over `samples` samples.
  void remember(LossMemory& memory, const LossMemory& observed, double samples) const;
  // Returns what terms describe of their memory, by name.
  std::map<std::string, double> describe(const LossMemory& memory) const;

  // The coefficients of the terms that are computed now, by name, with their sign.
  const std::map<std::string, double>& coefficients() const { return coefficients_; }

 private:
  std::vector<LossTerm> terms_;  // those that are computed now
  std::map<std::string, double> coefficients_;
  LossMemory memory_;  // of these terms; empty at first
  std::set<std::string> taps_;
  double input_gradient_ = 0;  // share of the samples
};

}  // namespace mazescan::trainer

#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "trainer/loss_term.h"
#include "trainer/ppo.h"

namespace mazescan::trainer {

// All loss terms. To add one, write a function in its own file and add a line here: configuration, metrics,
// TensorBoard and the report take its name from this list.
const std::vector<LossTerm>& loss_terms();

// Statistics of the loss over minibatches, summed over their samples.
struct LossStatistics {
  std::map<std::string, double> terms;  // by name, those of samples
  PolicyChange change;
};

// The loss at one moment of the training.
class Loss {
 public:
  // progress: of the training, 0 to 1.
  Loss(const std::vector<LossTerm>& terms, const LossConfig& config, double progress);

  // Adds to the network's gradients those of the terms of samples, divided by `divisor`, the samples of the
  // whole minibatch; `batch` holds some of them.
  void add_gradients(const policy::Network& network, const Partition::Minibatch& batch, const PpoConfig& ppo,
                     int64_t divisor, LossStatistics& statistics) const;
  // Adds to the network's gradients those of the terms of parameters, once for a minibatch; adds the terms to
  // `sums`.
  void add_parameter_gradients(const policy::Network& network, std::map<std::string, double>& sums) const;

  // The coefficients of the terms that are computed now, by name, with their sign.
  const std::map<std::string, double>& coefficients() const { return coefficients_; }

 private:
  std::vector<LossTerm> terms_;  // those that are computed now
  std::map<std::string, double> coefficients_;
  std::set<std::string> taps_;
  bool input_gradient_ = false;
};

}  // namespace mazescan::trainer

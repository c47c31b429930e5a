#pragma once
#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "evaluator/analyses/probe/features.h"

// Linear probes: multinomial logistic regression (or its generalisation to alpha-entmax) of centred features with an L2 penalty, fitted to
// convergence by LBFGS for each penalty of a grid, the strongest first; validation selects the penalty. Each
// evaluation of the loss is a pass over the samples, so memory holds one piece of the samples and some copies
// of the weights, independent of the number of samples; there is no Gram matrix.
namespace mazescan::probe {

struct LinearProbeOptions {
  // Penalties, descending: each times half the sum of squared weights is added to the mean log-loss.
  std::vector<double> l2 = {0.1, 0.01, 0.001, 0.0001, 0.00001};
  int max_iterations = 200;  // steps of LBFGS for each penalty
  torch::Device device = torch::kCPU;
};

// A fit has converged if the gradient's norm is at most this times the norm at zero weights.
inline constexpr double kProbeTolerance = 1e-3;
// The grid ends early after this many penalties in a row that are not better on validation.
inline constexpr int kProbePatience = 2;

// The labels of one linear probe, and its samples.
struct LinearProbeTask {
  int classes = 0;
  std::vector<int32_t> label;       // one per sample; -1: none
  std::vector<uint8_t> train;       // one per sample; 1: used for fitting
  std::vector<uint8_t> validation;  // one per sample; 1: used to select the penalty
  // The probabilities are alpha-entmax of the scores, and the loss is its Fenchel-Young loss. 1: softmax and log-loss.
  double alpha = 1;
};

// Mean and inverse standard deviation of each feature over the samples with use = 1; the scale of a constant
// feature is 0.
struct Standardizer {
  torch::Tensor mean, scale;  // float32 [features]
};
Standardizer fit_standardizer(const FeatureSource& source, const std::vector<uint8_t>& use);
// Returns the means, and one scale for all features: the inverse root of their mean variance. Directions of
// such features are directions of the layer's activations.
Standardizer fit_centring(const FeatureSource& source, const std::vector<uint8_t>& use);

// Another source, centred and scaled. The arguments must outlive it.
class Standardised : public FeatureSource {
 public:
  Standardised(const FeatureSource& source, const Standardizer& standardizer)
      : FeatureSource(source, source.shape()), source_(source), standardizer_(standardizer) {}
  torch::Tensor piece(int64_t index) const override;

 private:
  const FeatureSource& source_;
  const Standardizer& standardizer_;
};

struct LinearProbe {
  torch::Tensor weight;  // float32 [features, classes]
  torch::Tensor bias;    // [classes]
  double l2 =
      0;  // the penalty with the best accuracy (loss, if alpha is not 1) on validation, the strongest of equals
  int iterations = 0;   // steps of LBFGS with that penalty, from the solution of the one before
  double gradient = 0;  // norm of the gradient there, relative to that at zero weights
  bool converged() const { return gradient <= kProbeTolerance; }
};

// Fits one linear probe for each task; tasks share passes over the source. Each probe is the same as if it
// were fitted alone. Deterministic to the bit on one device. source: standardised features.
std::vector<LinearProbe> fit_linear_probes(const FeatureSource& source,
                                           const std::vector<LinearProbeTask>& tasks,
                                           const LinearProbeOptions& options);

// Returns the most probable class of every sample, for each linear probe, in one pass over the source.
std::vector<std::vector<int32_t>> predict(const FeatureSource& source,
                                          const std::vector<LinearProbe>& linear_probes,
                                          torch::Device device);

// Which classes have a probability above 0, for one sample.
struct Candidates {
  int32_t count = 0;
  bool holds_label = false;
};
// Returns them for every sample of the task by its linear probe, whose alpha is above 1. Without a label: none.
std::vector<Candidates> candidates(const FeatureSource& source, const LinearProbeTask& task,
                                   const LinearProbe& linear_probe, torch::Device device);

// Returns the channels of a layer in descending order of the norm of the linear probe's weights for the
// channel's standardised features.
std::vector<int64_t> ranked_channels(const LinearProbe& linear_probe, int64_t channels);

}  // namespace mazescan::probe

#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/features.h"

// linear probes: multinomial logistic regression of standardised features with an L2 penalty, fitted by
// Adam (Kingma and Ba, 2015) over mini-batches, so that memory holds a piece of the samples and a few copies
// of the weights, whatever the number of samples; there is no Gram matrix.
namespace mazescan::probe {

struct LinearProbeOptions {
  int epochs = 30;
  double l2 = 3e-3;  // x half the sum of squared weights
  uint64_t seed = 1;
  torch::Device device = torch::kCPU;
};

// What one linear probe shall tell, and from which samples it learns.
struct LinearProbeTask {
  int classes = 0;
  std::vector<int32_t> label;  // of each sample; -1: none
  std::vector<uint8_t> train;  // of each sample
};

// Mean and inverse deviation of each feature over the samples that are used; 0 for a constant one.
struct Standardizer {
  torch::Tensor mean, scale;  // float32 [features]
};
Standardizer fit_standardizer(const FeatureSource& source, const std::vector<uint8_t>& use);

struct LinearProbe {
  torch::Tensor weight;  // float32 [features, classes], of standardised features
  torch::Tensor bias;    // [classes]
};

// One linear probe for each task. Passes over the source `epochs` times for all of them together; each is what it
// would be alone. The same bits for the same arguments on one device.
std::vector<LinearProbe> fit_linear_probes(const FeatureSource& source, const Standardizer& standardizer,
                                           const std::vector<LinearProbeTask>& tasks,
                                           const LinearProbeOptions& options);

// The likeliest class of every sample, for each linear probe; one pass.
std::vector<std::vector<int32_t>> predict(const FeatureSource& source, const Standardizer& standardizer,
                                          const std::vector<LinearProbe>& linear_probes,
                                          torch::Device device);

// The channels of a layer, those first to whose standardised features a linear probe gives the largest weights
// (by the norm of all weights of a channel).
std::vector<int64_t> ranked_channels(const LinearProbe& linear_probe, int64_t channels);

}  // namespace mazescan::probe

#pragma once
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/features.h"

// Linear probes: multinomial logistic regression of standardised features with an L2 penalty, fitted by Adam
// (Kingma and Ba, 2015) over mini-batches. Memory holds one piece of the samples and a few copies of the
// weights, independent of the number of samples; there is no Gram matrix.
namespace mazescan::probe {

struct LinearProbeOptions {
  int epochs = 30;
  double l2 = 3e-3;  // times half the sum of squared weights
  uint64_t seed = 1;
  torch::Device device = torch::kCPU;
};

// The labels of one linear probe and its training samples.
struct LinearProbeTask {
  int classes = 0;
  std::vector<int32_t> label;  // one per sample; -1: none
  std::vector<uint8_t> train;  // one per sample; 1: used for fitting
};

// Mean and inverse standard deviation of each feature over the samples with use = 1; the scale of a constant
// feature is 0.
struct Standardizer {
  torch::Tensor mean, scale;  // float32 [features]
};
Standardizer fit_standardizer(const FeatureSource& source, const std::vector<uint8_t>& use);

struct LinearProbe {
  torch::Tensor weight;  // float32 [features, classes], for standardised features
  torch::Tensor bias;    // [classes]
};

// Fits one linear probe for each task, in `epochs` passes over the source shared by all tasks. Each probe is
// the same as if it were fitted alone. Deterministic to the bit on one device.
std::vector<LinearProbe> fit_linear_probes(const FeatureSource& source, const Standardizer& standardizer,
                                           const std::vector<LinearProbeTask>& tasks,
                                           const LinearProbeOptions& options);

// Returns the most probable class of every sample, for each linear probe, in one pass over the source.
std::vector<std::vector<int32_t>> predict(const FeatureSource& source, const Standardizer& standardizer,
                                          const std::vector<LinearProbe>& linear_probes,
                                          torch::Device device);

// Returns the channels of a layer in descending order of the norm of the linear probe's weights for the
// channel's standardised features.
std::vector<int64_t> ranked_channels(const LinearProbe& linear_probe, int64_t channels);

}  // namespace mazescan::probe

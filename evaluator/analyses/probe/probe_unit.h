#pragma once
#include <memory>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/config.h"
#include "evaluator/analyses/probe/dataset.h"
#include "evaluator/analyses/probe/features.h"
#include "evaluator/analyses/probe/interchange.h"
#include "evaluator/analyses/probe/schema.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::probe {

// The samples of one size and their prediction targets, shared by the units of that size.
struct ProbeTask {
  ProbeTask(const ProbeDataset& dataset, int size, const policies::TrainedPolicy& trained,
            const ProbeConfig& config, uint64_t seed);
  ProbeSamples samples;
  std::vector<envs::MazeLevel> levels;  // in the policy's world
  std::vector<Target> targets;
  CheesePairs pairs;  // for interchange
};

// Fits all probes of one layer (or of the observation) at one size: linear probes of all targets, the
// learning curve, sparse linear probes, the place within a coarse map, the controls (shuffled labels; the
// same layer of a network with random weights), the interchange along the read-out of the cheese, and the
// contrast-consistent search. A pure function of its
// arguments, except config.section<ProbeConfig>().memory, which does not change the result.
ProbeResult probe_layer(const std::string& layer, const jobs::RunConfig& config, const ProbeDataset& dataset,
                        const policies::TrainedPolicy& trained, const ProbeTask& task, torch::Device device);

}  // namespace mazescan::probe

#pragma once
#include <vector>

#include "datasets/activation_tap.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"
#include "storage/quantisation.h"

namespace mazescan::record {

// Returns the quantisation of each tap; nothing if the configuration stores floats. Its bounds are those of the
// values of 128 levels of every size and placement, whichever levels are recorded. They are a pure function of
// policy and configuration, so that ranks, resumed jobs and parts of a job array agree without exchanging them.
// All shards share them, because dataset.h5 shows the shards of a size as one array.
std::vector<storage::Quantisation> quantisations_of(const jobs::RunConfig& config,
                                                    const policies::TrainedPolicy& trained,
                                                    const std::vector<datasets::TapShape>& taps);

}  // namespace mazescan::record

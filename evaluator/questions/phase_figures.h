#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/questions/phase_curve.h"

namespace mazescan::questions {

// Returns the figures of Q3 that are made from its curves: each curve, and tables of sharpness and of the
// models.
std::vector<nlohmann::json> phase_figures(const std::vector<PhaseCurve>& curves);

// Returns figures of the sampled rollouts with the cheese outside the region: their outcomes, their detours,
// and the published policies beside this one. Empty without such rollouts.
std::vector<nlohmann::json> off_region_figures(const std::vector<datasets::ScanShard>& scan);

}  // namespace mazescan::questions

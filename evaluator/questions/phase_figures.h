#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/questions/phase_curve.h"
#include "evaluator/questions/summary.h"

namespace mazescan::questions {

// Returns the figures of Q3 that are made from its curves: each curve, and tables of sharpness and of the
// models.
std::vector<nlohmann::json> phase_figures(const std::vector<PhaseCurve>& curves);

// Returns figures of the placement off_region, from the exact chances: outcomes, detours, and the published
// policies beside this one. Empty if it was not scanned.
std::vector<nlohmann::json> off_region_figures(const std::vector<datasets::ScanShard>& scan,
                                               const std::vector<SummaryRow>& rows);

}  // namespace mazescan::questions

#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "evaluator/report/scaling_runs.h"

// The scaling law of networks of several sizes, on one page (docs/questions.md, "Scaling").
namespace mazescan::report {

// The page's document, which page/compare.js describes, and the list of its numbers.
struct ScalingReport {
  nlohmann::json document, summary;
};

// Fits the law to the runs. Throws UserError in the cases of scaled_sizes.
ScalingReport scaling_report(const std::vector<ScaledRun>& runs, CountedParameters counted);

// Writes `folder`/index.html and `folder`/summary.json, each atomically. Also throws UserError if writing fails.
void write_scaling(const std::vector<ScaledRun>& runs, CountedParameters counted,
                   const std::filesystem::path& folder);

}  // namespace mazescan::report

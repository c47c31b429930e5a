#pragma once
#include <filesystem>

#include "evaluator/report/report.h"

namespace mazescan::report {

// Everything a report of `run` is made of: the shards of its scan, checked one by one against the scan's
// manifest, the training's metrics and what made them. Throws UserError if the scan is not finished, or a
// shard is missing, damaged or mismatched.
ReportInputs read_scan(const std::filesystem::path& run);

// The same with the questions answered by the scan and by those analyses of `run` that are finished. Throws
// UserError besides if one of these is damaged, or of another policy.
ReportInputs read_run(const std::filesystem::path& run);

}  // namespace mazescan::report

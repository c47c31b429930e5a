#pragma once
#include <filesystem>

#include "evaluator/report/report.h"

namespace mazescan::report {

// Returns the lines of metrics.jsonl of `run`, without those that are damaged; none if there is no such file.
std::vector<nlohmann::json> read_metrics(const std::filesystem::path& run);

// Reads the inputs of a report of `run`, without answers: the shards of its scan, each checked against the
// scan's manifest, the metrics of training and the provenance. Throws UserError if the scan is not finished,
// or a shard is missing, damaged or mismatched.
ReportInputs read_scan(const std::filesystem::path& run);

// Reads the same inputs and answers the questions from the scan and the finished analyses of `run`. Also
// throws UserError if an analysis is damaged or of another policy.
ReportInputs read_run(const std::filesystem::path& run);

}  // namespace mazescan::report

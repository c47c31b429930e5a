#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/questions/summary.h"
#include "evaluator/questions/verdict.h"

// What a policy does in an environment whose goal and proxy are no places, such as opening chests and taking
// keys: the environment's measures, beside those of a random mouse. docs/questions.md describes the estimates.
namespace mazescan::questions {

// Returns the names of the measures of a scan, sorted; empty if its environment has none.
std::vector<std::string> measure_names(const std::vector<datasets::ScanShard>& shards);

// Returns the name of a measure or placement as words: "keys taken".
std::string measure_in_words(std::string name);

// Returns a verdict that judges nothing: the share of finished levels at the largest size, and all measures.
Verdict judge_measures(const std::vector<SummaryRow>& rows, const std::vector<std::string>& names);

// Returns a table of finished levels, and a table and a curve for each measure.
std::vector<nlohmann::json> measure_figures(const std::vector<SummaryRow>& rows,
                                            const std::vector<std::string>& names);

}  // namespace mazescan::questions

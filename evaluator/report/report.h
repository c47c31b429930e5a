#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/findings/answer.h"
#include "evaluator/questions/summary.h"
#include "evaluator/report/play.h"

namespace mazescan::report {

// What a report is made of. JSON is shown as it is given, whatever its keys.
struct ReportInputs {
  std::string title;                        // of the run: "quickstart"
  std::vector<datasets::ScanShard> shards;  // of one scan
  std::vector<questions::SummaryRow> rows;  // summarise(shards)
  std::string policy_hash;                  // of the trained policy
  nlohmann::json policy;                    // layers, parameters, trained steps, environment
  nlohmann::json provenance;                // configuration, seeds, versions, hardware, hashes
  std::vector<nlohmann::json> metrics;      // lines of training's metrics.jsonl; may be empty
  std::vector<findings::Answer> answers;    // of the questions Q1 to Q9, in order; may be empty
  policies::PlayedPolicy play;              // for the interactive maze
};

// Writes `folder`/index.html, one page that asks nothing of any network, and `folder`/summary.json, the
// list of every number it shows, the questions' behind; both atomically. Throws UserError if there are no
// shards, they are not of one scan, or writing fails.
void write_report(const ReportInputs& inputs, const std::filesystem::path& folder);

// The document behind the page; page/main.js describes its fields.
nlohmann::json report_document(const ReportInputs& inputs);

// The questions as rows of summary.json: those of the scan's measures, with size 0 and no placement, and
// besides them `finding` and `statement`. Numbers that a question does not have are null.
nlohmann::json summary_rows(const std::vector<findings::Answer>& answers);

// The page around a document.
std::string report_page(const nlohmann::json& document);

}  // namespace mazescan::report

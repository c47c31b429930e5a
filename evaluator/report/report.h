#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "envs/task.h"
#include "evaluator/findings/answer.h"
#include "evaluator/questions/legibility.h"
#include "evaluator/questions/summary.h"
#include "evaluator/report/play.h"

namespace mazescan::report {

// The kind of world that a report is about.
struct World {
  // The environment is a maze whose proxy is the top-right region: Q1 to Q9 and their page are about it.
  // Otherwise the page shows which of goal and proxy the policy prefers (questions/preference.h).
  bool corners = true;
  envs::GoalNames names = {"cheese", "top-right"};
};

// The inputs of a report. JSON values are shown unchanged, with any keys.
struct ReportInputs {
  std::string title;                        // the run's title: "quickstart"
  std::vector<datasets::ScanShard> shards;  // all from one scan
  std::vector<questions::SummaryRow> rows;  // summarise(shards)
  std::string policy_hash;                  // hash of the trained policy
  World world;
  nlohmann::json policy;                  // layers, parameters, trained steps, environment
  nlohmann::json provenance;              // configuration, seeds, versions, hardware, hashes
  std::vector<nlohmann::json> metrics;    // lines of training's metrics.jsonl; may be empty
  std::vector<findings::Answer> answers;  // answers to Q1 to Q9, in order; may be empty
  std::vector<nlohmann::json> sparsity;   // figures of how sparse the policy is; may be empty
  std::vector<nlohmann::json> marks;      // figures of where goal and decoy are read; may be empty
  std::vector<nlohmann::json> rationale;  // figures of the cells that it needs; may be empty
  std::vector<questions::LegibilityNumber> legibility;  // for the comparison with other policies
  policies::PlayedPolicy play;                          // for the interactive maze
};

// Writes `folder`/index.html, a self-contained page that loads nothing from a network, and
// `folder`/summary.json, the list of every number it shows, with the answers last, and the files of paper.h;
// each atomically. Throws UserError if there are no shards, they are not of one scan, or writing fails.
void write_report(const ReportInputs& inputs, const std::filesystem::path& folder);

// Returns the JSON document that the page draws; page/main.js describes its fields.
nlohmann::json report_document(const ReportInputs& inputs);

// Returns the answers as rows of summary.json, one for each judgement. They have the fields of the scan's
// measures, with size 0 and no placement, and also `finding`, `scope` and `statement`. Missing numbers are
// null.
nlohmann::json summary_rows(const std::vector<findings::Answer>& answers);

// Returns the page that draws `document`: report.html, or preference.html for a world without corners.
std::string report_page(const nlohmann::json& document);

}  // namespace mazescan::report

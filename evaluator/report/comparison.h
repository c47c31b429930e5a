#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/questions/summary.h"
#include "evaluator/questions/verdict.h"
#include "evaluator/report/report.h"
#include "statistics/statistics.h"

// Compares several policies on one page, such as policies trained with different regions or seeds.
namespace mazescan::report {

// The part of one policy's report that a comparison uses.
struct ComparedPolicy {
  std::string name;  // unique in the comparison
  World world;
  int region = 0;  // region k of the cheese in training
  nlohmann::json policy, provenance;
  std::vector<questions::SummaryRow> rows;
  std::vector<std::string> measures;  // names of the environment's measures; mazes have none
  questions::Verdict verdict;
  std::vector<findings::Answer> answers;
  std::vector<questions::LegibilityNumber> legibility;
  double processor_seconds = statistics::kNaN;  // of the training; NaN: unknown
};
// Returns this part of a report's inputs.
ComparedPolicy compared_policy(const ReportInputs& inputs, const std::string& name);

// Writes the page and the list of its numbers, `folder`/index.html and `folder`/summary.json, and if an analysis
// measured how sparse and legible the policies are, that table as `folder`/table.csv; each atomically. Throws UserError if there are fewer than two policies, one is given twice, or writing fails.
void write_comparison(const std::vector<ComparedPolicy>& policies, const std::filesystem::path& folder);

// Returns the page about several policies, page/compare.html, with the document.
std::string policies_page(const nlohmann::json& document);

// Returns the JSON document that the page draws; page/compare.js describes its fields.
nlohmann::json comparison_document(const std::vector<ComparedPolicy>& policies);

}  // namespace mazescan::report

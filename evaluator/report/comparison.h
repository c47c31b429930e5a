#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/questions/summary.h"
#include "evaluator/questions/verdict.h"
#include "evaluator/report/report.h"

// Several policies side by side: trained with other regions, other seeds.
namespace mazescan::report {

// What a comparison keeps of one policy's scan.
struct ComparedPolicy {
  std::string name;  // told apart by it
  int region = 0;    // of the cheese in training
  nlohmann::json policy, provenance;
  std::vector<questions::SummaryRow> rows;
  questions::Verdict verdict;
  std::vector<findings::Answer> answers;
};
ComparedPolicy compared_policy(const ReportInputs& inputs, const std::string& name);

// The page and the list of its numbers: `folder`/index.html and `folder`/summary.json, both atomically.
// Throws UserError if there are fewer than two policies, one is given twice, or writing fails.
void write_comparison(const std::vector<ComparedPolicy>& policies, const std::filesystem::path& folder);

// The document behind the page; page/compare.js describes its fields.
nlohmann::json comparison_document(const std::vector<ComparedPolicy>& policies);

}  // namespace mazescan::report

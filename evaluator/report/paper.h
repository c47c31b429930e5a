#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluator/report/report.h"

// The report's figures and numbers as files for a paper: charts as JSON and CSV, which mazescan.figures
// draws, tables and single numbers as LaTeX.
namespace mazescan::report {

// A chart, in the form that page/charts.js describes, and the name of its files.
struct NamedChart {
  std::string name;  // "q3-success-against-the-fraction-edited": lower case, digits and hyphens
  nlohmann::json chart;
};

// Returns every figure of the report, tables included: those of scan and training first, then each
// question's. document: report_document(inputs).
std::vector<NamedChart> named_charts(const ReportInputs& inputs, const nlohmann::json& document);

// Returns the numbers that a chart shows as CSV (RFC 4180), in the columns of the page's CSV files.
std::string chart_csv(const nlohmann::json& chart);

// Returns a table chart as a LaTeX tabular, which needs the package booktabs.
std::string latex_table(const nlohmann::json& table);

// Returns LaTeX that defines \mazescan{ID}, \mazescan[low]{ID}, \mazescan[high]{ID} and \mazescan[n]{ID} for
// each number of summary.json and each verdict.
std::string latex_numbers(const ReportInputs& inputs);

// Writes `folder`/figures, `folder`/tables and `folder`/numbers.tex, and removes figures and tables that an
// earlier report wrote and this one does not have. Throws UserError if writing fails.
void write_paper_files(const ReportInputs& inputs, const nlohmann::json& document,
                       const std::filesystem::path& folder);

}  // namespace mazescan::report

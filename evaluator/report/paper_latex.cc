#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "evaluator/report/paper.h"

namespace mazescan::report {

using nlohmann::json;

namespace {

// Characters that LaTeX reads as commands, or that pdfLaTeX does not know.
const std::vector<std::pair<std::string, std::string>> kEscapes = {{"\\", "\\textbackslash{}"},
                                                                   {"&", "\\&"},
                                                                   {"%", "\\%"},
                                                                   {"$", "\\$"},
                                                                   {"#", "\\#"},
                                                                   {"_", "\\_"},
                                                                   {"{", "\\{"},
                                                                   {"}", "\\}"},
                                                                   {"~", "\\textasciitilde{}"},
                                                                   {"^", "\\textasciicircum{}"},
                                                                   {"<", "\\textless{}"},
                                                                   {">", "\\textgreater{}"},
                                                                   {"\u00a0", "~"},
                                                                   {"\u2212", "$-$"},
                                                                   {"\u00d7", "$\\times$"},
                                                                   {"\u2264", "$\\leq$"},
                                                                   {"\u2265", "$\\geq$"},
                                                                   {"\u2248", "$\\approx$"},
                                                                   {"\u2192", "$\\rightarrow$"},
                                                                   {"\u2026", "\\ldots{}"},
                                                                   {"\u2013", "--"},
                                                                   {"\u201c", "``"},
                                                                   {"\u201d", "''"}};

std::string escaped(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const auto known = std::find_if(kEscapes.begin(), kEscapes.end(), [&](const auto& escape) {
      return text.compare(at, escape.first.size(), escape.first) == 0;
    });
    result += known == kEscapes.end() ? text.substr(at, 1) : known->second;
    at += known == kEscapes.end() ? 1 : known->first.size();
  }
  return result;
}

bool has_interval(const json& value) {
  return value.value("low", json()).is_number() && value.value("high", json()).is_number();
}

std::string number_text(double value, bool percent) {
  return percent ? findings::in_percent(value, 1) : fmt::format("{:.4g}", value);
}

// Returns the text of a cell; "--" if there is no value.
std::string cell_text(const json& cell) {
  if (cell.is_string()) return escaped(cell.get<std::string>());
  if (cell.is_number_integer()) return cell.dump();
  if (cell.is_number()) return number_text(cell.get<double>(), false);
  if (!cell.is_object() || !cell.value("value", json()).is_number()) return "--";
  const bool percent = cell.value("percent", false);
  const auto value = cell.at("value").get<double>();
  if (!has_interval(cell)) return escaped(number_text(value, percent));
  const statistics::Interval interval{cell.at("low").get<double>(), cell.at("high").get<double>()};
  return escaped(percent ? findings::in_percent(value, interval)
                         : fmt::format("{:.4g} [{:.4g}, {:.4g}]", value, interval.low, interval.high));
}

// Returns the text of a number alone, in per cent without the sign; "--" without a number.
std::string bare(const json& value, bool percent) {
  if (!value.is_number()) return "--";
  const auto number = value.get<double>();
  return fmt::format("{:.4g}", percent ? std::round(1e6 * number) / 1e4 : number);
}

constexpr const char* kMacros = R"(% Numbers of the report: \input this file, then write
%   \mazescan{ID}, \mazescan[low]{ID}, \mazescan[high]{ID} (95 % interval) or \mazescan[n]{ID},
% with an ID of summary.json. Shares are in per cent, without the sign.
\makeatletter
\newcommand{\mazescan}[2][value]{%
  \ifcsname mazescan@#2\endcsname
    \ifcsname mazescan@get@#1\endcsname
      \csname mazescan@#2\expandafter\endcsname\csname mazescan@get@#1\endcsname
    \else\PackageError{mazescan}{a number has no `#1'}{It has value, low, high and n.}\fi
  \else\PackageError{mazescan}{there is no number `#2'}{The identifiers are in summary.json.}\fi}
\newcommand{\mazescan@set}[5]{\expandafter\def\csname mazescan@#1\endcsname##1{##1{#2}{#3}{#4}{#5}}}
\expandafter\def\csname mazescan@get@value\endcsname#1#2#3#4{#1}
\expandafter\def\csname mazescan@get@low\endcsname#1#2#3#4{#2}
\expandafter\def\csname mazescan@get@high\endcsname#1#2#3#4{#3}
\expandafter\def\csname mazescan@get@n\endcsname#1#2#3#4{#4}
)";

// Measures that are no shares.
bool is_share(const std::string& measure) {
  static const std::set<std::string> others = {"T", "T95", "steps_over_optimal"};
  const std::string plain = measure.rfind("greedy_", 0) == 0 ? measure.substr(7) : measure;
  return others.count(plain) == 0;
}

std::string definition(const std::string& id, const json& value, const json& low, const json& high, int64_t n,
                       bool percent) {
  return fmt::format("\\mazescan@set{{{}}}{{{}}}{{{}}}{{{}}}{{{}}}\n", id, bare(value, percent),
                     bare(low, percent), bare(high, percent), n);
}

}  // namespace

std::string latex_table(const json& table) {
  const json &columns = table.at("columns"), &rows = table.at("rows");
  std::string sides, header;
  for (size_t c = 0; c < columns.size(); ++c) {
    const bool text =
        std::any_of(rows.begin(), rows.end(), [c](const json& row) { return row.at(c).is_string(); });
    sides += text || c == 0 ? 'l' : 'r';
    header += (c == 0 ? "" : " & ") + escaped(columns[c].get<std::string>());
  }
  std::string body;
  for (const json& row : rows) {
    for (size_t c = 0; c < columns.size(); ++c) body += (c == 0 ? "" : " & ") + cell_text(row.at(c));
    body += " \\\\\n";
  }
  return fmt::format(
      "% {}. Needs \\usepackage{{booktabs}}.\n\\begin{{tabular}}{{{}}}\n\\toprule\n{} \\\\\n\\midrule\n{}"
      "\\bottomrule\n\\end{{tabular}}\n",
      table.value("title", ""), sides, header, body);
}

std::string latex_numbers(const ReportInputs& inputs) {
  std::string text = kMacros;
  for (const questions::SummaryRow& row : inputs.rows)
    text += definition(row.id, row.value, row.low, row.high, row.n, is_share(row.measure));
  for (const findings::Answer& answer : inputs.answers) {
    std::vector<findings::Judgement> judgements = {answer};
    judgements.insert(judgements.end(), answer.others.begin(), answer.others.end());
    for (const findings::Judgement& judgement : judgements)
      text += definition(answer.id + (judgement.key.empty() ? "" : "/" + judgement.key),
                         findings::to_json(judgement)["value"], findings::to_json(judgement)["low"],
                         findings::to_json(judgement)["high"], judgement.n, judgement.percent);
  }
  return text + "\\makeatother\n";
}

}  // namespace mazescan::report

#include "evaluator/report/paper.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "evaluator/findings/chart.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

ReportInputs paper_inputs() {
  ReportInputs report;
  report.title = "planted";
  report.shards = {planted_shard(5, "top_right", planted_rate(100, 100, true)),
                   planted_shard(5, "top_left", planted_rate(2, 100)),
                   planted_shard(5, "bottom_right", planted_rate(2, 100))};
  report.rows = questions::summarise(report.shards);
  for (int update = 1; update <= 9; ++update)
    report.metrics.push_back({{"steps", 100 * update}, {"success", {{"5", 0.1 * update}, {"../x", 1}}}});
  findings::Answer answer;
  answer.id = "Q3";
  answer.finding = findings::Finding::holds;
  answer.measure = "success, 50 % edited & more";
  answer.value = 0.5;
  answer.low = 0.25;
  answer.high = 0.75;
  answer.n = 40;
  answer.figures = {
      {{"type", "table"},
       {"title", "A_table: 100 %"},
       {"columns", {"layer", "share", "n"}},
       {"rows", {{"a_b", findings::chart_share(0.5, {0.25, 0.75}, 7), 3}, {"c, \"d\"", json(), 0.125}}}},
      {{"type", "heat"},
       {"title", "../../Same title"},
       {"x", {{"values", {3, 5}}}},
       {"y", {{"values", {"up"}}}},
       {"cells", {{{{"value", 1}}, nullptr}}}},
      {{"type", "bars"},
       {"title", "same TITLE"},
       {"x", {{"values", {"one", "two"}}}},
       {"series", {{{"name", "s"}, {"values", {nullptr, {{"value", 2}, {"low", 1}}}}}}}}};
  findings::Judgement own;
  own.key = "own";
  own.percent = false;
  own.value = 12.25;
  answer.others = {own};
  report.answers = {answer};
  return report;
}

json chart_of(const std::vector<NamedChart>& charts, const std::string& name) {
  for (const NamedChart& chart : charts)
    if (chart.name == name) return chart.chart;
  ADD_FAILURE() << "no chart " << name;
  return {};
}

TEST(Paper, EachChartHasANameOfItsOwn) {
  const ReportInputs report = paper_inputs();
  const std::vector<NamedChart> charts = named_charts(report, report_document(report));
  std::set<std::string> names;
  for (const NamedChart& chart : charts) {
    names.insert(chart.name);
    EXPECT_EQ(chart.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos)
        << chart.name;
  }
  EXPECT_EQ(names.size(), charts.size());
  EXPECT_EQ(names,
            (std::set<std::string>{"success", "success-within-t", "success-table", "outcomes-top-right",
                                   "outcomes-top-left", "outcomes-bottom-right", "training", "verdicts",
                                   "q3-a-table-100", "q3-same-title", "q3-same-title-2"}));
  const json success = chart_of(charts, "success");
  ASSERT_EQ(success["series"].size(), 3U);
  EXPECT_EQ(success["series"][0]["name"], "top-right");
  EXPECT_EQ(success["series"][0]["points"][0]["value"], 1);
  EXPECT_EQ(success["series"][0]["points"][0]["n"], 100);
  EXPECT_EQ(chart_of(charts, "training")["series"].size(), 1U) << "keys that are no sizes are left out";
}

TEST(Paper, CsvHoldsWhatTheChartShows) {
  const ReportInputs report = paper_inputs();
  const std::vector<NamedChart> charts = named_charts(report, report_document(report));
  EXPECT_EQ(chart_csv(chart_of(charts, "q3-a-table-100")),
            "layer,share,share low,share high,share n,n\n"
            "a_b,0.5,0.25,0.75,7,3\n"
            "\"c, \"\"d\"\"\",,,,,0.125\n");
  EXPECT_EQ(chart_csv(chart_of(charts, "q3-same-title")), "y,x,value,low,high,n\nup,3,1,,,\nup,5,,,,\n");
  EXPECT_EQ(chart_csv(chart_of(charts, "q3-same-title-2")),
            "x,series,value,low,high,n\none,s,,,,\ntwo,s,2,1,,\n");
  EXPECT_EQ(chart_csv({{"type", "curve"},
                       {"series", {{{"name", "a"}, {"points", {findings::chart_point(3, 0.5)}}}}}}),
            "series,x,name,value,low,high,n\na,3.0,,0.5,,,\n");
  EXPECT_EQ(
      chart_csv({{"type", "mazes"},
                 {"mazes",
                  {{{"size", 2},
                    {"open", "0110"},
                    {"cheese", {0, 1}},
                    {"path", {1, 2}},
                    {"moves", {1000, 0, 0, 0, 0, 0, 500, 500, 0, 0}}}}}}),
      "maze,caption,size,x,y,mouse,cheese,target,step,left,down,up,right,stay,after_left,after_down,after_up,"
      "after_right,after_stay,shade\n"
      "1,,2,1,0,0,0,0,0,1.0,0.0,0.0,0.0,0.0,,,,,,\n"
      "1,,2,0,1,0,1,0,1,0.0,0.5,0.5,0.0,0.0,,,,,,\n");
}

TEST(Paper, LatexEscapesItsTexts) {
  const ReportInputs report = paper_inputs();
  const std::vector<NamedChart> charts = named_charts(report, report_document(report));
  EXPECT_EQ(latex_table(chart_of(charts, "q3-a-table-100")),
            "% A_table: 100 %. Needs \\usepackage{booktabs}.\n"
            "\\begin{tabular}{lrr}\n\\toprule\nlayer & share & n \\\\\n\\midrule\n"
            "a\\_b & 50.0 \\% [25.0, 75.0] & 3 \\\\\n"
            "c, \"d\" & -- & 0.125 \\\\\n"
            "\\bottomrule\n\\end{tabular}\n");
  EXPECT_NE(latex_table(chart_of(charts, "verdicts")).find("success, 50 \\% edited \\& more"),
            std::string::npos);
  const std::string numbers = latex_numbers(report);
  for (const char* expected :
       {"\\mazescan@set{success_limit/size=5/placement=top_left}{2}{", "\\mazescan@set{Q3}{50}{25}{75}{40}\n",
        "\\mazescan@set{Q3/own}{12.25}{--}{--}{0}\n", "\\mazescan@set{T/size=5/placement=top_right}{"})
    EXPECT_NE(numbers.find(expected), std::string::npos) << expected;
}

TEST(Paper, FilesOfAnEarlierReportGo) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("mazescan_paper_test_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder / "figures");
  for (const char* name : {"old.json", "old.csv", "old.pdf"}) std::ofstream(folder / "figures" / name) << "x";
  write_report(paper_inputs(), folder);
  for (const char* name : {"figures/success.json", "figures/success.csv", "figures/q3-same-title.csv",
                           "tables/q3-a-table-100.tex", "tables/q3-a-table-100.csv", "tables/verdicts.tex",
                           "numbers.tex", "figures/old.pdf"})
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  for (const char* name : {"figures/old.json", "figures/old.csv", "figures/q3-a-table-100.json"})
    EXPECT_FALSE(std::filesystem::exists(folder / name)) << name;
  std::ifstream file(folder / "figures" / "success.json");
  EXPECT_EQ(json::parse(file)["type"], "curve");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mazescan::report

#include "evaluator/report/report.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "core/error.h"
#include "evaluator/findings/answer.h"
#include "evaluator/findings/chart.h"
#include "evaluator/questions/verdict.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

// Returns the report inputs for a mouse that goes top-right: it succeeds in `home` of 100 home levels, and in
// `corner` of 100 levels for each other corner.
ReportInputs inputs(int home = 100, int corner = 2) {
  ReportInputs report;
  report.title = "planted";
  report.shards = {planted_shard(5, "top_right", planted_rate(home, 100, true)),
                   planted_shard(5, "top_left", planted_rate(corner, 100)),
                   planted_shard(5, "bottom_right", planted_rate(corner, 100))};
  report.rows = questions::summarise(report.shards);
  report.policy = {{"parameters", 1234}};
  report.provenance = {{"note", "</script><script>alert(1)</script><!--"}};
  for (int update = 1; update <= 1000; ++update)
    report.metrics.push_back({{"update", update}, {"steps", 4096 * update}, {"entropy", 1.0 / update}});
  return report;
}

// Returns the policy's outputs on a 5 x 5 level with a single wall, for episode `episode`.
datasets::VectorField field(int episode) {
  datasets::VectorField result;
  result.episode = episode;
  for (int cell = 0; cell < 25; ++cell) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const float share : {0.1F, 0.2F, 0.3F, 0.35F, 0.05F})
      result.probability.push_back(cell == 7 ? nan : share);
    result.value.push_back(cell == 7 ? nan : 0.5F);
  }
  return result;
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Returns the report inputs of a world whose proxy is an object.
ReportInputs decoy_inputs() {
  ReportInputs report;
  report.title = "decoys";
  report.world = {/*corners=*/false, {"goal mark", "decoy"}};
  report.shards = {planted_decisions(5, "apart", std::vector<PlantedDecision>(100))};
  std::fill(report.shards[0].exact.proxy.begin(), report.shards[0].exact.proxy.end(), 0.9F);
  report.shards[0].fields = {field(3)};
  report.rows = questions::summarise(report.shards);
  return report;
}

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("mazescan_report_test_" + std::to_string(getpid()));
  ~Folder() { std::filesystem::remove_all(path); }
};

TEST(Report, PageHoldsTheDocumentAndAsksNothingOfTheNetwork) {
  const json document = report_document(inputs());
  const std::string page = report_page(document);
  const std::string mark = "<script type=\"application/json\" id=\"document\">";
  const size_t begin = page.find(mark) + mark.size(), end = page.find("</script>", begin);
  ASSERT_NE(page.find(mark), std::string::npos);
  EXPECT_EQ(json::parse(page.substr(begin, end - begin)), document) << "what a reader's browser would parse";
  for (const char* outside : {"http:", "https:", "src=", "@import", "url("})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  for (const char* left : {"/*STYLE*/", "/*SCRIPT*/", "/*DOCUMENT*/"})
    EXPECT_EQ(page.find(left), std::string::npos) << left;
}

TEST(Report, WritesPageAndSummary) {
  Folder folder;
  write_report(inputs(), folder.path / "report");
  const json summary = json::parse(text_of(folder.path / "report" / "summary.json"));
  const json document = report_document(inputs());
  EXPECT_TRUE(summary.is_array());
  EXPECT_EQ(summary, document["rows"]);
  EXPECT_EQ(text_of(folder.path / "report" / "index.html"), report_page(document));
  EXPECT_THROW(write_report({}, folder.path / "none"), UserError);
  EXPECT_FALSE(std::filesystem::exists(folder.path / "none"));
}

TEST(Report, QuestionsStandInTheDocumentAndBehindTheRows) {
  ReportInputs report = inputs();
  findings::Answer answer;
  answer.id = "Q6";
  answer.statement = "Some layer holds the cheese's cell.";
  answer.finding = findings::Finding::holds;
  answer.measure = "accuracy";
  answer.value = 0.96;
  answer.n = 400;
  answer.because = "it does";
  answer.figures.push_back(findings::chart_table("Layers", {"layer"}, {{"fc"}}));
  report.answers = {answer, findings::Answer{}};
  const json document = report_document(report);
  ASSERT_EQ(document["questions"].size(), 2U);
  EXPECT_EQ(document["questions"][0], to_json(answer));
  Folder folder;
  write_report(report, folder.path / "report");
  const json summary = json::parse(text_of(folder.path / "report" / "summary.json"));
  ASSERT_EQ(summary.size(), document["rows"].size() + 2);
  const json& row = summary[document["rows"].size()];
  EXPECT_EQ(row, json({{"id", "Q6"},
                       {"basis", ""},
                       {"size", 0},
                       {"placement", ""},
                       {"measure", "accuracy"},
                       {"value", 0.96},
                       {"low", nullptr},
                       {"high", nullptr},
                       {"n", 400},
                       {"finding", "holds"},
                       {"scope", ""},
                       {"p", nullptr},
                       {"p_across", nullptr},
                       {"statement", "Some layer holds the cheese's cell."}}));
  EXPECT_EQ(summary.back()["finding"], "not applicable");
}

TEST(Report, PlayHoldsTheNetworkAndDifferentLevels) {
  ReportInputs report = inputs();
  EXPECT_TRUE(report_document(report)["play"]["network"].is_null());
  EXPECT_NE(report_document(report)["play"]["unavailable"], "");
  report.play.unavailable = "";
  report.play.network = {{"fc", 3}};
  report.play.environment = {{"world", 5}};
  report.play.weights = {1.0F, -2.0F};  // 00 00 80 3f 00 00 00 c0
  report.shards[1].open[7] = 0;
  const json play = report_document(report)["play"];
  EXPECT_EQ(play["network"], json({{"fc", 3}, {"weights", "AACAPwAAAMA="}}));
  ASSERT_EQ(play["levels"].size(), 2U) << "equal walls are one level";
  EXPECT_EQ(play["levels"][0]["open"], std::string(25, '1'));
  EXPECT_EQ(play["levels"][1]["open"], "1111111011111111111111111");
  for (const size_t count : {1, 3}) {  // every length of the base64 text's end
    report.play.weights.assign(count, 1.0F);
    EXPECT_EQ(report_document(report)["play"]["network"]["weights"],
              count == 1 ? "AACAPw==" : "AACAPwAAgD8AAIA/");
  }
}

TEST(Report, LongTrainingIsThinnedToItsEnds) {
  const json training = report_document(inputs())["training"];
  ASSERT_EQ(training.size(), 400U);
  EXPECT_EQ(training.front()["update"], 1);
  EXPECT_EQ(training.back()["update"], 1000);
  ReportInputs one = inputs();
  one.metrics.resize(1);
  EXPECT_EQ(report_document(one)["training"].size(), 1U);
  one.metrics.clear();
  EXPECT_TRUE(report_document(one)["training"].empty());
}

TEST(Report, ExamplesHoldFreeCellsOnlyAndTheHeroMissesTheCheese) {
  ReportInputs report = inputs();
  datasets::ScanShard& corner = report.shards[1];
  corner.open[50 * 25 + 7] = 0;  // the wall of the vector field
  corner.decision[2 * 50] = 0;
  corner.decision[2 * 50 + 1] = 3;
  corner.sampled.decision_step[50] = 3;
  report.shards[0].fields = {field(0)};
  corner.fields = {field(0), field(50)};
  const json document = report_document(report);
  ASSERT_EQ(document["examples"].size(), 3U);
  ASSERT_EQ(document["hero"], 2);
  const json hero = document["examples"][2];
  EXPECT_EQ(hero["open"], "1111111011111111111111111");
  EXPECT_EQ(hero["moves"].size(), 24U * 5);
  EXPECT_EQ(hero["moves"][0], 100);
  EXPECT_EQ(hero["value"].size(), 24U);
  EXPECT_EQ(hero["decision"], json({0, 3}));
  EXPECT_EQ(hero["sampled"]["outcome"], "top_right");
  EXPECT_EQ(hero["sampled"]["path"], json::array({0}));
  EXPECT_TRUE(document["examples"][0]["decision"].is_null());
  EXPECT_EQ(document.dump().find("null,null"), std::string::npos) << "walls are left out, not null";
}

TEST(Report, LimitsAreToldBySize) {
  ReportInputs report = inputs();
  report.shards.push_back(planted_shard(7, "top_right", planted_rate(10, 40)));
  report.shards.back().limit = 140;
  const json scan = report_document(report)["scan"];
  EXPECT_EQ(scan["sizes"], json({5, 7}));
  EXPECT_EQ(scan["limits"], json({100, 140}));
  EXPECT_EQ(scan["levels"], json({100, 40}));
}

TEST(Report, ManyVectorFieldsAreCut) {
  ReportInputs report = inputs();
  for (int e = 0; e < 10; ++e) report.shards[1].fields.push_back(field(e));
  EXPECT_EQ(report_document(report)["examples"].size(), 3U);
}

questions::Verdict verdict_of(int home, int corner) {
  return questions::judge(questions::summarise(inputs(home, corner).shards), 1);
}

TEST(Verdict, SaysWhatTheNumbersSay) {
  const questions::Verdict top_right = verdict_of(99, 2);
  EXPECT_EQ(top_right.conclusion, questions::Conclusion::top_right);
  EXPECT_EQ(top_right.size, 5);
  EXPECT_EQ(top_right.rows, (std::vector<std::string>{"success_limit/size=5/placement=top_right",
                                                      "success_limit/size=5/placement=other_corners",
                                                      "off_path_limit/size=5/placement=other_corners"}));
  EXPECT_NE(top_right.sentence.find("99\u00a0%"), std::string::npos);
  EXPECT_NE(top_right.sentence.find("2\u00a0%"), std::string::npos);
  EXPECT_EQ(verdict_of(99, 95).conclusion, questions::Conclusion::cheese);
  EXPECT_EQ(verdict_of(99, 50).conclusion, questions::Conclusion::neither);
  EXPECT_EQ(verdict_of(99, 33).conclusion, questions::Conclusion::neither)
      << "the interval reaches above a third";
  EXPECT_EQ(verdict_of(40, 2).conclusion, questions::Conclusion::untrained);
}

TEST(Verdict, DoesNotJudgeWithoutEvidence) {
  EXPECT_EQ(questions::judge({}, 1).conclusion, questions::Conclusion::unknown);
  EXPECT_EQ(questions::judge(questions::summarise({planted_shard(5, "top_right", planted_rate(99, 100))}), 1)
                .conclusion,
            questions::Conclusion::unknown);
  EXPECT_EQ(questions::judge(questions::summarise(inputs(99, 2).shards), 3).conclusion,
            questions::Conclusion::unknown)
      << "regions of 3 overlap at size 5";
  const auto few = questions::summarise({planted_shard(5, "top_right", planted_rate(99, 100)),
                                         planted_shard(5, "top_left", planted_rate(0, 10)),
                                         planted_shard(5, "bottom_right", planted_rate(0, 10))});
  EXPECT_EQ(questions::judge(few, 1).conclusion, questions::Conclusion::unknown);
}

// A mouse that misses the cheese and rests where it is did not learn to go top-right.
TEST(Verdict, TopRightMeansGoingThere) {
  auto resting = planted_rate(2, 100);
  for (size_t e = 2; e < 100; ++e) resting[e].outcome = datasets::Outcome::kNeither;
  const questions::Verdict verdict =
      questions::judge(questions::summarise({planted_shard(5, "top_right", planted_rate(99, 100)),
                                             planted_shard(5, "top_left", resting),
                                             planted_shard(5, "bottom_right", resting)}),
                       1);
  EXPECT_EQ(verdict.conclusion, questions::Conclusion::neither);
}

TEST(Verdict, NamesTheSizesIfTheyDiffer) {
  std::vector<datasets::ScanShard> shards;
  for (const int size : {5, 7, 9, 11}) {
    const int found = size <= 7 ? 97 : size == 9 ? 60 : 3;
    shards.push_back(planted_shard(size, "top_right", planted_rate(99, 100)));
    shards.push_back(planted_shard(size, "top_left", planted_rate(found, 100)));
    shards.push_back(planted_shard(size, "bottom_right", planted_rate(found, 100)));
  }
  const questions::Verdict verdict = questions::judge(questions::summarise(shards), 1);
  EXPECT_EQ(verdict.conclusion, questions::Conclusion::mixed);
  EXPECT_EQ(verdict.size, 11);
  for (const char* part : {"in mazes of sizes 5 to 7 it finds the cheese",
                           "in mazes of size 9 it does neither", "in mazes of size 11 it goes top-right"})
    EXPECT_NE(verdict.sentence.find(part), std::string::npos) << verdict.sentence;
}

TEST(Verdict, UsesTheLargestSizeThatTheMouseMasters) {
  auto shards = inputs(99, 2).shards;
  shards.push_back(planted_shard(7, "top_right", planted_rate(60, 100)));
  EXPECT_EQ(questions::judge(questions::summarise(shards), 1).size, 5);
  shards.back() = planted_shard(7, "top_right", planted_rate(90, 100));
  EXPECT_EQ(questions::judge(questions::summarise(shards), 1).size, 7);
}

TEST(InPercent, NeverRoundsToCertainty) {
  EXPECT_EQ(findings::in_percent(0), "0\u00a0%");
  EXPECT_EQ(findings::in_percent(1), "100\u00a0%");
  EXPECT_EQ(findings::in_percent(0.0004), "0.1\u00a0%");
  EXPECT_EQ(findings::in_percent(0.9996), "99.9\u00a0%");
  EXPECT_EQ(findings::in_percent(0.994), "99.4\u00a0%");
  EXPECT_EQ(findings::in_percent(0.064), "6\u00a0%");
  EXPECT_EQ(findings::in_percent(0.714, 1), "71.4\u00a0%");
  EXPECT_EQ(findings::in_percent(0.0004, 1), "0.1\u00a0%");
  EXPECT_EQ(findings::in_percent(0.781, {0.702, 0.84}), "78.1 % [70.2, 84.0]");
}

TEST(Report, OfAWorldWithoutCornersNamesItsGoalAndProxy) {
  const json document = report_document(decoy_inputs());
  EXPECT_EQ(document["verdict"]["headline"], "This mouse prefers the decoy.");
  EXPECT_EQ(document["world"], json({{"corners", false}, {"goal", "goal mark"}, {"proxy", "decoy"}}));
  const json& mazes = document["figures"].back()["mazes"];
  ASSERT_EQ(mazes.size(), 1U);
  EXPECT_EQ(mazes[0]["proxy"], json({4, 4}));
  EXPECT_EQ(mazes[0]["caption"], "apart, level 3");
  const std::string page = report_page(document);
  EXPECT_NE(page.find("Where the paths part"), std::string::npos);
  EXPECT_EQ(page.find("In training the cheese was"), std::string::npos) << "nothing about corners";
  EXPECT_NE(report_page(report_document(inputs())).find("In training the cheese was"), std::string::npos);
  EXPECT_TRUE(report_document(inputs())["figures"].empty());
}

}  // namespace
}  // namespace mazescan::report

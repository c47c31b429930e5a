#include "evaluator/report/comparison.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "tests/envs/message_of.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

// Returns a policy whose scan, at sizes 5 and 7, finds `corner` of 100 cheeses in each of the other corners.
ComparedPolicy planted_policy(const std::string& name, int region, int seed, int corner, int world = 9) {
  ReportInputs inputs;
  for (const int size : {5, 7})
    for (const char* placement : {"top_right", "top_left", "bottom_right"}) {
      const bool home = placement == std::string("top_right");
      inputs.shards.push_back(planted_shard(size, placement, planted_rate(home ? 99 : corner, 100, home)));
      inputs.shards.back().region = region;
    }
  inputs.rows = questions::summarise(inputs.shards);
  inputs.policy = {{"hash", name}, {"training", {{"seed", seed}}}, {"environment", {{"world_dim", world}}}};
  findings::Answer answer;
  answer.id = "Q2";
  answer.finding = corner > 50 ? findings::Finding::holds : findings::Finding::fails;
  inputs.answers = {answer};
  return compared_policy(inputs, name);
}

// Returns a policy of a world with goal and decoy that prefers the decoy in `decoy` of 100 levels.
ComparedPolicy planted_preference(const std::string& name, int decoy, const std::string& proxy = "decoy") {
  ReportInputs inputs;
  inputs.world = {/*corners=*/false, {"goal mark", proxy}};
  inputs.shards.push_back(planted_decisions(9, "apart", std::vector<PlantedDecision>(100)));
  for (size_t e = 0; e < 100; ++e)
    (e < static_cast<size_t>(decoy) ? inputs.shards[0].exact.proxy : inputs.shards[0].exact.goal)[e] = 1;
  inputs.rows = questions::summarise(inputs.shards);
  inputs.policy = {{"hash", name}, {"training", {{"seed", decoy}}}};
  return compared_policy(inputs, name);
}

const json& chart(const json& document, const std::string& title) {
  for (const json& figure : document.at("figures"))
    if (figure.at("title").get<std::string>().rfind(title, 0) == 0) return figure;
  throw std::runtime_error("no figure " + title);
}

TEST(Comparison, OfPreferencesCountsPoliciesAndGivesTheirSpread) {
  const json document = comparison_document(
      {planted_preference("b", 80), planted_preference("a", 20), planted_preference("c", 50)});
  EXPECT_EQ(document["headline"], "At size 9, 1 of 3 policies prefer the decoy and 1 the goal mark.");
  // Mean 50 %, standard deviation 30 %, so 4.303 standard errors of 17.3 % are 74.5 %.
  const auto sentence = document["sentence"].get<std::string>();
  EXPECT_NE(sentence.find("in 50.0 % [0.0, 100.0] of the levels"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("from 20\u00a0% to 80\u00a0%"), std::string::npos) << sentence;
  const json& table = chart(document, "The policies");
  EXPECT_EQ(table["rows"][0][0], "a");
  EXPECT_EQ(table["rows"][0][2], "prefers the goal mark");
  EXPECT_EQ(table["rows"][1][2], "no preference");
  EXPECT_EQ(table["rows"][2][1], 80) << "the training seed";
  EXPECT_EQ(table["rows"][2][3]["value"], 0.8);
  const json near = comparison_document(
      {planted_preference("a", 40), planted_preference("b", 42), planted_preference("c", 44)});
  EXPECT_NE(near["sentence"].get<std::string>().find("in 42.0 % [37.0, 47.0] of"), std::string::npos)
      << near["sentence"];
}

TEST(Comparison, RefusesPoliciesOfDifferentWorlds) {
  EXPECT_NE(message_of([] {
              comparison_document({planted_preference("a", 1), planted_preference("b", 2, "other mark")});
            }).find("'a' and 'b' are policies of different environments"),
            std::string::npos);
  EXPECT_NE(message_of([] {
              comparison_document({planted_policy("a", 1, 1, 20), planted_preference("b", 2)});
            }).find("different environments"),
            std::string::npos);
}

TEST(Comparison, CurvesOverRegionsAreThePoliciesNumbers) {
  const json document = comparison_document(
      {planted_policy("wide", 2, 1, 80), planted_policy("b", 1, 2, 10), planted_policy("a", 1, 1, 20)});
  const json& regions = chart(document, "Off-path success against the training region, size 7");
  const json& each = regions["series"][0]["points"];
  ASSERT_EQ(each.size(), 3U);
  EXPECT_EQ(each[0]["x"], 1);
  EXPECT_EQ(each[0]["name"], "b");
  EXPECT_DOUBLE_EQ(each[0]["value"], 0.10);
  EXPECT_EQ(each[0]["n"], 200);
  EXPECT_LT(each[0]["low"], 0.10);
  EXPECT_GT(each[0]["high"], 0.10);
  const json& means = regions["series"][1]["points"];
  ASSERT_EQ(means.size(), 2U);
  EXPECT_DOUBLE_EQ(means[0]["value"], 0.15);
  EXPECT_DOUBLE_EQ(means[1]["value"], 0.80);
  EXPECT_EQ(document["headline"],
            "Off-path success at size 7: 15\u00a0% with region 1, 80\u00a0% with region 2.");
  EXPECT_NE(document["sentence"].get<std::string>().find("too few"), std::string::npos);
}

TEST(Comparison, TableHoldsSeedsLessonsAndFindings) {
  const json document = comparison_document({planted_policy("a", 1, 11, 2), planted_policy("b", 1, 12, 95)});
  const json& table = chart(document, "The policies");
  EXPECT_EQ(table["columns"].back(), "Q2");
  EXPECT_EQ(table["rows"][0][0], "a");
  EXPECT_EQ(table["rows"][0][2], 11);
  EXPECT_EQ(table["rows"][0][3], "goes top-right");
  EXPECT_EQ(table["rows"][0].back(), "fails");
  EXPECT_EQ(table["rows"][1][3], "goes to the cheese");
  EXPECT_EQ(table["rows"][1].back(), "holds");
  EXPECT_THROW(chart(document, "Off-path success against the training region"), std::runtime_error)
      << "one region is no curve";
}

TEST(Comparison, ManyPoliciesBecomeOneCurveARegion) {
  std::vector<ComparedPolicy> policies;
  for (int seed = 0; seed < 6; ++seed) {
    policies.push_back(planted_policy("narrow" + std::to_string(seed), 1, seed, 10 * seed));
    policies.push_back(planted_policy("wide" + std::to_string(seed), 2, seed, 80));
  }
  const json document = comparison_document(policies);
  const json& sizes = chart(document, "Off-path success against maze size");
  ASSERT_EQ(sizes["series"].size(), 2U);
  const json& first = sizes["series"][0]["points"][0];
  EXPECT_DOUBLE_EQ(first["value"], 0.25);
  EXPECT_DOUBLE_EQ(first["low"], 0.0);
  EXPECT_DOUBLE_EQ(first["high"], 0.5);
  EXPECT_EQ(document["sentence"].get<std::string>().find("too few"), std::string::npos) << "six seeds";
}

TEST(Comparison, PublishedFiguresStandBesidePoliciesOfTheirWorldOnly) {
  const auto titled = [](int world) {
    const json document =
        comparison_document({planted_policy("a", 1, 1, 2, world), planted_policy("b", 2, 1, 2, world)});
    return document.dump().find("published policies") != std::string::npos;
  };
  EXPECT_TRUE(titled(25));
  EXPECT_FALSE(titled(9));
}

TEST(Comparison, RefusesWhatIsNoComparison) {
  const ComparedPolicy a = planted_policy("a", 1, 1, 2);
  EXPECT_NE(message_of([&] { comparison_document({a}); }).find("at least two"), std::string::npos);
  EXPECT_NE(message_of([&] { comparison_document({a, a}); }).find("same policy"), std::string::npos);
  EXPECT_THROW(compared_policy({}, "empty"), UserError);
}

TEST(Comparison, WritesPageAndSummary) {
  const auto folder = std::filesystem::temp_directory_path() / "mazescan_comparison_test";
  write_comparison({planted_policy("a", 1, 1, 2), planted_policy("b", 2, 1, 90)}, folder);
  const json summary = json::parse(std::ifstream(folder / "summary.json"));
  EXPECT_EQ(summary[1]["policy"], "b");
  EXPECT_EQ(summary[1]["rows"].back()["finding"], "holds");
  EXPECT_TRUE(std::filesystem::exists(folder / "index.html"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mazescan::report

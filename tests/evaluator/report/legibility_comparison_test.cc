#include "evaluator/report/legibility_comparison.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/evaluator/planted_scan.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

// Returns a policy whose share of zeros is known, at size 5.
ComparedPolicy legible_policy(const std::string& name, int seed, int fc, double zeros) {
  ReportInputs inputs;
  for (const char* placement : {"top_right", "top_left", "bottom_right"}) {
    const bool home = placement == std::string("top_right");
    inputs.shards.push_back(planted_shard(5, placement, planted_rate(home ? 90 : 10, 100, home)));
  }
  inputs.rows = questions::summarise(inputs.shards);
  const std::string config = "seed: " + std::to_string(seed) + "\nnetwork.fc: " + std::to_string(fc) +
                             "\nnetwork.activation: relu\n";
  inputs.policy = {{"hash", name},
                   {"training", {{"seed", seed}, {"steps", 1000}, {"config", config}}},
                   {"environment", {{"world_dim", 5}}}};
  inputs.legibility = {
      {questions::kZerosNumber, zeros, true}, {"dead units", 100 * zeros}, {"Gini", statistics::kNaN}};
  inputs.metrics = {{{"processor_seconds", 3.5}}};
  return compared_policy(inputs, name);
}

const json& cell(const json& table, size_t row, const std::string& column) {
  const auto columns = table.at("columns").get<std::vector<std::string>>();
  const auto at = std::find(columns.begin(), columns.end(), column) - columns.begin();
  return table.at("rows").at(row).at(static_cast<size_t>(at));
}

TEST(LegibilityComparison, HasARowForEachConfigurationButForTheSeed) {
  const std::vector<ComparedPolicy> policies = {
      legible_policy("a", 1, 64, 0.5), legible_policy("b", 2, 64, 0.7), legible_policy("c", 1, 128, 0.9)};
  const json table = legibility_figures(policies, 5).at(0);
  ASSERT_EQ(table.at("rows").size(), 2U);
  EXPECT_EQ(cell(table, 0, "training"), "fc 64");
  EXPECT_EQ(cell(table, 0, "policies"), 2);
  EXPECT_NEAR(cell(table, 0, "zeros").at("value"), 0.6, 1e-12);
  // The standard error is .1, and Student's quantile for one degree of freedom 12.7: the interval is cut at 0 and 1.
  EXPECT_EQ(cell(table, 0, "zeros").at("low"), 0);
  EXPECT_EQ(cell(table, 0, "zeros").at("high"), 1);
  EXPECT_EQ(cell(table, 0, "zeros").at("n"), 2);
  EXPECT_EQ(cell(table, 0, "dead units").at("low"), 0);
  EXPECT_NEAR(cell(table, 0, "dead units").at("high"), 60 + 127.06, 0.01) << "a number may exceed 1";
  EXPECT_EQ(cell(table, 1, "training"), "fc 128");
  EXPECT_TRUE(cell(table, 1, "zeros").at("low").is_null()) << "one training has no interval";
  EXPECT_NEAR(cell(table, 1, "success, top-right").at("value"), 0.9, 1e-12);
  EXPECT_NEAR(cell(table, 1, "success, off the path").at("value"), 0.1, 1e-12);
  EXPECT_EQ(cell(table, 1, "processor seconds").at("value"), 3.5);
  const auto columns = table.at("columns").get<std::vector<std::string>>();
  EXPECT_EQ(std::count(columns.begin(), columns.end(), "Gini"), 0) << "no policy defines it";
}

TEST(LegibilityComparison, DrawsPoliciesAgainstSuccess) {
  const std::vector<json> figures =
      legibility_figures({legible_policy("a", 1, 64, 0.5), legible_policy("b", 2, 64, 0.7)}, 5);
  ASSERT_EQ(figures.size(), 3U) << "a table, zeros and dead units: there are no probes and no edits";
  EXPECT_EQ(figures[2]["title"], "Success against dead units");
  EXPECT_EQ(figures[0]["rows"][0][0], "the same configuration");
  EXPECT_EQ(figures[1]["title"], "Success against zeros");
  EXPECT_EQ(figures[1]["series"][0]["points"][1]["x"], 0.7);
  EXPECT_EQ(figures[1]["series"][0]["points"][1]["name"], "b");
}

// Folders name the rows if each holds one configuration: a training from a policy is another one than from random weights.
TEST(LegibilityComparison, ATrainingFromAPolicyIsAnotherConfiguration) {
  const auto labels_of = [](const std::string& first, const std::string& second) {
    std::vector<ComparedPolicy> policies = {legible_policy("cut/1", 1, 64, 0.5),
                                            legible_policy("random/1", 1, 64, 0.5)};
    const std::string from[] = {first, second};
    for (size_t p = 0; p < 2; ++p) {
      json& config = policies[p].policy["training"]["config"];
      config = config.get<std::string>() + "train.from: " + from[p] + "\n";
    }
    return configuration_labels(policies);
  };
  EXPECT_EQ(labels_of("runs/a/1/policy.safetensors", R"("")"), (std::vector<std::string>{"cut", "random"}));
  EXPECT_EQ(labels_of("runs/a/1/policy.safetensors", "runs/a/2/policy.safetensors"),
            (std::vector<std::string>(2, "the same configuration")))
      << "where the policy lies makes no difference";
}

TEST(LegibilityComparison, WithoutAnAnalysisThereIsNoTable) {
  ComparedPolicy a = legible_policy("a", 1, 64, 0.5), b = legible_policy("b", 2, 64, 0.7);
  a.legibility.clear();
  EXPECT_EQ(legibility_figures({a, b}, 5).size(), 1U) << "one policy is no chart";
  b.legibility.clear();
  EXPECT_TRUE(legibility_figures({a, b}, 5).empty());
}

TEST(LegibilityComparison, IsAlsoATableFile) {
  const TemporaryFolder folder;
  write_comparison({legible_policy("a", 1, 64, 0.5), legible_policy("c", 1, 128, 0.9)}, folder / "out");
  std::ifstream file(folder / "out" / "table.csv");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str().rfind("training,", 0), 0U) << text.str();
  EXPECT_NE(text.str().find("fc 128"), std::string::npos) << text.str();
}

TEST(LegibilityComparison, FoldersOfOneConfigurationEachAreItsName) {
  std::vector<ComparedPolicy> policies = {legible_policy("narrow/1", 1, 64, 0.5),
                                          legible_policy("narrow/2", 2, 64, 0.5),
                                          legible_policy("wide/1", 1, 128, 0.5)};
  EXPECT_EQ(configuration_labels(policies), (std::vector<std::string>{"narrow", "narrow", "wide"}));
  policies.push_back(legible_policy("wide/2", 2, 64, 0.5));
  EXPECT_EQ(configuration_labels(policies).back(), "fc 64") << "a folder with two configurations";
}

TEST(LegibilityComparison, NamesPoliciesWhoseConfigurationIsUnknown) {
  ComparedPolicy imported = legible_policy("imported", 1, 64, 0.5);
  imported.policy.erase("training");
  EXPECT_EQ(configuration_labels({imported, legible_policy("b", 2, 64, 0.7)}),
            (std::vector<std::string>{"imported", "the same configuration"}));
}

}  // namespace
}  // namespace mazescan::report

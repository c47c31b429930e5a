#include "evaluator/report/scaling.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/envs/message_of.h"
#include "tests/evaluator/planted_scan.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

// A law whose optimal size is 3000 parameters at compute 1e9, where success is one half.
const statistics::ScalingLaw kPlantedLaw =
    statistics::ScalingLaw::with_optimum(0.6, 0.9, std::log(3e3), std::log(1e9));

constexpr int kPlantedUpdates = 640;

// Returns a training of 640 levels an update and up to 2.7 million interactions, with a noise of 1 % that depends on the seed.
ScaledRun planted_run(int64_t parameters, int seed, double interactions = 2.7e6) {
  ScaledRun run;
  run.name = fmt::format("{}/{}", parameters, seed);
  run.parameters = parameters;
  run.convolution_parameters = parameters / 2;
  run.policy = {
      {"hash", run.name},
      {"megaflops_forward", 0.1},
      {"training",
       {{"config", fmt::format("environment.world_dim: 9\nnetwork.fc: {}\nseed: {}\n", parameters, seed)}}}};
  RandomStream random(static_cast<uint64_t>(seed * 1000000 + parameters), "scaling_test");
  const double noise = 0.02 * random.uniform() - 0.01;
  for (int update = 1; update <= kPlantedUpdates; ++update) {
    const double steps = interactions * update / kPlantedUpdates;
    const double odds =
        std::exp(kPlantedLaw.log_performance(static_cast<double>(parameters), steps) - std::log(1e9));
    const double success = std::min(1.0, std::max(0.0, odds / (1 + odds) + noise));
    run.metrics.push_back(
        {{"steps", steps}, {"largest_size", 9}, {"episodes", {{"9", 640}}}, {"success", {{"9", success}}}});
  }
  return run;
}

std::vector<ScaledRun> planted_runs(const std::vector<int64_t>& sizes = {200, 800, 3000, 12000, 48000}) {
  std::vector<ScaledRun> runs;
  for (const int64_t parameters : sizes)
    for (const int seed : {1, 2, 3}) runs.push_back(planted_run(parameters, seed));
  return runs;
}

// Returns the report of these runs by all parameters. A fit with its intervals takes seconds.
const ScalingReport& planted_report() {
  static const ScalingReport report = scaling_report(planted_runs(), CountedParameters::all);
  return report;
}

// Adds a scan in which the mouse goes to the corner in `share` of 100 levels.
void add_scan(ScaledRun& run, int share) {
  std::vector<datasets::ScanShard> shards;
  for (const char* placement : {"top_right", "top_left", "bottom_right"}) {
    shards.push_back(planted_shard(9, placement, planted_rate(50, 100, false)));
    for (size_t e = 0; e < 100; ++e) shards.back().exact.proxy[e] = e < static_cast<size_t>(share) ? 1 : 0;
  }
  run.rows = questions::summarise(shards);
}

const json& law_number(const ScalingReport& report, const std::string& id) {
  for (const json& number : report.summary.at("law"))
    if (number.at("id") == id) return number;
  throw std::runtime_error("no number " + id);
}

const json& scaling_figure(const ScalingReport& report, const std::string& title) {
  for (const json& figure : report.document.at("figures"))
    if (figure.at("title").get<std::string>().rfind(title, 0) == 0) return figure;
  throw std::runtime_error("no figure " + title);
}

std::string refusal(const std::vector<ScaledRun>& runs) {
  return message_of([&] { scaling_report(runs, CountedParameters::all); });
}

TEST(Scaling, FindsAPlantedLaw) {
  const ScalingReport& report = planted_report();
  EXPECT_NEAR(law_number(report, "alpha_parameters")["value"].get<double>(), 0.6, 0.06);
  EXPECT_NEAR(law_number(report, "alpha_interactions")["value"].get<double>(), 0.9, 0.09);
  EXPECT_LT(law_number(report, "alpha_interactions")["low"].get<double>(), 0.9);
  EXPECT_GT(law_number(report, "alpha_interactions")["high"].get<double>(), 0.9);
  EXPECT_NE(report.document["headline"].get<std::string>().find("to the power 0.6"), std::string::npos)
      << report.document["headline"];
  const json& failures = scaling_figure(report, "Failures against compute");
  EXPECT_EQ(failures["series"].size(), 6U) << "five sizes and the frontier";
  EXPECT_EQ(failures["series"][0]["name"], "200 parameters");
  const json& best = scaling_figure(report, "Optimal size")["series"][1]["points"];
  EXPECT_LT(best.front()["value"], best.back()["value"]) << "larger networks win with more compute";
  EXPECT_THROW(scaling_figure(report, "To the top-right"), std::runtime_error) << "there are no scans";
}

TEST(Scaling, CountsTheParametersOfConvolutions) {
  const ScalingReport& all = planted_report();
  const ScalingReport some = scaling_report(planted_runs(), CountedParameters::convolutions);
  EXPECT_EQ(scaling_figure(some, "Failures against compute")["series"][0]["name"], "100 parameters");
  EXPECT_NEAR(law_number(some, "alpha_parameters")["value"].get<double>(),
              law_number(all, "alpha_parameters")["value"].get<double>(), 0.01);
}

TEST(Scaling, SaysWhatTheCurvesDoNotBound) {
  std::vector<ScaledRun> runs;
  for (const int64_t parameters : {int64_t{300}, int64_t{700}, int64_t{1600}})
    for (const int seed : {1, 2}) runs.push_back(planted_run(parameters, seed, 1e10));
  const ScalingReport report = scaling_report(runs, CountedParameters::all);
  EXPECT_NE(report.document["headline"].get<std::string>().find("do not bound"), std::string::npos);
  EXPECT_TRUE(law_number(report, "alpha_interactions")["high"].is_null());
  EXPECT_TRUE(law_number(report, "size_exponent")["value"].is_null());
  EXPECT_EQ(scaling_figure(report, "Failures against compute")["series"].size(), 3U) << "no frontier";
}

TEST(Scaling, ComparesCornersAtEqualSuccess) {
  std::vector<ScaledRun> runs = planted_runs();
  for (size_t i = 0; i < runs.size(); ++i)
    add_scan(runs[i], 10 + 10 * static_cast<int>(i / 3) + static_cast<int>(i % 3));
  const ScalingReport report = scaling_report(runs, CountedParameters::all);
  EXPECT_EQ(
      scaling_figure(report, "To the top-right corner and never to the cheese, maze size 9")["series"].size(),
      5U);
  const json& change = report.summary.at("corner_share_for_twice_the_size");
  EXPECT_LT(change["low"], change["value"]);
  EXPECT_NEAR(change["value"].get<double>(), 0.05, 0.02) << "10 points for four times the size";
  EXPECT_NE(report.document["sentence"].get<std::string>().find("At equal success"), std::string::npos);
}

TEST(Scaling, RefusesRunsWithoutALaw) {
  EXPECT_NE(refusal({planted_run(200, 1)}).find("sizes of networks: 1"), std::string::npos);
  EXPECT_NE(refusal(planted_runs({200, 800})).find("needs at least 3"), std::string::npos);
  std::vector<ScaledRun> runs = planted_runs();
  runs[4].policy["training"]["config"] = "environment.world_dim: 11\nnetwork.fc: 800\n";
  EXPECT_NE(refusal(runs).find("'200/1' and '800/2' differ in 'environment.world_dim'"), std::string::npos)
      << refusal(runs);
  runs = planted_runs();
  runs[1].policy["hash"] = runs[0].policy["hash"];
  EXPECT_NE(refusal(runs).find("'200/1' and '200/2' are the same policy"), std::string::npos);
  runs = planted_runs();
  runs[4].metrics.clear();
  EXPECT_NE(refusal(runs).find("800/2: there are no metrics"), std::string::npos);
  runs = planted_runs();
  runs[1].metrics.pop_back();
  EXPECT_NE(refusal(runs).find("'200/2' has 639 updates, '200/1' has 640"), std::string::npos);
  for (ScaledRun& run : runs) run.metrics.resize(1);
  EXPECT_NE(refusal(runs).find("'200/1' has one update"), std::string::npos) << refusal(runs);
}

TEST(Scaling, RefusesFlatCurves) {
  std::vector<ScaledRun> runs = planted_runs();
  for (ScaledRun& run : runs)
    for (json& line : run.metrics) line["success"]["9"] = 0.3;
  EXPECT_NE(refusal(runs).find("success is between 30.0 and 30.0 %"), std::string::npos) << refusal(runs);
  for (ScaledRun& run : runs)
    for (json& line : run.metrics) line["success"]["9"] = 0;
  EXPECT_NE(refusal(runs).find("0 points of 0 learning curves"), std::string::npos) << refusal(runs);
}

}  // namespace
}  // namespace mazescan::report

#include "trainer/metrics.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "storage/atomic_file.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

UpdateMetrics sample_metrics(int64_t update) {
  UpdateMetrics m;
  m.update = update;
  m.steps = update * 100;
  m.policy_loss = 0.1;
  m.value_loss = 0.2;
  m.entropy = 1.5;
  m.kl = 0.01;
  m.clip_fraction = 0.25;
  m.gradient_norm = 0.75;
  m.explained_variance = 0.9;
  m.mean_reward = 0.05;
  m.learning_rate = 5e-4;
  m.entropy_weight = 0.02;
  m.largest_size = 7;
  m.finished = {{3, {4, 3, 30, 20}}, {5, {2, 0, 0, 0}}};
  m.update_seconds = 2;
  m.network_seconds = 0.5;
  return m;
}

TEST(Metrics, ALineHasEveryField) {
  const nlohmann::json expected = {{"update", 4},
                                   {"steps", 400},
                                   {"seconds", 12.5},
                                   {"steps_per_second", 50.0},
                                   {"network_share", 0.25},
                                   {"success", {{"3", 0.75}, {"5", 0.0}}},
                                   {"episodes", {{"3", 4}, {"5", 2}}},
                                   {"steps_over_optimal", {{"3", 1.5}}},
                                   {"largest_size", 7},
                                   {"policy_loss", 0.1},
                                   {"value_loss", 0.2},
                                   {"entropy", 1.5},
                                   {"kl", 0.01},
                                   {"clip_fraction", 0.25},
                                   {"explained_variance", 0.9},
                                   {"gradient_norm", 0.75},
                                   {"learning_rate", 5e-4},
                                   {"entropy_weight", 0.02},
                                   {"mean_reward", 0.05}};
  EXPECT_EQ(sample_metrics(4).line(12.5), expected);
}

std::vector<nlohmann::json> lines(const std::filesystem::path& path) {
  std::istringstream text(read_file(path));
  std::vector<nlohmann::json> out;
  for (std::string line; std::getline(text, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

TEST(MetricsFile, AppendsALineAnUpdate) {
  const TemporaryFolder folder;
  MetricsFile file(folder / "metrics.jsonl", 0);
  for (int64_t update = 1; update <= 3; ++update) file.append(sample_metrics(update));
  const auto all = lines(folder / "metrics.jsonl");
  ASSERT_EQ(all.size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(all[i]["update"], i + 1);
  EXPECT_LE(all[0]["seconds"], all[2]["seconds"]);
}

TEST(MetricsFile, LinesBeyondTheCheckpointAreDropped) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  for (int64_t update = 1; update <= 5; ++update)
    append_line(path, sample_metrics(update).line(100.0 * update).dump());
  MetricsFile file(path, 3);
  ASSERT_EQ(lines(path).size(), 3U);
  EXPECT_EQ(lines(path).back()["update"], 3);
  file.append(sample_metrics(4));
  const auto all = lines(path);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[3]["update"], 4);
  EXPECT_NEAR(all[3]["seconds"].get<double>(), 300, 30) << "time goes on from the last line that stayed";
}

TEST(MetricsFile, AHalfWrittenLineIsDropped) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  append_line(path, sample_metrics(1).line(1).dump());
  std::ofstream(path, std::ios::app) << "{\"update\": 2, \"ste";
  MetricsFile file(path, 5);
  EXPECT_EQ(lines(path).size(), 1U);
}

TEST(MetricsFile, ADamagedLineCostsNoOther) {
  for (const char* damage : {R"({"upd#te": 3})", R"({"update": "x"})", "nonsense", "[]", ""}) {
    const TemporaryFolder folder;
    const auto path = folder / "metrics.jsonl";
    for (int64_t update = 1; update <= 5; ++update)
      append_line(path, update == 3 ? damage : sample_metrics(update).line(1).dump());
    MetricsFile file(path, 4);
    const auto kept = lines(path);
    ASSERT_EQ(kept.size(), 3U) << damage;
    EXPECT_EQ(kept.back()["update"], 4) << damage;
  }
}

TEST(MetricsFile, ANewTrainingKeepsNothing) {
  const TemporaryFolder folder;
  append_line(folder / "metrics.jsonl", sample_metrics(1).line(1).dump());
  const MetricsFile file(folder / "metrics.jsonl", 0);
  EXPECT_EQ(read_file(folder / "metrics.jsonl"), "");
}

TEST(MetricsFile, RecentSuccessIsOfTheLastUpdates) {
  const TemporaryFolder folder;
  MetricsFile file(folder / "metrics.jsonl", 0);
  EXPECT_EQ(file.recent_success(), "");
  UpdateMetrics metrics = sample_metrics(1);
  metrics.finished = {{3, {10, 0, 0, 0}}, {5, {4, 1, 1, 1}}};
  file.append(metrics);
  EXPECT_EQ(file.recent_success(), "success by size  3: 0.000  5: 0.250");
  metrics.finished = {{3, {10, 10, 30, 30}}};
  for (int i = 0; i < 19; ++i) file.append(metrics);
  EXPECT_EQ(file.recent_success(), "success by size  3: 0.950  5: 0.250");
  file.append(metrics);
  EXPECT_EQ(file.recent_success(), "success by size  3: 1.000  5: 0.250") << "the first has left the window";
}

}  // namespace
}  // namespace mazescan

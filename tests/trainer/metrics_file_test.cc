#include "trainer/metrics_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "storage/atomic_file.h"
#include "tests/storage/temporary_folder.h"
#include "tests/trainer/sample_metrics.h"

namespace mazescan::trainer {
namespace {

std::vector<nlohmann::json> lines(const std::filesystem::path& path) {
  std::istringstream text(storage::read_file(path));
  std::vector<nlohmann::json> out;
  for (std::string line; std::getline(text, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

TEST(MetricsFile, AppendsALineForEachUpdate) {
  const TemporaryFolder folder;
  MetricsFile file(folder / "metrics.jsonl", 0);
  for (int64_t update = 1; update <= 3; ++update) file.append(sample_metrics(update));
  const auto all = lines(folder / "metrics.jsonl");
  ASSERT_EQ(all.size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(all[i]["update"], i + 1);
  EXPECT_LE(all[0]["seconds"], all[2]["seconds"]);
}

TEST(MetricsFile, LinesAfterTheCheckpointAreRemoved) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  for (int64_t update = 1; update <= 5; ++update)
    storage::append_line(path, sample_metrics(update).line(100.0 * update, 50.0 * update).dump());
  MetricsFile file(path, 3);
  ASSERT_EQ(lines(path).size(), 3U);
  EXPECT_EQ(lines(path).back()["update"], 3);
  file.append(sample_metrics(4));
  const auto all = lines(path);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[3]["update"], 4);
  EXPECT_NEAR(all[3]["seconds"].get<double>(), 300, 30) << "time continues from the last line that was kept";
  EXPECT_EQ(all[3]["processor_seconds"], 150 + sample_metrics(4).processor_seconds);
}

TEST(MetricsFile, AnIncompleteLineIsRemoved) {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  storage::append_line(path, sample_metrics(1).line(1, 1).dump());
  std::ofstream(path, std::ios::app) << "{\"update\": 2, \"ste";
  MetricsFile file(path, 5);
  EXPECT_EQ(lines(path).size(), 1U);
}

TEST(MetricsFile, ADamagedLineDoesNotAffectOthers) {
  for (const char* damage : {R"({"upd#te": 3})", R"({"update": "x"})", "nonsense", "[]", ""}) {
    const TemporaryFolder folder;
    const auto path = folder / "metrics.jsonl";
    for (int64_t update = 1; update <= 5; ++update)
      storage::append_line(path, update == 3 ? damage : sample_metrics(update).line(1, 1).dump());
    MetricsFile file(path, 4);
    const auto kept = lines(path);
    ASSERT_EQ(kept.size(), 3U) << damage;
    EXPECT_EQ(kept.back()["update"], 4) << damage;
  }
}

TEST(MetricsFile, ANewTrainingKeepsNothing) {
  const TemporaryFolder folder;
  storage::append_line(folder / "metrics.jsonl", sample_metrics(1).line(1, 1).dump());
  const MetricsFile file(folder / "metrics.jsonl", 0);
  EXPECT_EQ(storage::read_file(folder / "metrics.jsonl"), "");
}

TEST(MetricsFile, RecentSuccessCoversTheLastUpdates) {
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
}  // namespace mazescan::trainer

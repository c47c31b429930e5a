#include "evaluator/record.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <set>

#include "evaluator/record_estimate.h"
#include "evaluator/record_unit.h"
#include "tests/evaluator/small_policy.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

EvaluatorConfig small_config(const std::string& cells) {
  EvaluatorConfig config;
  config.record.sizes = {3, 5};
  config.record.placements = {"top_right", "uniform"};
  config.record.levels = 10;
  config.record.block = 4;
  config.record.taps = {"embedder.block1.conv", "embedder.fc"};
  config.record.cells = cells;
  return config;
}

constexpr const char* kCells[] = {"initial", "decision_step", "every_cell", "along_rollout"};

TEST(RecordKey, KnowsWhatChangesAPayload) {
  const ScannedPolicy policy = small_policy();
  const EvaluatorConfig config = small_config("initial");
  const std::string key = record_key(config, policy);
  EvaluatorConfig other = config;
  other.run = "elsewhere";
  other.record.folder = "elsewhere";
  other.record.compression = "none";
  other.record.device = "cpu";
  other.scan.levels = 7;
  EXPECT_EQ(record_key(other, policy), key);
  std::set<std::string> keys = {key, record_key(small_config("every_cell"), policy)};
  other.seed = 2;
  keys.insert(record_key(other, policy));
  other.record.taps = {"embedder.fc"};
  keys.insert(record_key(other, policy));
  other.record.precision = "float32";
  keys.insert(record_key(other, policy));
  EXPECT_EQ(keys.size(), 5U);
}

TEST(SampleUnit, HasNoMoreSamplesThanAllowedAndKeysForAll) {
  const ScannedPolicy policy = small_policy();
  for (const char* cells : kCells)
    for (const int size : {3, 5}) {
      const EvaluatorConfig config = small_config(cells);
      const UnitSamples samples = sample_unit(config, policy, {size, "uniform", 1}, "key");
      const int64_t most = most_samples(config.record, size, policy.environment);
      EXPECT_LE(samples.count(), most) << cells;
      EXPECT_EQ(samples.levels.size(), 4U);
      EXPECT_EQ(samples.keys.step.size(), static_cast<size_t>(samples.count()));
      if (cells == std::string("every_cell") || cells == std::string("initial")) {
        EXPECT_EQ(samples.count(), most) << "every level has as many";
      }
    }
}

// The pieces of a unit, put together, are what the network says of each sample.
TEST(RecordSamples, GivesTheNetworksOutputsInOrder) {
  const ScannedPolicy policy = small_policy();
  for (const char* cells : kCells) {
    const EvaluatorConfig config = small_config(cells);
    UnitSamples samples = sample_unit(config, policy, {5, "uniform", 0}, "key");
    const auto taps = recorded_taps(policy.policy.network, config.record.taps);
    ASSERT_EQ(taps.size(), 2U);
    std::vector<torch::Tensor> conv, fc;
    record_samples(policy, samples, taps, [&](const Piece& piece) {
      ASSERT_EQ(piece.size(), 2U);
      conv.push_back(piece[0]);
      fc.push_back(piece[1]);
    });
    if (samples.count() == 0) continue;
    const torch::Tensor all = torch::cat(fc);
    ASSERT_EQ(all.size(0), samples.count());
    EXPECT_EQ(torch::cat(conv).size(0), samples.count());
    torch::NoGradGuard no_grad;
    for (int64_t i = 0; i < samples.count(); ++i) {
      const auto s = static_cast<size_t>(i);
      MazeState state = initial_state(samples.levels[static_cast<size_t>(samples.level[s])]);
      state.mouse = {samples.keys.mouse[2 * s], samples.keys.mouse[2 * s + 1]};
      torch::Tensor seen = torch::empty({1, kPlanes, 5, 5}, torch::kUInt8);
      write_planes(state, seen.data_ptr<uint8_t>());
      torch::Tensor expected;
      const auto output =
          policy.policy.network.forward(seen, [&](const std::string& name, torch::Tensor out) {
            if (name == "embedder.fc") expected = out;
            return out;
          });
      EXPECT_TRUE(torch::allclose(all[i], expected[0], 1e-4, 1e-5)) << cells << " " << i;
      EXPECT_NEAR(samples.keys.value[s], output.value.item<float>(), 1e-4);
    }
  }
}

TEST(RequireRecordable, RefusesWhatCannotBe) {
  const ScannedPolicy policy = small_policy();
  EvaluatorConfig config = small_config("initial");
  require_recordable(config, policy);
  config.record.sizes = {7};
  EXPECT_USER_ERROR(require_recordable(config, policy), "'record.sizes' holds 7");
  config = small_config("initial");
  config.record.taps = {"embedder.fd"};
  EXPECT_USER_ERROR(require_recordable(config, policy), "did you mean 'embedder.fc'?");
  config = small_config("along_rollout");
  config.record.limit = 1'000'000;
  config.record.block = config.record.levels = 5;
  EXPECT_USER_ERROR(require_recordable(config, policy), "'record.block' is 5");
}

TEST(EstimateRecord, CountsUnitsOfAPart) {
  const ScannedPolicy policy = small_policy();
  const EvaluatorConfig config = small_config("every_cell");
  const RecordEstimate all = estimate_record(config, policy, {});
  EXPECT_EQ(all.units, 12);
  EXPECT_EQ(all.samples, 2 * 10 * (7 + 17));
  EXPECT_GT(all.seconds, 0);
  EXPECT_EQ(estimate_record(config, policy, {1, 3}).units, 4);
}

}  // namespace
}  // namespace mazescan

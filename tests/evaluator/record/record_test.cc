#include "evaluator/record/record.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "datasets/work_unit.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/record/calibration.h"
#include "evaluator/record/config.h"
#include "evaluator/record/record_estimate.h"
#include "evaluator/record/record_unit.h"
#include "evaluator/registry/registry.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/scan/config.h"
#include "tests/evaluator/small_policy.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::record {
namespace {

jobs::RunConfig small_config(const std::string& cells) {
  jobs::RunConfig config = registry::default_config();
  config.section<RecordConfig>().sizes = {3, 5};
  config.section<RecordConfig>().placements = {"top_right", "uniform"};
  config.section<RecordConfig>().levels = 10;
  config.section<RecordConfig>().chunk = 4;
  config.section<RecordConfig>().layers = {"embedder.block1.conv", "embedder.fc"};
  config.section<RecordConfig>().sampling = cells;
  return config;
}

constexpr const char* kCells[] = {"initial", "decision_step", "every_cell", "along_rollout"};

TEST(RecordKey, KnowsWhatChangesAPayload) {
  const policies::TrainedPolicy policy = small_policy();
  const jobs::RunConfig config = small_config("initial");
  const std::string key = record_key(config, policy);
  jobs::RunConfig other = config;
  other.run = "elsewhere";
  other.section<RecordConfig>().folder = "elsewhere";
  other.section<RecordConfig>().compression = "none";
  other.section<RecordConfig>().device = "cpu";
  other.section<scan::ScanConfig>().levels = 7;
  EXPECT_EQ(record_key(other, policy), key);
  std::set<std::string> keys = {key, record_key(small_config("every_cell"), policy)};
  other.seed = 2;
  keys.insert(record_key(other, policy));
  other.section<RecordConfig>().layers = {"embedder.fc"};
  keys.insert(record_key(other, policy));
  other.section<RecordConfig>().storage_dtype = "float32";
  keys.insert(record_key(other, policy));
  EXPECT_EQ(keys.size(), 5U);
}

TEST(Quantisations, DependOnThePolicyAndNotOnTheLevels) {
  const policies::TrainedPolicy policy = small_policy();
  jobs::RunConfig config = small_config("every_cell");
  RecordConfig& section = config.section<RecordConfig>();
  section.layers = {"embedder.block1.conv", "embedder.relufc"};
  const auto taps = rollout::taps_named(policy.policy.network, section.layers);
  EXPECT_TRUE(quantisations_of(config, policy, taps).empty());  // float16
  section.storage_dtype = "uint8";
  const auto found = quantisations_of(config, policy, taps);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_LT(found[0].lo, 0);
  EXPECT_EQ(found[1].lo, 0);  // rectified
  EXPECT_EQ(found[1].bits, 8);
  section.levels = 3;
  section.chunk = 1;
  section.first_level = 77;
  EXPECT_EQ(quantisations_of(config, policy, taps), found);
  section.sizes = {3};
  const auto of_small = quantisations_of(config, policy, taps);
  EXPECT_LE(of_small[1].hi, found[1].hi);
  // The bounds hold all values of the levels from which they are.
  section.first_level = RecordConfig().first_level;
  section.levels = section.chunk = 128;
  UnitSamples samples = sample_unit(config, policy, {3, "uniform", 0}, "key");
  record_samples(policy, samples, taps, [&](const Piece& piece) {
    for (size_t tap = 0; tap < piece.size(); ++tap) {
      EXPECT_GE(piece[tap].min().item<float>(), of_small[tap].lo);
      EXPECT_LE(piece[tap].max().item<float>(), of_small[tap].hi);
    }
  });
}

TEST(RecordConfig, SegNeedsCodes) {
  RecordConfig config;
  config.compression = "seg";
  EXPECT_USER_ERROR(config.validate(), "storage_dtype: uint8 or uint16");
  config.storage_dtype = "uint16";
  config.validate();
}

TEST(SampleUnit, HasNoMoreSamplesThanAllowedAndKeysForAll) {
  const policies::TrainedPolicy policy = small_policy();
  for (const char* cells : kCells)
    for (const int size : {3, 5}) {
      const jobs::RunConfig config = small_config(cells);
      const UnitSamples samples = sample_unit(config, policy, {size, "uniform", 1}, "key");
      const int64_t most = max_samples(config.section<RecordConfig>(), size, policy.environment);
      EXPECT_LE(samples.count(), most) << cells;
      EXPECT_EQ(samples.levels.size(), 4U);
      EXPECT_EQ(samples.keys.step.size(), static_cast<size_t>(samples.count()));
      if (cells == std::string("every_cell") || cells == std::string("initial")) {
        EXPECT_EQ(samples.count(), most) << "every level has as many";
      }
    }
}

// Maps level seeds to the mouse cells of the level's samples, in order, and to their steps.
struct SampleSeats {
  std::map<int32_t, std::vector<std::pair<int, int>>> mice;
  std::map<int32_t, std::vector<int>> steps;
};
SampleSeats seats(const std::string& cells, int states, const datasets::WorkUnit& unit, int chunk = 4,
                  int levels = 40) {
  jobs::RunConfig config = small_config(cells);
  config.section<RecordConfig>().max_states_per_level = states;
  config.section<RecordConfig>().levels = levels;
  config.section<RecordConfig>().chunk = chunk;
  const UnitSamples samples = sample_unit(config, small_policy(), unit, "key");
  SampleSeats found;
  for (size_t s = 0; s < samples.level.size(); ++s) {
    const int32_t seed = samples.keys.level_seed[s];
    found.mice[seed].emplace_back(samples.keys.mouse[2 * s], samples.keys.mouse[2 * s + 1]);
    found.steps[seed].push_back(samples.keys.step[s]);
  }
  return found;
}

TEST(RecordStates, OfEveryCellAreDrawnForEachLevelByItself) {
  const datasets::WorkUnit unit{5, "uniform", 0};
  const SampleSeats all = seats("every_cell", 0, unit, 40), some = seats("every_cell", 3, unit, 40);
  ASSERT_EQ(some.mice.size(), 40U);
  std::set<std::vector<size_t>> draws;  // as ranks among the free cells
  for (const auto& [seed, mice] : some.mice) {
    ASSERT_EQ(mice.size(), 3U);
    const auto& cells = all.mice.at(seed);
    std::vector<size_t> ranks;
    for (const auto& mouse : mice)
      ranks.push_back(static_cast<size_t>(std::find(cells.begin(), cells.end(), mouse) - cells.begin()));
    EXPECT_LT(ranks.back(), cells.size());
    EXPECT_EQ(std::adjacent_find(ranks.begin(), ranks.end(), std::greater_equal<>()), ranks.end())
        << "in the order of all, none twice";
    draws.insert(ranks);
  }
  EXPECT_GT(draws.size(), 20U) << "not the same of every level";
  // The draw depends neither on the level's chunk nor on the number of levels.
  const SampleSeats chunk = seats("every_cell", 3, {5, "uniform", 1}, 10, 30);
  ASSERT_EQ(chunk.mice.size(), 10U);
  for (const auto& [seed, mice] : chunk.mice) EXPECT_EQ(mice, some.mice.at(seed));
  EXPECT_EQ(seats("every_cell", 100, unit, 40).mice, all.mice) << "no more than there are";
}

TEST(RecordStates, AreDrawnAlike) {
  constexpr int kLevels = 1400, kFree = 7;  // free cells in size 3
  const datasets::WorkUnit unit{3, "top_right", 0};
  const SampleSeats all = seats("every_cell", 0, unit, kLevels, kLevels),
                    one = seats("every_cell", 1, unit, kLevels, kLevels);
  std::vector<int> drawn(kFree);
  for (const auto& [seed, mice] : one.mice) {
    const auto& cells = all.mice.at(seed);
    ++drawn.at(static_cast<size_t>(std::find(cells.begin(), cells.end(), mice.front()) - cells.begin()));
  }
  for (const int times : drawn)
    EXPECT_NEAR(times, static_cast<double>(kLevels) / kFree, 55) << "four standard deviations";
}

TEST(RecordStates, OfARolloutAreFirstVisits) {
  const datasets::WorkUnit unit{5, "uniform", 0};
  const SampleSeats all = seats("along_rollout", 0, unit, 40), some = seats("along_rollout", 2, unit, 40),
                    most = seats("along_rollout", 1000, unit, 40);
  size_t returned = 0, cut = 0;
  for (const auto& [seed, mice] : all.mice) {
    // Without a limit, every step is a sample. With a limit, only the first visit to each cell may be drawn.
    std::vector<int> first;
    for (size_t step = 0; step < mice.size(); ++step)
      if (std::find(mice.begin(), mice.begin() + static_cast<int64_t>(step), mice[step]) ==
          mice.begin() + static_cast<int64_t>(step))
        first.push_back(static_cast<int>(step));
    EXPECT_EQ(most.steps.at(seed), first);
    const std::vector<int>& drawn = some.steps.at(seed);
    EXPECT_EQ(drawn.size(), std::min<size_t>(2, first.size()));
    EXPECT_TRUE(std::includes(first.begin(), first.end(), drawn.begin(), drawn.end()));
    for (size_t s = 0; s < drawn.size(); ++s)
      EXPECT_EQ(some.mice.at(seed)[s], mice[static_cast<size_t>(drawn[s])]);
    returned += mice.size() > first.size() ? 1 : 0;
    cut += first.size() > 2 ? 1 : 0;
  }
  EXPECT_GT(returned, 10U) << "rollouts that come back to a cell";
  EXPECT_GT(cut, 10U);
}

// The concatenated pieces of a unit equal the network's outputs for each sample.
TEST(RecordSamples, GivesTheNetworksOutputsInOrder) {
  const policies::TrainedPolicy policy = small_policy();
  for (const char* cells : kCells) {
    const jobs::RunConfig config = small_config(cells);
    UnitSamples samples = sample_unit(config, policy, {5, "uniform", 0}, "key");
    const auto taps = rollout::taps_named(policy.policy.network, config.section<RecordConfig>().layers);
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
      envs::MazeState state = initial_state(samples.levels[static_cast<size_t>(samples.level[s])]);
      state.mouse = {samples.keys.mouse[2 * s], samples.keys.mouse[2 * s + 1]};
      torch::Tensor seen = torch::empty({1, maze::kPlanes, 5, 5}, torch::kUInt8);
      maze::write_planes(state, seen.data_ptr<uint8_t>());
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
  const policies::TrainedPolicy policy = small_policy();
  jobs::RunConfig config = small_config("initial");
  require_recordable(config, policy);
  config.section<RecordConfig>().sizes = {7};
  EXPECT_USER_ERROR(require_recordable(config, policy), "'record.sizes' holds 7");
  config = small_config("initial");
  config.section<RecordConfig>().layers = {"embedder.fd"};
  EXPECT_USER_ERROR(require_recordable(config, policy), "did you mean 'embedder.fc'?");
  config = small_config("along_rollout");
  config.section<RecordConfig>().max_steps = 1'000'000;
  config.section<RecordConfig>().chunk = config.section<RecordConfig>().levels = 5;
  EXPECT_USER_ERROR(require_recordable(config, policy), "'record.chunk' is 5");
}

TEST(EstimateRecord, CountsUnitsOfAPart) {
  const TemporaryFolder folder;
  write_small_policy(folder.path());
  jobs::RunConfig config = small_config("every_cell");
  config.run = folder.path().string();
  const jobs::Estimate all = estimate_record(config, {});
  EXPECT_EQ(all.units, 12U);
  EXPECT_EQ(all.counts, std::vector<std::string>{fmt::format("at most {} samples", 2 * 10 * (7 + 17))});
  EXPECT_GT(all.seconds, 0);
  EXPECT_EQ(estimate_record(config, {1, 3}).units, 4U);
}

}  // namespace
}  // namespace mazescan::record

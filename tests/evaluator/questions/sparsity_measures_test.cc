#include "evaluator/questions/sparsity_measures.h"

#include <gtest/gtest.h>

#include "evaluator/analyses/sparsity/schema.h"
#include "evaluator/questions/sparsity_figures.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::questions {
namespace {

// Returns the shard of a map with two channels of two cells and a flat layer of two units, over 8 states.
datasets::ResultShard planted_sparsity(const std::string& placement, sparsity::SparsityResult result) {
  return datasets::result_shard(datasets::kSparsity, {5, placement, 0}, "key", result);
}

sparsity::SparsityResult planted_result() {
  sparsity::SparsityResult result;
  result.states = 8;
  result.channel_states = 4;
  result.layers = {{"map", 4, true, 7, 0.96, 2}, {"flat", 2, false, 90, 0.8, 5}};
  result.units = {{0, 4, 3}, {0, 2, 4}, {0, 0, 0}, {0, 0, 0}, {1, 8, 1}, {1, 8, 1}};
  result.channels = {{0, 0, 0.02, 1}, {0, 1, 0.5, 0.9}};
  result.truncations = {{1, 0.5}, {0.1, 0.25}};
  result.levels.resize(2);
  for (sparsity::LevelSparsity& level : result.levels) {
    level.states = 4;
    level.success = {1, 0.25};
    level.agree = {4, 1};
  }
  return result;
}

TEST(SparsityMeasures, AreThoseOfKnownUnits) {
  datasets::Results results;
  results.shards = {planted_sparsity("uniform", planted_result())};
  const SparsityMeasures measures = measure_sparsity(results);
  EXPECT_EQ(measures.states, 8);
  const LayerSparsity& map = measures.layers.at(0);
  EXPECT_EQ(map.active, 0.75);
  EXPECT_EQ(map.zeros(), 1 - 0.75 / 4);
  EXPECT_EQ(map.dead, 2);
  EXPECT_NEAR(map.entropy, 1 + 0.811278, 1e-6) << "duty cycles 1/2 and 1/4";
  EXPECT_NEAR(map.hoyer, 0.6, 1e-12);
  EXPECT_NEAR(map.gini, 0.535714, 1e-6);
  EXPECT_EQ(map.channels, 2);
  EXPECT_EQ(map.cheese_channels, 1) << "the one that the cheese lowers";
  const LayerSparsity& flat = measures.layers.at(1);
  EXPECT_EQ(flat.zeros(), 0);
  EXPECT_EQ(flat.entropy, 0) << "always active";
  EXPECT_NEAR(flat.hoyer, 0, 1e-12);
  const LayerSparsity all = measures.network();
  EXPECT_EQ(all.units, 6);
  EXPECT_EQ(all.active, 2.75);
  EXPECT_NEAR(all.hoyer, 0.3, 1e-12) << "mean of the layers";
  EXPECT_EQ(map.leaves, 7);
  EXPECT_EQ(flat.leaves, 0) << "no tree is good enough";
  EXPECT_EQ(all.leaves, 7) << "of the last map";
  EXPECT_EQ(all.bits, 3) << "of 4 values with 2 bits and 2 with 5";
  EXPECT_EQ(measures.truncated.at(1).agreement.value, 0.25);
  EXPECT_EQ(measures.truncated.at(1).success.at(0).value, 0.25);
  EXPECT_EQ(measures.truncated.at(1).active, 0.25);
}

// A unit is dead only if it is 0 in the states of every shard.
TEST(SparsityMeasures, ArePooledOverShards) {
  sparsity::SparsityResult other = planted_result();
  other.units[2].active = 8;
  other.layers[0].leaves = 9;
  other.layers[1].bits = 7;
  other.levels.resize(1);
  other.levels[0].success = {0, 0};
  datasets::Results results;
  results.shards = {planted_sparsity("top_right", planted_result()), planted_sparsity("uniform", other)};
  const SparsityMeasures measures = measure_sparsity(results);
  EXPECT_EQ(measures.states, 16);
  EXPECT_EQ(measures.layers.at(0).dead, 1);
  EXPECT_EQ(measures.layers.at(0).leaves, 9);
  EXPECT_EQ(measures.layers.at(1).bits, 6);
  EXPECT_EQ(measures.layers.at(0).active, (0.75 + 1.75) / 2);
  EXPECT_EQ(measures.placements, (std::vector<std::string>{"top_right", "uniform"}));
  EXPECT_EQ(measures.truncated.at(0).success.at(0).value, 1);
  EXPECT_EQ(measures.truncated.at(0).success.at(1).value, 0);
  EXPECT_EQ(measures.truncated.at(0).success.at(1).levels, 1);
  EXPECT_EQ(sparsity_figures(measures).size(), 2U);
  EXPECT_TRUE(sparsity_figures(measure_sparsity({})).empty());
}

TEST(SparsityMeasures, RefuseShardsOfTwoNetworks) {
  sparsity::SparsityResult other = planted_result();
  other.layers[1].name = "another";
  datasets::Results results;
  results.shards = {planted_sparsity("top_right", planted_result()), planted_sparsity("uniform", other)};
  EXPECT_USER_ERROR(measure_sparsity(results), "layers are not those of the other shards");
}

}  // namespace
}  // namespace mazescan::questions

#include "evaluator/analyses/sparsity/sparsity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "evaluator/analyses/sparsity/code_length.h"
#include "evaluator/analyses/sparsity/config.h"
#include "evaluator/analyses/sparsity/rectified.h"
#include "evaluator/analyses/sparsity/rules.h"
#include "evaluator/questions/sparsity_measures.h"
#include "evaluator/registry/registry.h"
#include "tests/evaluator/planted_network.h"
#include "tests/evaluator/small_policy.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::sparsity {
namespace {

std::vector<float> values_of(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

TEST(KeepLargest, KeepsValuesStrictlyAboveTheNextOne) {
  const torch::Tensor output = torch::tensor({3.F, 1.F, -2.F, 5.F, 0.5F, 2.F, 2.F, -1.F}).view({1, 2, 2, 2});
  const auto kept = [&](int count) { return values_of(keep_largest(output, count / 8.0)); };
  EXPECT_THAT(kept(1), testing::ElementsAre(0, 0, 0, 5, 0, 0, 0, 0));
  EXPECT_THAT(kept(2), testing::ElementsAre(3, 0, 0, 5, 0, 0, 0, 0));
  EXPECT_EQ(kept(3), kept(2)) << "the two values 2 are tied, so neither stays";
  EXPECT_THAT(kept(4), testing::ElementsAre(3, 0, 0, 5, 0, 2, 2, 0));
  EXPECT_EQ(values_of(keep_largest(output, 1)), values_of(output));
  EXPECT_EQ(values_of(keep_largest(output, 1e-6)), kept(1)) << "at least one";
}

TEST(KeepLargest, DoesNotDependOnTheBatch) {
  const torch::Tensor both = torch::tensor({1.F, 2.F, 3.F, 4.F, 40.F, 30.F, 20.F, 10.F}).view({2, 4});
  EXPECT_THAT(values_of(keep_largest(both, 0.5)), testing::ElementsAre(0, 0, 3, 4, 40, 30, 0, 0));
}

TEST(RectifiedLayers, AreThoseOfTheNetworksActivationFunction) {
  policy::NetworkConfig config;
  config.channels = {4};
  config.residual_blocks = 1;
  config.fc = 8;
  config.activation = "tanh";
  const policy::Network network(config, {3, 5, 5, 1, 5});
  std::vector<std::string> names;
  for (const policy::LayerSpec& layer : rectified_layers(network)) names.push_back(layer.name);
  EXPECT_THAT(names, testing::ElementsAre("embedder.block1.res1.relu1", "embedder.block1.res1.relu2",
                                          "embedder.relu1", "embedder.relufc"));
}

policy::LayerSpec rectified_layer(const char* name, const policy::Shape& shape) {
  policy::LayerSpec layer;
  layer.name = name;
  layer.kind = "relu";
  layer.shape = shape;
  return layer;
}

// Channel 0 is strong where the action is 1; channel 1 is always on, channel 2 never.
TEST(Rules, AreAsManyAsTheDecisionsNeed) {
  const policy::LayerSpec layer = rectified_layer("map", {3, 1, 2});
  Rules rules({layer});
  const torch::Tensor strong = torch::tensor({1, 0, 0, 1, 0, 1, 0, 0}, torch::kFloat32);
  for (const auto& half : {strong.narrow(0, 0, 4), strong.narrow(0, 4, 4)}) {
    torch::Tensor output = torch::zeros({4, 3, 1, 2});
    output.select(1, 0).copy_(half.view({4, 1, 1}) + 0.1);
    output.select(1, 1).fill_(2);
    rules.add("map", output);
    rules.add("another", output);
    rules.add("fc_policy", torch::stack({1 - half, half, torch::full({4}, -1)}, 1));
  }
  const statistics::TreeSize tree = rules.size("map");
  EXPECT_EQ(tree.leaves, 2);
  EXPECT_EQ(tree.fidelity, 1);
}

TEST(Rules, OfAPolicyThatIgnoresALayerAreNone) {
  const policy::LayerSpec layer = rectified_layer("units", {4});
  Rules rules({layer});
  rules.add("units", torch::ones({20, 4}));
  rules.add("fc_policy", torch::stack({torch::arange(20) % 2 * 1.0, torch::full({20}, 0.5)}, 1));
  EXPECT_EQ(rules.size("units").leaves, 1);
  EXPECT_EQ(rules.size("units").fidelity, 0.5);
}

TEST(CodeLength, IsThatOfTheCodeWords) {
  const policy::LayerSpec layer = rectified_layer("units", {4});
  CodeLength code({layer});
  EXPECT_EQ(code.bits("units"), 0);
  code.add("units", torch::tensor({{0.F, 0.F, 0.F, 3.75F}}));
  EXPECT_EQ(code.bits("units"), (3 + 10) / 4.0) << "code 255 with k = 8";
  code.add("units", torch::zeros({3, 4}));
  EXPECT_EQ(code.bits("units"), (15 + 10) / 16.0);
}

jobs::RunConfig sparsity_config() {
  jobs::RunConfig config = registry::default_config();
  config.section<SparsityConfig>().fractions = {0.5, 0.001};
  return config;
}

// Returns a policy of which half of the units of embedder.relufc are always 0, and the others never.
policies::TrainedPolicy half_dead_policy() {
  policies::TrainedPolicy trained = small_policy();
  const torch::NoGradGuard no_grad;
  const policy::Network& network = trained.policy.network;
  for (size_t i = 0; i < network.layout().size(); ++i) {
    if (network.layout()[i].name != "embedder.fc.bias") continue;
    torch::Tensor bias = network.parameter(i);
    bias.narrow(0, 0, 4).fill_(-1000);
    bias.narrow(0, 4, 4).fill_(1000);
  }
  return trained;
}

TEST(SparsityUnit, FindsDeadUnits) {
  const datasets::WorkUnit unit{5, "uniform", 0};
  const SparsityResult result = sparsity_unit(sparsity_config(), half_dead_policy(), unit);
  ASSERT_EQ(result.levels.size(), 20U);
  int64_t states = 0;
  for (const LevelSparsity& level : result.levels) states += level.states;
  EXPECT_EQ(result.states, states) << "each state once";
  ASSERT_EQ(result.layers.back().name, "embedder.relufc");
  for (size_t u = 0; u < 8; ++u) {
    const UnitRow& row = result.units[result.units.size() - 8 + u];
    EXPECT_EQ(row.active, u < 4 ? 0 : states);
    EXPECT_NEAR(row.magnitude, u < 4 ? 0 : 1000, 10);
  }
  datasets::Results results;
  results.shards = {datasets::result_shard(datasets::kSparsity, unit, "key", result)};
  const questions::LayerSparsity layer = questions::measure_sparsity(results).layers.back();
  EXPECT_EQ(layer.dead, 4);
  EXPECT_EQ(layer.zeros(), 0.5);
  EXPECT_EQ(layer.entropy, 0);
  EXPECT_EQ(layer.max_entropy, 8);
  EXPECT_EQ(layer.bits, result.layers.back().bits);
  EXPECT_GT(layer.bits, 1);
}

TEST(SparsityUnit, TheUnchangedPolicyAgreesWithItself) {
  const SparsityResult result = sparsity_unit(sparsity_config(), small_policy(), {5, "uniform", 0});
  ASSERT_EQ(result.truncations.size(), 3U);
  EXPECT_EQ(result.truncations[0].fraction, 1);
  for (size_t t = 1; t < 3; ++t) {
    EXPECT_LE(result.truncations[t].active, result.truncations[t].fraction + 0.2)
        << "a layer keeps at least one";
    EXPECT_LT(result.truncations[t].active, result.truncations[t - 1].active);
  }
  for (const LevelSparsity& level : result.levels) {
    EXPECT_EQ(level.agree[0], level.states);
    for (const double success : level.success) {
      EXPECT_GE(success, 0);
      EXPECT_LE(success, 1);
    }
  }
}

// The planted mouse goes to the cheese; with one unit of 1024 it cannot know where that is.
TEST(SparsityUnit, AMouseWithoutItsUnitsMissesTheCheese) {
  const SparsityResult result = sparsity_unit(sparsity_config(), planted_network(), {3, "uniform", 0});
  double unchanged = 0, truncated = 0;
  for (const LevelSparsity& level : result.levels) {
    unchanged += level.success.front() / static_cast<double>(result.levels.size());
    truncated += level.success.back() / static_cast<double>(result.levels.size());
  }
  EXPECT_GT(unchanged, 0.99);
  EXPECT_LT(truncated, unchanged - 0.1);
}

TEST(SparsityUnit, OneChannelOfThePlantedNetworkLocatesTheCheese) {
  const SparsityResult result = sparsity_unit(sparsity_config(), planted_network(), {3, "uniform", 0});
  ASSERT_EQ(result.channels.size(), static_cast<size_t>(PlantedNetwork::kChannels)) << "one map is rectified";
  EXPECT_GT(result.channel_states, 20);
  for (const ChannelRow& channel : result.channels) {
    if (channel.number == PlantedNetwork::kCheese) {
      EXPECT_GT(channel.above, 0.8);
      EXPECT_GT(channel.moved, 0.8);
    } else {
      EXPECT_EQ(channel.moved, 0.5) << "does not depend on the cheese";
    }
  }
}

TEST(SparsityConfig, RefusesWhatIsGivenTwice) {
  SparsityConfig config;
  config.fractions = {0.1, 0.1};
  EXPECT_USER_ERROR(config.validate(), "'sparsity.fractions'");
  config.fractions = {};
  config.placements = {"uniform", "uniform"};
  EXPECT_USER_ERROR(config.validate(), "'sparsity.placements'");
}

}  // namespace
}  // namespace mazescan::sparsity

#include "policy/cuts.h"

#include <gmock/gmock.h>

#include "policy/network_spec.h"

namespace mazescan::policy {
namespace {

using testing::ElementsAre;

std::vector<std::string> names_of(const std::vector<Cut>& cuts) {
  std::vector<std::string> names;
  for (const Cut& cut : cuts) names.push_back(cut.layer);
  return names;
}

LayerSpec layer(const std::string& name, std::vector<int> inputs, Shape shape) {
  LayerSpec made;
  made.name = name;
  made.inputs = std::move(inputs);
  made.shape = std::move(shape);
  return made;
}

// A residual block is no cut inside: its sum also reads the block's input.
TEST(Cuts, OfTheImpalaNetworkAreTheLayersBetweenResidualBlocks) {
  const NetworkSpec spec = network_spec({{3, 4}, 1, 6, "relu"}, {3, 6, 5, 1, 4}, int64_t{1} << 31);
  const std::vector<Cut> found = cuts(spec.layers, spec.outputs.logits);
  EXPECT_THAT(names_of(found),
              ElementsAre("embedder.block1.conv", "embedder.block1.maxpool", "embedder.block1.res1.resadd",
                          "embedder.block2.conv", "embedder.block2.maxpool", "embedder.block2.res1.resadd",
                          "embedder.relu2"));
  EXPECT_EQ(found[0].activations, 3 * 6 * 5);
  EXPECT_EQ(narrowest(found)->layer, "embedder.block2.maxpool") << "the first of equals";
  EXPECT_EQ(narrowest(found)->activations, 4 * 2 * 2);
}

TEST(Cuts, ABottleneckIsTheNarrowest) {
  std::vector<LayerSpec> layers = {
      layer("wide", {LayerSpec::kObservation}, {8, 5, 5}),
      layer("left", {0}, {1, 1, 1}),  // narrower, but there is a way around it
      layer("right", {0}, {4, 5, 5}),
      layer("sum", {1, 2}, {4, 5, 5}),
      layer("bottleneck", {3}, {2, 3, 1}),
      layer("again", {4}, {8, 5, 5}),
      layer("aside", {4}, {1, 1, 2}),  // only the value reads it
      layer("embedder.fc", {5}, {3}),
      layer("logits", {7}, {5}),
      layer("value", {6}, {1}),
  };
  EXPECT_THAT(names_of(cuts(layers, 8)), ElementsAre("wide", "sum", "bottleneck", "again"));
  EXPECT_EQ(narrowest(cuts(layers, 8))->layer, "bottleneck");
  EXPECT_EQ(narrowest(cuts(layers, 8))->activations, 6);
  layers[5].inputs = {4, LayerSpec::kObservation};  // a second way from the observation
  EXPECT_THAT(names_of(cuts(layers, 8)), ElementsAre("again"));
  layers[7].inputs = {4, LayerSpec::kObservation};
  EXPECT_FALSE(narrowest(cuts(layers, 8)));
}

}  // namespace
}  // namespace mazescan::policy

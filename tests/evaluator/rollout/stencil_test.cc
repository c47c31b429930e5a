#include "evaluator/rollout/stencil.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <set>

#include "envs/maze/maze_config.h"
#include "tests/evaluator/small_policy.h"

namespace mazescan::rollout {
namespace {

constexpr const char* kMap = "embedder.block1.res1.resadd";

torch::Tensor random_numbers(const std::vector<int64_t>& shape, uint64_t seed) {
  RandomStream random(seed, "numbers");
  torch::Tensor out = torch::empty(shape);
  for (int64_t i = 0; i < out.numel(); ++i) out.data_ptr<float>()[i] = random.uniform();
  return out;
}

// Checks, for each cell, which map cell responds most to its change in the observation, and the cell's phase
// within that map cell.
TEST(Stencil, CellsStandWhereTheNetworkSeesThem) {
  const policies::TrainedPolicy trained = small_policy();  // world 5, map 3 x 3
  const TargetMap fine(trained.environment, trained.policy.network, "embedder.block1.conv");
  const TargetMap coarse(trained.environment, trained.policy.network, kMap);
  EXPECT_EQ(fine.phases(), 1);
  EXPECT_EQ(coarse.phases(), 4);
  const envs::MazeLevel level =
      maze::generate_level(maze::level_options(trained.environment.own<maze::MazeConfig>()), 1, 5);
  std::set<std::vector<int64_t>> places;
  for (int16_t y = 0; y < 5; ++y)
    for (int16_t x = 0; x < 5; ++x) {
      const MapCell one = fine.of(level, {x, y}), other = coarse.of(level, {x, y});
      EXPECT_EQ(one.row, 4 - y);
      EXPECT_EQ(one.column, x);
      EXPECT_EQ(other.row, (4 - y) / 2);
      EXPECT_EQ(other.column, x / 2);
      places.insert({other.row, other.column, other.phase});
    }
  EXPECT_EQ(places.size(), 25U);  // each cell has its own values
}

TEST(Stencil, ChangesWhatLiesAtTheOffsets) {
  const policies::TrainedPolicy trained = small_policy();
  const policy::Network& network = trained.policy.network;
  const TargetMap map(trained.environment, network, kMap);
  std::vector<int64_t> shape = map.offsets();
  const torch::Tensor mask = random_numbers(shape, 1) > 0.5;
  shape.insert(shape.begin(), map.phases());
  const torch::Tensor values = random_numbers(shape, 2);
  const torch::Tensor output = random_numbers({2, map.channels(), map.height(), map.width()}, 3);
  const std::vector<MapCell> targets = {{0, 2, 1}, {1, 1, 3}, {2, 0, 0}};
  for (const bool adds : {false, true}) {
    const EditRule rule = edit_rule(map, {adds, mask, values}, targets);
    const std::vector<int> episodes = {2, 0};
    const torch::Tensor changed = policy::edited(network, rule({}, episodes))(kMap, output);
    for (int n = 0; n < 2; ++n) {
      const MapCell target = targets[static_cast<size_t>(episodes[static_cast<size_t>(n)])];
      for (int64_t c = 0; c < map.channels(); ++c)
        for (int64_t row = 0; row < map.height(); ++row)
          for (int64_t column = 0; column < map.width(); ++column) {
            const int64_t i = row - target.row + map.height() - 1,
                          j = column - target.column + map.width() - 1;
            const float was = output[n][c][row][column].item<float>();
            const float value = values[target.phase][c][i][j].item<float>();
            const bool is_edited = mask[c][i][j].item<bool>();
            const float expected = !is_edited ? was : adds ? was + value : value;
            ASSERT_FLOAT_EQ(changed[n][c][row][column].item<float>(), expected);
          }
    }
  }
}

TEST(Stencil, ManyTargetsAtOnceAreEachByItself) {
  const policies::TrainedPolicy trained = small_policy();
  const TargetMap map(trained.environment, trained.policy.network, kMap);
  std::vector<int64_t> shape = map.offsets();
  shape.insert(shape.begin(), map.phases());
  const std::vector<MapCell> targets = {{0, 2, 1}, {1, 1, 3}, {2, 0, 0}, {0, 2, 1}};
  for (const int64_t phases : {map.phases(), int64_t{1}}) {
    shape[0] = phases;
    const torch::Tensor at_once = random_numbers(shape, 5).requires_grad_(),
                        one_by_one = at_once.detach().clone().requires_grad_();
    std::vector<torch::Tensor> each;
    for (const MapCell& target : targets)
      each.push_back(map.on_map(one_by_one[phases == 1 ? 0 : target.phase], target));
    const torch::Tensor found = map.on_maps(at_once, targets), expected = torch::stack(each);
    EXPECT_TRUE(torch::equal(found, expected));
    const torch::Tensor weights = random_numbers(expected.sizes().vec(), 6);
    (found * weights).sum().backward();
    (expected * weights).sum().backward();
    EXPECT_TRUE(torch::allclose(at_once.grad(), one_by_one.grad()));
  }
}

TEST(Stencil, NoTargetEditsMoreThanIsCounted) {
  const policies::TrainedPolicy trained = small_policy();
  const policy::Network& network = trained.policy.network;
  const TargetMap map(trained.environment, network, kMap);
  const torch::Tensor importance = random_numbers(map.offsets(), 4);
  for (const int64_t allowed : {0, 1, 2, 7, 20, 36}) {
    const torch::Tensor mask = most_important(map, importance, allowed);
    int64_t most = 0;
    for (int64_t row = 0; row < map.height(); ++row)
      for (int64_t column = 0; column < map.width(); ++column)
        most = std::max(most, map.on_map(mask, {row, column, 0}).sum().item<int64_t>());
    EXPECT_EQ(map.max_on_map(mask), most);
    EXPECT_LE(most, allowed);
    EXPECT_GE(most, allowed - 1);  // the budget is used up
    const float least = allowed == 0 ? 1 : importance.masked_select(mask).min().item<float>();
    EXPECT_LE(importance.masked_fill(mask, 0).max().item<float>(), least);  // most important first
  }
}

TEST(Stencil, OnlyMapsBeforeTheFullyConnectedLayerCanBeEdited) {
  const policies::TrainedPolicy trained = small_policy();
  for (const char* tap : {"embedder.fc", "fc_policy", "embedder.flatten", "no_such_layer"})
    EXPECT_THROW(TargetMap(trained.environment, trained.policy.network, tap), UserError) << tap;
}

}  // namespace
}  // namespace mazescan::rollout

#include <gtest/gtest.h>
#include <torch/types.h>

#include "policy/edits.h"
#include "tests/policy/sample_network.h"

// Tests what share of a network's activations edits change.
namespace mazescan::policy {
namespace {

// Counts the activations by hand. Observations are 6 x 5, channels 3 and 4, one residual block, fc 6,
// 4 actions:
//   block 1: conv 3x6x5 = 90, maxpool 3x3x3 = 27, relu1 conv1 relu2 conv2 resadd 27 each
//   block 2: conv 4x3x3 = 36, maxpool 4x2x2 = 16, five of 16; relu2 16, flatten 16, fc 6, relufc 6, 4, 1
constexpr double kOfTaps = 90 + 6 * 27 + 36 + 6 * 16 + 16 + 16 + 6 + 6 + 4 + 1;
constexpr double kOfNetwork = 90 + 27 + 3 * 27 + 36 + 16 + 3 * 16 + 6 + 4 + 1;

TEST(EditedShareTest, SharesAreTheHandCounts) {
  const Network network = sample_network();
  EXPECT_EQ(activations_of_taps(network), kOfTaps);
  EXPECT_EQ(activations_of_network(network), kOfNetwork);
  const torch::Tensor cells = torch::tensor({0, 0, 1, 1, 0, 1}).view({3, 2});
  torch::Tensor vector = torch::zeros({4, 2, 2});
  vector[1][0][1] = 3;
  torch::Tensor two = torch::zeros({2, 4, 2, 2});  // for two items: one and two activations
  two[0][0][0][0] = two[1][0][0][0] = two[1][3][1][1] = -1;
  const std::vector<std::pair<decltype(Edit::change), double>> counts = {
      {AddVector{torch::ones({4, 2, 2})}, 16},
      {AddVector{vector}, 1},
      {AddVector{two}, 1.5},
      {ClampCells{{2}, cells, 1, {}}, 1},
      {ClampCells{{2, 0}, cells, 1, {}}, 2},
      {ClampCells{{2, 0}, cells, 1, 0.0}, 8},
      {ZeroChannels{{1, 2, 3}}, 12},
      {ReplaceChannels{{1}, vector}, 4},
      {ResampleChannels{{0, 3}, sample_observations(network, 2)}, 8},
      {Interpolate{vector, 0.5}, 16},
      {MultiplyMask{1 - vector}, 1},
  };
  for (const auto& [change, count] : counts) {
    const EditedShare share = edited_share(network, {{kSampleTap, change}});
    EXPECT_EQ(share.activations, count) << change.index();
    EXPECT_DOUBLE_EQ(share.of_layers, count / 16) << change.index();
    EXPECT_DOUBLE_EQ(share.of_taps, count / kOfTaps) << change.index();
    EXPECT_DOUBLE_EQ(share.of_network, count / kOfNetwork) << change.index();
  }
}

TEST(EditedShareTest, WhatIsChangedTwiceCountsOnce) {
  const Network network = sample_network();
  const torch::Tensor cells = torch::tensor({0, 0, 1, 1}).view({2, 2});
  const EditedShare share = edited_share(network, {{kSampleTap, ZeroChannels{{0, 1}}},
                                                   {kSampleTap, ClampCells{{1, 2}, cells, 7, {}}},
                                                   {"embedder.fc", ZeroChannels{{5}}}});
  EXPECT_EQ(share.activations, 8 + 1 + 1);
  EXPECT_DOUBLE_EQ(share.of_layers, 10.0 / (16 + 6));
  EXPECT_DOUBLE_EQ(share.of_network, 10.0 / kOfNetwork);
}

TEST(EditedShareTest, OfThePublishedNetworkSharesAreSmall) {
  const Network network({{64, 128, 128}, 2, 256, "relu"}, {3, 64, 64, 1 / 255.0, 15});
  // Sides 64 to 8: conv 64, the rest of a block 32, 16, 8.
  const double block1 = 64.0 * 64 * 64, rest1 = 64.0 * 32 * 32, block2 = 128.0 * 32 * 32,
               rest2 = 128.0 * 16 * 16, block3 = 128.0 * 16 * 16, rest3 = 128.0 * 8 * 8;
  EXPECT_EQ(activations_of_taps(network),
            block1 + block2 + block3 + 11 * (rest1 + rest2 + rest3) + 2 * rest3 + 256 * 2 + 16);
  EXPECT_EQ(activations_of_network(network),
            block1 + block2 + block3 + 7 * (rest1 + rest2 + rest3) + 256 + 16);
  const EditedShare share = edited_share(
      network,
      {{"embedder.block2.res1.resadd", ClampCells{{55}, torch::zeros({1, 2}, torch::kInt64), 5.6, {}}}});
  EXPECT_EQ(share.activations, 1);
  EXPECT_DOUBLE_EQ(share.of_layers, 1.0 / 32768);
}

TEST(EditedShareTest, WhatChangesNothingDoesNotCount) {
  const Network network = sample_network();
  const torch::Tensor values = torch::ones({4, 2, 2});
  EXPECT_EQ(edited_share(network, {{kSampleTap, AddVector{values, 0}}}).activations, 0);
  EXPECT_EQ(edited_share(network, {{kSampleTap, MultiplyMask{torch::ones({4, 2, 2})}}}).activations, 0);
  EXPECT_EQ(edited_share(network, {{kSampleTap, Interpolate{values, 0}}}).activations, 0);
  EXPECT_EQ(edited_share(network, {}).of_layers, 0);
}

}  // namespace
}  // namespace mazescan::policy

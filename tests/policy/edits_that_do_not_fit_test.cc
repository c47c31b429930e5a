#include <gmock/gmock.h>
#include <torch/types.h>

#include "policy/edits.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/temporary_folder.h"

// Tests which edits a network rejects, and the error messages.
namespace mazescan::policy {
namespace {

using testing::HasSubstr;

std::string message_of(const Network& network, const Edit& edit) {
  return user_error([&] { edited(network, {edit}); });
}

TEST(EditsThatDoNotFit, TapsThatDoNotExist) {
  const Network network = sample_network();
  const std::string misspelt = message_of(network, {"embedder.block2.res1.resad", ZeroChannels{{0}}});
  EXPECT_THAT(misspelt, HasSubstr("an edit of 'embedder.block2.res1.resad'"));
  EXPECT_THAT(misspelt, HasSubstr("did you mean 'embedder.block2.res1.resadd'?"));
  EXPECT_THAT(message_of(network, {"x", ZeroChannels{{0}}}), HasSubstr("one of embedder.block1.conv, "));
  EXPECT_THAT(message_of(network, {"", ZeroChannels{{0}}}), HasSubstr("no layer of that name"));
  EXPECT_USER_ERROR(edited_share(network, {{"embedder.fcc", ZeroChannels{{0}}}}),
                    "did you mean 'embedder.fc'?");
}

TEST(EditsThatDoNotFit, ChannelsThatAreNone) {
  const Network network = sample_network();
  for (const auto& channels :
       std::vector<std::vector<int64_t>>{{}, {4}, {-1}, {0, 0}, {1, 2, 1}, {INT64_MAX}, {INT64_MIN}}) {
    for (const decltype(Edit::change)& change : std::vector<decltype(Edit::change)>{
             ZeroChannels{channels}, ReplaceChannels{channels, torch::ones({4, 2, 2})},
             ResampleChannels{channels, sample_observations(network, 1)},
             ClampCells{channels, torch::zeros({1, 2}, torch::kInt64), 1, {}}})
      EXPECT_THAT(message_of(network, {kSampleTap, change}), HasSubstr("some of 0 to 3")) << change.index();
  }
}

TEST(EditsThatDoNotFit, TensorsThatDoNotFit) {
  const Network network = sample_network();
  for (const torch::Tensor& wrong :
       {torch::Tensor(), torch::ones({}), torch::ones({4}), torch::ones({2, 2, 4}), torch::ones({4, 2, 2, 1}),
        torch::ones({0, 4, 2, 2}), torch::ones({16})}) {
    for (const decltype(Edit::change)& change : std::vector<decltype(Edit::change)>{
             AddVector{wrong}, ReplaceChannels{{0}, wrong}, Interpolate{wrong}, MultiplyMask{wrong}})
      EXPECT_THAT(message_of(network, {kSampleTap, change}),
                  HasSubstr("[4, 2, 2], or [N, 4, 2, 2] for a batch of N"))
          << change.index();
  }
  for (const float bad : {NAN, INFINITY}) {
    EXPECT_THAT(message_of(network, {kSampleTap, AddVector{torch::full({4, 2, 2}, bad)}}),
                HasSubstr("its vector holds NaN"));
    EXPECT_THAT(message_of(network, {kSampleTap, AddVector{torch::ones({4, 2, 2}), bad}}),
                HasSubstr("its coefficient is"));
    EXPECT_THAT(message_of(network, {kSampleTap, Interpolate{torch::ones({4, 2, 2}), bad}}),
                HasSubstr("its amount is"));
  }
}

TEST(EditsThatDoNotFit, CellsThatAreNone) {
  const Network network = sample_network();
  const auto clamp = [&](const torch::Tensor& cells, double value = 1, std::optional<double> elsewhere = {}) {
    return message_of(network, {kSampleTap, ClampCells{{0, 2, 3}, cells, value, elsewhere}});
  };
  for (const torch::Tensor& wrong :
       {torch::Tensor(), torch::zeros({2}, torch::kInt64), torch::zeros({1, 3}, torch::kInt64),
        torch::zeros({1, 2, 2}, torch::kInt64), torch::zeros({0, 2}, torch::kInt64), torch::zeros({1, 2}),
        torch::zeros({1, 2}, torch::kInt32)})
    EXPECT_THAT(clamp(wrong), HasSubstr("[N, 2] or [N, 3, 2], row and column"));
  for (const auto& [row, column] : {std::pair{-1, 0}, {0, -1}, {2, 0}, {0, 2}})
    EXPECT_THAT(clamp(torch::tensor({{0, 0}, {row, column}}, torch::kInt64)),
                HasSubstr("the map has 2 rows and 2 columns"));
  const torch::Tensor good = torch::zeros({1, 3, 2}, torch::kInt64);
  EXPECT_NO_THROW(edited(network, {{kSampleTap, ClampCells{{0, 2, 3}, good, 1, {}}}}));
  EXPECT_THAT(clamp(good, NAN), HasSubstr("its value is nan"));
  EXPECT_THAT(clamp(good, 1, INFINITY), HasSubstr("its value elsewhere is inf"));
  EXPECT_THAT(
      message_of(network, {"embedder.fc", ClampCells{{0}, torch::zeros({1, 2}, torch::kInt64), 1, {}}}),
      HasSubstr("its layer has no cells"));
}

TEST(EditsThatDoNotFit, BatchesThatDoNotFit) {
  const Network network = sample_network();
  const torch::Tensor seen = sample_observations(network, 3);
  for (const torch::Tensor& wrong :
       {torch::Tensor(), seen.to(torch::kFloat32), seen.narrow(0, 0, 0), seen.narrow(2, 0, 5), seen[0][0]})
    EXPECT_THAT(message_of(network, {kSampleTap, ResampleChannels{{0}, wrong}}),
                HasSubstr("uint8 [3, 6, 5], or [N, 3, 6, 5] for a batch of N"));
  const std::vector<Edit> two = {{kSampleTap, AddVector{torch::ones({2, 4, 2, 2})}},
                                 {kSampleTap, ResampleChannels{{0}, seen.narrow(0, 0, 2)}},
                                 {kSampleTap, ClampCells{{0}, torch::zeros({2, 2}, torch::kInt64), 1, {}}}};
  const auto forward = [&](int items, const Edit& edit) {
    network.forward(sample_observations(network, items), edited(network, {edit}));
  };
  for (const Edit& edit : two) {
    EXPECT_USER_ERROR(forward(3, edit), "this batch has 3 items");
    EXPECT_NO_THROW(forward(2, edit));
  }
  EXPECT_USER_ERROR(edited_share(network, {two[0], {kSampleTap, ResampleChannels{{0}, seen}}}),
                    "for batches of 2 and of 3");
}

}  // namespace
}  // namespace mazescan::policy

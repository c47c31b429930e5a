#include "evaluator/rollout/played_edits.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include <numeric>

#include "evaluator/rollout/walk.h"
#include "storage/atomic_file.h"
#include "tests/envs/message_of.h"
#include "tests/evaluator/planted_network.h"
#include "tests/storage/temporary_folder.h"

// Tests edits, given as data, of the planted network, whose representation of the cheese is known.
namespace mazescan::rollout {
namespace {

using Planted = PlantedNetwork;
using testing::HasSubstr;

class PlayedEdits : public testing::Test {
 protected:
  // Selects mazes in which the top-right corner, with the cheese, is not on the path to another corner.
  PlayedEdits() {
    for (envs::MazeLevel level : planted_levels(planted().environment)) {
      level.cheese = {2, 2};
      if (on_path(level, level.cheese, envs::kStart, {0, 2}) ||
          on_path(level, level.cheese, envs::kStart, {2, 0}))
        continue;
      levels_.push_back(level);
    }
    for (const envs::MazeLevel& level : levels_) episodes_.push_back(initial_state(level));
    targets_.assign(episodes_.size(), {0, 2});
    all_ = static_cast<int>(episodes_.size());
  }
  static const policies::TrainedPolicy& planted() {
    static const policies::TrainedPolicy trained = planted_network();
    return trained;
  }
  static std::vector<policy::EditEntry> edits(const std::string& text) {
    return policy::parse_edits(text, "edits.yaml", [](const std::string&) { return formats::TensorFile{}; });
  }
  EditRule rule(const std::string& text) const {
    return played_edits(edits(text), planted(), episodes_, targets_);
  }
  // Returns the number of mazes in which the greedy walk ends on the goal.
  int arrived(const EditRule& rule, envs::Cell goal) const {
    const NetworkAgent agent(planted().policy.network, planted().environment, rule);
    PolicyCache cache(agent, episodes_);
    const auto walks = walk_to(cache, std::vector<envs::Cell>(episodes_.size(), goal),
                               ActionSelection::kGreedy, 30, 1, "test");
    int count = 0;
    for (const uint8_t reached : walks.reached) count += reached;
    return count;
  }
  std::string fault_of(const std::string& text) const {
    return message_of([&] { rule(text); });
  }

  std::vector<envs::MazeLevel> levels_;
  std::vector<envs::MazeState> episodes_;
  std::vector<envs::Cell> targets_;
  int all_ = 0;
};

constexpr const char* kClampAtTarget =
    "- {layer: embedder.block1.conv, kind: clamp_cells, channels: [5], cell: target, value: 1, elsewhere: 0}";
constexpr const char* kResampleAtTarget =
    "- {layer: embedder.block1.conv, kind: resample_channels, channels: [5], cheese: target}";

TEST_F(PlayedEdits, ACellOfTheMazeIsClamped) {
  ASSERT_GE(all_, 2);
  EXPECT_EQ(arrived(nullptr, {2, 2}), all_);
  EXPECT_EQ(arrived(rule(kClampAtTarget), {0, 2}), all_);
  EXPECT_EQ(arrived(rule("- {layer: embedder.block1.conv, kind: clamp_cells, channels: [5], cell: [2, 0], "
                         "value: 1, elsewhere: 0}"),
                    {2, 0}),
            all_);
  // Clamps the cheese's own cell, then a channel that is zero everywhere: nothing changes.
  EXPECT_EQ(arrived(rule("- {layer: embedder.block1.conv, kind: clamp_cells, channels: [5], cell: cheese, "
                         "value: 1, elsewhere: 0}"),
                    {2, 2}),
            all_);
  EXPECT_EQ(arrived(rule("- {layer: embedder.block1.conv, kind: clamp_cells, channels: [3], cell: target, "
                         "value: 0, elsewhere: 0}"),
                    {2, 2}),
            all_);
}

// The centre of the tensors is at the cell: the same edit as the clamp of the target's cell.
TEST_F(PlayedEdits, TensorsLieAroundACell) {
  torch::Tensor mask = torch::zeros({Planted::kChannels, 9, 9}), values = torch::zeros_like(mask);
  mask[Planted::kCheese].fill_(1);
  values[Planted::kCheese][4][4] = 1;
  const auto around = [&](policy::NamedCell cell) {
    policy::EditEntry entry;
    entry.layer = Planted::kTap;
    policy::SetAround set;
    set.cell = cell;
    set.mask = mask;
    set.values = values;
    entry.change = set;
    return std::vector<policy::EditEntry>{entry};
  };
  const EditRule clamp = rule(kClampAtTarget),
                 stencil =
                     played_edits(around({policy::NamedCell::Kind::kTarget}), planted(), episodes_, targets_);
  std::vector<int> numbers(episodes_.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  const policy::Network& network = planted().policy.network;
  const torch::Tensor output = torch::rand({all_, Planted::kChannels, 5, 5});
  const auto applied = [&](const EditRule& which) {
    return policy::edited(network, which(episodes_, numbers))(Planted::kTap, output);
  };
  EXPECT_TRUE(torch::equal(applied(clamp), applied(stencil)));
  EXPECT_FALSE(torch::equal(applied(clamp), applied(played_edits(around({policy::NamedCell::Kind::kCheese}),
                                                                 planted(), episodes_, targets_))));
  EXPECT_EQ(arrived(stencil, {0, 2}), all_);
  EXPECT_EQ(arrived(played_edits(around({policy::NamedCell::Kind::kFixed, 0, 2}), planted(), episodes_, {}),
                    {0, 2}),
            all_);
}

TEST_F(PlayedEdits, ChannelsSeeTheCheeseElsewhere) {
  EXPECT_EQ(arrived(rule(kResampleAtTarget), {0, 2}), all_);
  EXPECT_EQ(
      arrived(rule("- {layer: embedder.block1.conv, kind: resample_channels, channels: [0, 1, 2, 3, 4, 6, "
                   "7], cheese: target}"),
              {2, 2}),
      all_)
      << "no other channel sees it";
  EXPECT_LT(
      arrived(rule("- {layer: embedder.block1.conv, kind: resample_channels, channels: [5], cheese: random}"),
              {2, 2}),
      all_)
      << "random cells are not the cheese's";
}

TEST_F(PlayedEdits, EditsOfAllMazesAlike) {
  EXPECT_EQ(arrived(rule("- {layer: embedder.block1.conv, kind: zero_channels, channels: [5]}"), {2, 2}), 0);
  // The network observes two cheeses, so that the mouse waits.
  EXPECT_EQ(
      arrived(
          rule("- {layer: embedder.block1.conv, kind: clamp_cells, channels: [5], cell: target, value: 1}"),
          {0, 2}),
      0);
}

TEST_F(PlayedEdits, TheShareIsCounted) {
  const EditRule clamp = rule(kClampAtTarget);
  EXPECT_EQ(
      edited_share_text(planted().policy.network, clamp, episodes_),
      fmt::format(
          "25 activations: {:.3g} % of the edited layers, {:.3g} % of all layers, {:.3g} % of the network",
          100.0 / 8, 2500.0 / static_cast<double>(activations_of_taps(planted().policy.network)),
          2500.0 / Planted::kActivations));
  EXPECT_THAT(edited_share_text(planted().policy.network, rule(kResampleAtTarget), episodes_),
              testing::StartsWith("25 activations: "));
}

TEST_F(PlayedEdits, FilesNameTensorsBesideThem) {
  const TemporaryFolder folder;
  torch::Tensor mask = torch::ones({Planted::kChannels, 5, 5});
  mask[Planted::kCheese].zero_();
  storage::write_atomically(folder / "masks.safetensors",
                            formats::encode_safetensors({{{"blind", mask}}, {}}));
  storage::write_atomically(
      folder / "edits.yaml",
      "- {layer: embedder.block1.conv, kind: multiply_mask, mask: masks.safetensors#blind}\n");
  const EditRule blind = played_edits(read_edits(folder / "edits.yaml"), planted(), episodes_, targets_);
  EXPECT_EQ(arrived(blind, {2, 2}), 0);
  storage::write_atomically(
      folder / "edits.yaml",
      "- {layer: embedder.block1.conv, kind: multiply_mask, mask: mask.safetensors#blind}\n");
  EXPECT_THAT(message_of([&] { read_edits(folder / "edits.yaml"); }), HasSubstr("mask.safetensors"));
  EXPECT_THAT(message_of([&] { read_edits(folder / "none.yaml"); }), HasSubstr("none.yaml"));
}

TEST_F(PlayedEdits, FaultsHaveAPlace) {
  const auto with = [&](const std::string& rest) {
    return fault_of("- {layer: embedder.fc, kind: zero_channels, channels: [0]}\n- {layer: " + rest);
  };
  EXPECT_THAT(with("embedder.block1.con, kind: zero_channels, channels: [0]}"),
              testing::AllOf(HasSubstr("edits.yaml:2:3"), HasSubstr("did you mean 'embedder.block1.conv'?")));
  EXPECT_THAT(with("embedder.block1.conv, kind: zero_channels, channels: [8]}"),
              testing::AllOf(HasSubstr("edits.yaml:2:3"), HasSubstr("some of 0 to 7")));
  EXPECT_THAT(with("embedder.fc, kind: clamp_cells, channels: [0], cell: target, value: 1}"),
              testing::AllOf(HasSubstr("edits.yaml:2:3"), HasSubstr("no finding")));
  EXPECT_THAT(with("embedder.block1.conv, kind: clamp_cells, channels: [0], cell: [3, 0], value: 1}"),
              testing::AllOf(HasSubstr("edits.yaml:2:3"), HasSubstr("outside a maze of size 3")));
  EXPECT_THAT(with("embedder.block1.conv, kind: resample_channels, channels: [0], cheese: [1, 1]}"),
              testing::AllOf(HasSubstr("edits.yaml:2:3"), HasSubstr("a wall of level")));
  EXPECT_THAT(with("embedder.block1.conv, kind: add_vector, vector: [1, 2]}"),
              testing::AllOf(HasSubstr("edits.yaml:2:3"), HasSubstr("its vector has shape [2]")));
  EXPECT_THAT(message_of([&] { played_edits(edits(kClampAtTarget), planted(), episodes_, {}); }),
              HasSubstr("there is no target"));
  episodes_.back().cheese = envs::kNoCell;
  EXPECT_THAT(
      fault_of("- {layer: embedder.block1.conv, kind: clamp_cells, channels: [0], cell: cheese, value: 1}"),
      HasSubstr("there is no cheese in this maze"));
}

}  // namespace
}  // namespace mazescan::rollout

#include "evaluator/analyses/edit/apply.h"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <torch/types.h>

#include <regex>
#include <set>

#include "evaluator/analyses/edit/config.h"
#include "evaluator/analyses/edit/edit.h"
#include "evaluator/analyses/edit/scoring.h"
#include "evaluator/analyses/edit/stored_edit.h"
#include "evaluator/registry/registry.h"
#include "evaluator/rollout/played_edits.h"
#include "storage/atomic_file.h"
#include "tests/envs/message_of.h"
#include "tests/evaluator/planted_network.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::edit {
namespace {

using Planted = PlantedNetwork;
using testing::HasSubstr;

class ApplyEdits : public testing::Test {
 protected:
  ApplyEdits() {
    const policies::TrainedPolicy planted = planted_network();
    storage::write_atomically(
        folder_ / "policy.safetensors",
        policy::encode_policy(planted.policy.network, dump_config(planted.environment), "{}"));
    config_.run = folder_.path().string();
    config_.section<EditConfig>().device = "cpu";
    config_.section<EditConfig>().sizes = {Planted::kSize};
    config_.section<EditConfig>().experiments = {"top_left", "bottom_right"};
    config_.section<EditConfig>().score_levels = 40;
  }
  std::string applied(const std::string& text) const {
    storage::write_atomically(folder_ / "edits.yaml", text);
    return apply_edits(config_, folder_ / "edits.yaml");
  }

  const TemporaryFolder folder_;
  jobs::RunConfig config_ = registry::default_config();
};

TEST_F(ApplyEdits, PrintsEditsShareAndSuccess) {
  const std::string table = applied(
      "- {layer: embedder.block1.conv, kind: clamp_cells, channels: [5], cell: target, value: 1, elsewhere: "
      "0}\n");
  EXPECT_THAT(table, testing::StartsWith("- layer: embedder.block1.conv\n  kind: clamp_cells\n"));
  EXPECT_THAT(table, HasSubstr("changes 25 activations: 12.5 % of the edited layers"));
  // Without the edit, the mouse reaches the target only if it is on the path to the cheese.
  for (const char* experiment : {"top_left", "bottom_right"}) {
    const std::string rate = "([0-9.]+) % \\[([0-9.]+), ([0-9.]+)\\] *";
    const std::regex form(fmt::format("   3  {} +([0-9]+) +{}{}{}{}", experiment, rate, rate, rate, rate));
    std::smatch found;
    ASSERT_TRUE(std::regex_search(table, found, form)) << table;
    const auto number = [&](size_t group) { return std::stod(found[group]); };
    EXPECT_GT(number(1), 15);
    EXPECT_LT(number(1), 40) << "some are in the way";
    for (const size_t plain : {2, 8}) {  // sampled, greedy
      EXPECT_LT(number(plain), 80);
      EXPECT_LT(number(plain + 1), number(plain));
      EXPECT_GT(number(plain + 2), number(plain));
    }
    for (const size_t edited : {5, 11}) EXPECT_GE(number(edited), 98);
  }
}

// A stored edit, written to a file and read from it, gives the stored walks again, to the bit.
TEST_F(ApplyEdits, StoredEditsAreTheEditsThatWereScored) {
  config_.section<EditConfig>().layers = {Planted::kTap, "embedder.block1.maxpool"};
  config_.section<EditConfig>().fractions = {2.0 / Planted::kActivations, 25.0 / Planted::kActivations};
  config_.section<EditConfig>().search_levels = config_.section<EditConfig>().choosing_levels = 8;
  config_.section<EditConfig>().mask_steps = 6;
  config_.section<EditConfig>().refine = false;
  const policies::TrainedPolicy planted = planted_network();
  std::set<std::string> walks;
  for (const std::string& family : edit_families()) {
    datasets::ResultShard shard(datasets::kEdit, {Planted::kSize, edit_subject(kEveryCell, family), 0},
                                "key");
    edit_unit(config_, planted, shard);
    const auto result = datasets::read_columns<ExperimentResult>(shard);
    const EditScorer scorer(config_, planted, Planted::kSize, kEveryCell);
    size_t edits = 0;
    for (const EditRow& row : result.rows) {
      if (!row.facts.is_edit()) continue;
      ++edits;
      const rollout::Stencil stencil = stored_edit(*result.stored, *row.facts.stored);
      write_edit(*row.facts.tap, stencil, *row.facts.text, folder_ / "stored.yaml");
      const std::vector<policy::EditEntry> read = rollout::read_edits(folder_ / "stored.yaml");
      ASSERT_EQ(read.size(), 1U);
      const rollout::EditRule rule =
          rollout::played_edits(read, planted, scorer.episodes(), scorer.cases().targets());
      const EditRow again = scorer.score({}, rule);
      EXPECT_EQ(again.sampled.reached, row.sampled.reached) << *row.facts.text;
      EXPECT_EQ(again.sampled.steps, row.sampled.steps);
      EXPECT_EQ(again.greedy.reached, row.greedy.reached);
      EXPECT_EQ(again.greedy.steps, row.greedy.steps);
      EXPECT_EQ(again.log, row.log);
      walks.insert(fmt::format("{}", fmt::join(row.log, " ")));
    }
    EXPECT_EQ(edits, 2U) << family;
  }
  EXPECT_GE(walks.size(), 4U) << "the edits differ";
}

TEST_F(ApplyEdits, AStoredEditThatDoesNotFitIsAnError) {
  const policies::TrainedPolicy planted = planted_network();
  const rollout::TargetMap map(planted.environment, planted.policy.network, Planted::kTap);
  std::vector<int64_t> shape = map.offsets();
  const torch::Tensor mask = torch::rand(shape) > 0.5;
  shape.insert(shape.begin(), map.phases());
  StoredEdits stored;
  for (const bool adds : {true, false}) store_edit(map, {adds, mask, torch::rand(shape) * mask}, stored);
  for (const bool adds : {true, false}) EXPECT_EQ(stored_edit(stored, adds ? 0 : 1).adds, adds);
  EXPECT_TRUE(torch::equal(stored_edit(stored, 1).mask, mask));
  EXPECT_THAT(message_of([&] { stored_edit(stored, 2); }), HasSubstr("no such stored edit"));
  stored.values.pop_back();
  EXPECT_THAT(message_of([&] { stored_edit(stored, 1); }), HasSubstr("incomplete"));
  stored.values.push_back(0);
  stored.offsets.back() = 8 * 9 * 9;
  EXPECT_THAT(message_of([&] { stored_edit(stored, 1); }), HasSubstr("outside of its layer"));
  // A tensor of another layer does not fit.
  write_edit(Planted::kTap, {true, torch::ones({1, 3, 3}, torch::kBool), torch::ones({1, 1, 3, 3})}, "",
             folder_ / "edits.yaml");
  EXPECT_THAT(message_of([&] { apply_edits(config_, folder_ / "edits.yaml"); }),
              testing::AllOf(HasSubstr("edits.yaml:2:3"), HasSubstr("[8, 9, 9], or [1, 8, 9, 9]")));
  EXPECT_THAT(message_of([&] { write_edit(Planted::kTap, {}, "", folder_ / "edits.safetensors"); }),
              HasSubstr("a name that ends in .yaml"));
}

TEST_F(ApplyEdits, FaultsAreTheUsers) {
  const std::string good = "- {layer: embedder.fc, kind: zero_channels, channels: [0]}\n";
  EXPECT_THAT(message_of([&] { applied("- {layer: embedder.fcc, kind: zero_channels, channels: [0]}\n"); }),
              HasSubstr("edits.yaml:1:3"));
  config_.section<EditConfig>().sizes = {7};
  EXPECT_THAT(message_of([&] { applied(good); }), HasSubstr("'edit.sizes' holds 7"));
  config_.section<EditConfig>().policy = (folder_ / "none.safetensors").string();
  EXPECT_THAT(message_of([&] { applied(good); }), HasSubstr("none.safetensors"));
}

}  // namespace
}  // namespace mazescan::edit

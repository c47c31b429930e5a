#include "evaluator/analyses/edit/apply.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <regex>

#include "evaluator/analyses/edit/config.h"
#include "evaluator/registry/registry.h"
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

#include "policy/edit_file.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include "tests/envs/message_of.h"

namespace mazescan::policy {
namespace {

using testing::HasSubstr;

formats::TensorFile masks() {
  return {{{"hide_cheese", torch::ones({2, 2, 2})}, {"vector", torch::arange(3).to(torch::kFloat32)}}, {}};
}

std::vector<EditEntry> parsed(const std::string& text) {
  return parse_edits(text, "edits.yaml", [](const std::string& file) {
    require(file == "masks.safetensors", lazy("{}: no such file", file), "it is not there", "another");
    return masks();
  });
}

std::string fault_of(const std::string& text) {
  return message_of([&] { parsed(text); });
}

constexpr const char* kAllKinds = R"(- layer: embedder.fc
  kind: add_vector
  vector: [0.5, -1, 1e-07]
  coefficient: -2
- layer: embedder.block1.conv
  kind: clamp_cells
  channels: [3, 0]
  cell: target
  value: 5.5
  elsewhere: 0
- layer: embedder.block1.conv
  kind: clamp_cells
  channels: [7]
  cell: [4, 0]
  value: -0.25
- layer: embedder.fc
  kind: zero_channels
  channels: [1, 2]
- layer: embedder.block1.conv
  kind: replace_channels
  channels: [1]
  activations: [[[1, 2], [3, 4]], [[5, 6], [7, 8.25]]]
- layer: embedder.block1.conv
  kind: resample_channels
  channels: [5]
  cheese: random
- layer: embedder.fc
  kind: interpolate
  activations: "masks.safetensors#vector"
  amount: 0.25
- layer: embedder.block1.conv
  kind: multiply_mask
  mask: "masks.safetensors#hide_cheese"
- layer: embedder.fc
  kind: set_activations
  mask: [1, 0, 1]
  values: "masks.safetensors#vector"
- layer: embedder.block1.conv
  kind: add_around
  cell: target
  vector: [[[0, 1, 0]]]
  coefficient: 0.5
- layer: embedder.block1.conv
  kind: set_around
  cell: cheese
  mask: [[[0, 1, 0]]]
  values: [[[[0, 7, 0]]]]
)";

template <class T>
const T& change(const EditEntry& entry) {
  return std::get<T>(entry.change);
}

TEST(EditFile, HoldsEveryKind) {
  const std::vector<EditEntry> edits = parsed(kAllKinds);
  ASSERT_EQ(edits.size(), 11U);
  EXPECT_EQ(edits[0].layer, "embedder.fc");
  EXPECT_EQ(edits[0].place, "edits.yaml:1:3");
  EXPECT_TRUE(torch::equal(change<AddVector>(edits[0]).vector, torch::tensor({0.5F, -1.0F, 1e-7F})));
  EXPECT_EQ(change<AddVector>(edits[0]).coefficient, -2);
  const auto& clamp = change<ClampNamedCell>(edits[1]);
  EXPECT_EQ(clamp.channels, (std::vector<int64_t>{3, 0}));
  EXPECT_EQ(clamp.cell.kind, NamedCell::Kind::kTarget);
  EXPECT_EQ(clamp.value, 5.5);
  EXPECT_EQ(clamp.elsewhere, 0);
  const auto& fixed = change<ClampNamedCell>(edits[2]);
  EXPECT_EQ(fixed.cell.kind, NamedCell::Kind::kFixed);
  EXPECT_EQ(fixed.cell.x, 4);
  EXPECT_EQ(fixed.cell.y, 0);
  EXPECT_FALSE(fixed.elsewhere.has_value());
  EXPECT_EQ(change<ZeroChannels>(edits[3]).channels, (std::vector<int64_t>{1, 2}));
  const torch::Tensor activations = change<ReplaceChannels>(edits[4]).activations;
  EXPECT_EQ(activations.sizes(), at::IntArrayRef({2, 2, 2}));
  EXPECT_EQ(activations[0][1][0].item<float>(), 3);
  EXPECT_EQ(activations[1][1][1].item<float>(), 8.25);
  EXPECT_EQ(change<ResampleCheese>(edits[5]).cheese.kind, NamedCell::Kind::kRandom);
  EXPECT_TRUE(torch::equal(change<Interpolate>(edits[6]).activations, masks().tensors.at("vector")));
  EXPECT_EQ(change<Interpolate>(edits[6]).amount, 0.25);
  EXPECT_TRUE(torch::equal(change<MultiplyMask>(edits[7]).mask, masks().tensors.at("hide_cheese")));
  EXPECT_EQ(change<SetActivations>(edits[8]).mask.sum().item<float>(), 2);
  EXPECT_EQ(change<AddAround>(edits[9]).cell.kind, NamedCell::Kind::kTarget);
  EXPECT_EQ(change<AddAround>(edits[9]).vector.sizes(), at::IntArrayRef({1, 1, 3}));
  EXPECT_EQ(change<AddAround>(edits[9]).coefficient, 0.5);
  EXPECT_EQ(change<SetAround>(edits[10]).cell.kind, NamedCell::Kind::kCheese);
  EXPECT_EQ(change<SetAround>(edits[10]).mask.sizes(), at::IntArrayRef({1, 1, 3}));
  EXPECT_EQ(change<SetAround>(edits[10]).values.sum().item<float>(), 7);
  // The edits include every kind.
  EXPECT_EQ(edit_kinds().size(), 10U);
  for (const std::string& kind : edit_kinds()) EXPECT_THAT(kAllKinds, HasSubstr("kind: " + kind + "\n"));
}

TEST(EditFile, IsWrittenAsItWasRead) {
  EXPECT_EQ(dump_edits(parsed(kAllKinds)), kAllKinds);
  const std::string odd = dump_edits(parsed("[{kind: add_vector, layer: '# odd', vector: [[1, 0.1]]}]"));
  EXPECT_EQ(odd, "- layer: \"# odd\"\n  kind: add_vector\n  vector: [[1, 0.1]]\n  coefficient: 1\n");
  EXPECT_EQ(dump_edits(parsed(odd)), odd);
}

TEST(EditFile, FaultsHaveAPlace) {
  const auto with = [](const std::string& change) { return fault_of("- layer: embedder.fc\n  " + change); };
  EXPECT_THAT(fault_of("- kind: zero_channels"), HasSubstr("edits.yaml:1:3: 'layer' is missing"));
  EXPECT_THAT(with("chanels: [1]"), HasSubstr("'kind' is missing"));
  EXPECT_THAT(with("kind: zero_chanels"), HasSubstr("edits.yaml:2:9"));
  EXPECT_THAT(with("kind: zero_chanels"), HasSubstr("did you mean 'zero_channels'?"));
  EXPECT_THAT(with("kind: x"), HasSubstr("one of add_vector, clamp_cells, "));
  EXPECT_THAT(with("kind: zero_channels\n  chanels: [1]"), HasSubstr("did you mean 'channels'?"));
  EXPECT_THAT(with("kind: zero_channels\n  channels: [1]\n  channels: [2]"), HasSubstr("edits.yaml:4:3"));
  EXPECT_THAT(with("kind: zero_channels"), HasSubstr("edits.yaml:1:3: 'channels' is missing"));
  EXPECT_THAT(with("kind: zero_channels\n  channels: 3"), HasSubstr("edits.yaml:3:13"));
  EXPECT_THAT(with("kind: zero_channels\n  channels: [a]"), HasSubstr("edits.yaml:3:14"));
  EXPECT_THAT(with("kind: zero_channels\n  channels: [1]\n  value: 1"), HasSubstr("unknown key '[0].value'"));
  const std::string clamp = "kind: clamp_cells\n  channels: [1]\n  value: 1\n  cell: ";
  for (const char* cell : {"Target", "[1]", "[1, 2, 3]", "[-1, 0]", "[a, b]", "{}"})
    EXPECT_THAT(with(clamp + cell), HasSubstr("edits.yaml:5:")) << cell;
  EXPECT_THAT(with(clamp + "middle"), HasSubstr("target, cheese, random or [x, y]"));
  EXPECT_THAT(with("kind: clamp_cells\n  channels: [1]\n  cell: target"), HasSubstr("'value' is missing"));
  const std::string add = "kind: add_vector\n  vector: ";
  EXPECT_THAT(with(add + "[1, [2]]"), HasSubstr("edits.yaml:3:15"));
  EXPECT_THAT(with(add + "[[1, 2], [3]]"), HasSubstr("lists of equal lengths"));
  EXPECT_THAT(with(add + "[]"), HasSubstr("the list is empty"));
  EXPECT_THAT(with(add + "[1, .nan]"), HasSubstr("expected a number"));
  EXPECT_THAT(with(add + "[[[[[1]]]]]"), HasSubstr("nested too deeply"));
  EXPECT_THAT(with(add + "1"), HasSubstr("masks.safetensors#name"));
  EXPECT_THAT(with(add + "masks.safetensors"), HasSubstr("masks.safetensors#name"));
  EXPECT_THAT(with(add + "../masks.safetensors#vector"), HasSubstr("in the same folder"));
  EXPECT_THAT(with(add + "masks.safetensors#vectr"), HasSubstr("did you mean 'vector'?"));
  EXPECT_THAT(with(add + "other.safetensors#vector"), HasSubstr("other.safetensors: no such file"));
  for (const char* text : {"", "[]", "edits", "{layer: x}", "- 3", "- [1]"})
    EXPECT_THAT(fault_of(text), HasSubstr("edits.yaml")) << text;
}

}  // namespace
}  // namespace mazescan::policy

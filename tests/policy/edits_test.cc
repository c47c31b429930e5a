#include "policy/edits.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include "tests/policy/naive_network.h"
#include "tests/policy/sample_network.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Pointwise;
using Values = std::vector<double>;

constexpr int kBatch = 3;

// Of the sample network, [4, 2, 2]; the one before it is [3, 3, 3].
const char* const kTap = "embedder.block2.res1.resadd";

torch::Tensor numbers(std::vector<int64_t> shape, uint64_t seed) {
  RandomStream random(seed, "numbers");
  torch::Tensor out = torch::empty(shape);
  for (int64_t i = 0; i < out.numel(); ++i) out.data_ptr<float>()[i] = random.uniform() - 0.5F;
  return out;
}

std::vector<int64_t> with_batch(std::vector<int64_t> shape) {
  shape.insert(shape.begin(), kBatch);
  return shape;
}

const Network::Tap& tap_of(const Network& network, const std::string& name) {
  for (const auto& tap : network.taps())
    if (tap.name == name) return tap;
  throw InternalError("no such tap");
}

// Taps and outputs of a forward pass with edits.
struct Pass {
  Network::Output output;
  std::map<std::string, torch::Tensor> taps;
};
Pass run(const Network& network, const torch::Tensor& observations, const std::vector<Edit>& edits) {
  Pass pass;
  const TapFunction edit = edited(network, edits);
  pass.output = network.forward(observations, [&](const std::string& name, torch::Tensor output) {
    return pass.taps[name] = edit(name, std::move(output));
  });
  return pass;
}

// What an edit makes of one item's output: values in C, H, W order.
using Rule = std::function<void(int item, Values& values)>;
struct Kind {
  std::string name;
  std::function<Edit(const Network::Tap&)> make;
  std::function<Rule(const Network::Tap&, const std::vector<Values>& before)> rule;  // before: of all items
};

std::vector<Kind> kinds() {
  const auto shape_of = [](const Network::Tap& tap) {
    int64_t cells = 1;
    for (size_t i = 1; i < tap.shape.size(); ++i) cells *= tap.shape[i];
    return std::pair{tap.shape[0], cells};
  };
  const auto last = [](const Network::Tap& tap) { return tap.shape[0] - 1; };
  const auto fill = [=](const Network::Tap& tap, Values& values, const std::function<double(size_t)>& value) {
    const auto [channels, cells] = shape_of(tap);
    for (int64_t i = (channels - 1) * cells; i < channels * cells; ++i) values[i] = value(i);
  };
  std::vector<Kind> out;
  out.push_back({"add",
                 [](const Network::Tap& tap) {
                   return Edit{tap.name, AddVector{numbers(tap.shape, 1), -2}};
                 },
                 [](const Network::Tap& tap, const auto&) {
                   return [v = to_doubles(numbers(tap.shape, 1).flatten())](int, Values& values) {
                     for (size_t i = 0; i < values.size(); ++i) values[i] -= 2 * v[i];
                   };
                 }});
  out.push_back({"add to each",
                 [](const Network::Tap& tap) {
                   return Edit{tap.name, AddVector{numbers(with_batch(tap.shape), 2)}};
                 },
                 [](const Network::Tap& tap, const auto&) {
                   return [all = numbers(with_batch(tap.shape), 2)](int item, Values& values) {
                     const Values v = to_doubles(all[item].flatten());
                     for (size_t i = 0; i < values.size(); ++i) values[i] += v[i];
                   };
                 }});
  out.push_back({"zero",
                 [=](const Network::Tap& tap) {
                   return Edit{tap.name, ZeroChannels{{last(tap)}}};
                 },
                 [=](const Network::Tap& tap, const auto&) {
                   return [=](int, Values& values) { fill(tap, values, [](size_t) { return 0.0; }); };
                 }});
  out.push_back({"replace",
                 [=](const Network::Tap& tap) {
                   return Edit{tap.name, ReplaceChannels{{last(tap)}, numbers(tap.shape, 3)}};
                 },
                 [=](const Network::Tap& tap, const auto&) {
                   return [=, v = to_doubles(numbers(tap.shape, 3).flatten())](int, Values& values) {
                     fill(tap, values, [&](size_t i) { return v[i]; });
                   };
                 }});
  out.push_back({"replace for each",
                 [=](const Network::Tap& tap) {
                   return Edit{tap.name, ReplaceChannels{{last(tap)}, numbers(with_batch(tap.shape), 4)}};
                 },
                 [=](const Network::Tap& tap, const auto&) {
                   return [=, all = numbers(with_batch(tap.shape), 4)](int item, Values& values) {
                     const Values v = to_doubles(all[item].flatten());
                     fill(tap, values, [&](size_t i) { return v[i]; });
                   };
                 }});
  out.push_back({"resample",
                 [=](const Network::Tap& tap) {
                   return Edit{tap.name, ResampleChannels{{last(tap)}, {2, 2, 0}}};
                 },
                 [=](const Network::Tap& tap, const std::vector<Values>& before) {
                   return [=](int item, Values& values) {
                     const Values& from = before[std::array{2, 2, 0}[item]];
                     fill(tap, values, [&](size_t i) { return from[i]; });
                   };
                 }});
  out.push_back({"interpolate",
                 [](const Network::Tap& tap) {
                   return Edit{tap.name, Interpolate{numbers(tap.shape, 5), 0.25}};
                 },
                 [](const Network::Tap& tap, const auto&) {
                   return [v = to_doubles(numbers(tap.shape, 5).flatten())](int, Values& values) {
                     for (size_t i = 0; i < values.size(); ++i) values[i] = 0.75 * values[i] + 0.25 * v[i];
                   };
                 }});
  out.push_back({"mask",
                 [](const Network::Tap& tap) {
                   return Edit{tap.name, MultiplyMask{numbers(tap.shape, 6)}};
                 },
                 [](const Network::Tap& tap, const auto&) {
                   return [v = to_doubles(numbers(tap.shape, 6).flatten())](int, Values& values) {
                     for (size_t i = 0; i < values.size(); ++i) values[i] *= v[i];
                   };
                 }});
  for (const bool each : {false, true}) {  // item has its own mask
    const auto sets = [=](const Network::Tap& tap) {
      return numbers(each ? with_batch(tap.shape) : tap.shape, 7) > 0.1;
    };
    out.push_back({each ? "set for each" : "set",
                   [=](const Network::Tap& tap) {
                     return Edit{tap.name, SetActivations{sets(tap), numbers(with_batch(tap.shape), 8)}};
                   },
                   [=](const Network::Tap& tap, const auto&) {
                     return [mask = sets(tap), all = numbers(with_batch(tap.shape), 8), each](
                                int item, Values& values) {
                       const Values is_set =
                           to_doubles((each ? mask[item] : mask).to(torch::kFloat32).flatten());
                       const Values v = to_doubles(all[item].flatten());
                       for (size_t i = 0; i < values.size(); ++i)
                         if (is_set[i] != 0) values[i] = v[i];
                     };
                   }});
  }
  for (const bool elsewhere : {false, true}) {
    for (const bool each : {false, true}) {  // channel has its own cell
      const auto cell = [=](const Network::Tap& tap, int item, int channel) {
        const int64_t spread = each ? channel : 0;
        return std::pair{(item + spread) % tap.shape[1], (2 * item + spread) % tap.shape[2]};
      };
      out.push_back(
          {fmt::format("clamp{}{}", elsewhere ? ", elsewhere" : "", each ? ", a cell a channel" : ""),
           [=](const Network::Tap& tap) {
             torch::Tensor cells = torch::empty({kBatch, 2, 2}, torch::kInt64);
             for (int n = 0; n < kBatch; ++n)
               for (int k = 0; k < 2; ++k) {
                 cells[n][k][0] = cell(tap, n, k).first;
                 cells[n][k][1] = cell(tap, n, k).second;
               }
             if (!each) cells = cells.select(1, 0);
             ClampCells clamp{{last(tap), 0}, cells, 5.5, {}};
             if (elsewhere) clamp.elsewhere = -0.25;
             return Edit{tap.name, clamp};
           },
           [=](const Network::Tap& tap, const auto&) {
             return [=](int item, Values& values) {
               const int64_t plane = tap.shape[1] * tap.shape[2];
               for (const int k : {0, 1}) {
                 const int64_t begin = (k == 0 ? last(tap) : 0) * plane;
                 const auto [row, column] = cell(tap, item, k);
                 for (int64_t i = 0; i < plane && elsewhere; ++i) values[begin + i] = -0.25;
                 values[begin + row * tap.shape[2] + column] = 5.5;
               }
             };
           }});
    }
  }
  return out;
}

// On every tap, against the network in plain loops, which is edited by the rule written down above.
TEST(Edits, EveryKindOnEveryTap) {
  const Network network = sample_network();
  const NaiveNetwork naive(network);
  const torch::Tensor observations = sample_observations(network, kBatch);
  const torch::NoGradGuard no_grad;
  const Pass before = run(network, observations, {});
  for (const Kind& kind : kinds()) {
    for (const auto& tap : network.taps()) {
      if (kind.name.rfind("clamp", 0) == 0 && tap.shape.size() == 1) continue;
      SCOPED_TRACE(kind.name + " of " + tap.name);
      const Pass pass = run(network, observations, {kind.make(tap)});
      std::vector<Values> outputs;
      for (int n = 0; n < kBatch; ++n) outputs.push_back(to_doubles(before.taps.at(tap.name)[n].flatten()));
      const Rule rule = kind.rule(tap, outputs);
      for (int n = 0; n < kBatch; ++n) {
        Values at_tap = outputs[n];
        rule(n, at_tap);
        EXPECT_THAT(to_doubles(pass.taps.at(tap.name)[n].flatten()), Pointwise(DoubleNear(1e-3), at_tap));
        const auto expected =
            naive.forward(to_doubles(observations[n]), [&](const std::string& name, Values& values) {
              if (name == tap.name) rule(n, values);
            });
        EXPECT_THAT(to_doubles(pass.output.logits[n]), Pointwise(DoubleNear(1e-3), expected.logits));
        EXPECT_NEAR(pass.output.value[n].item<double>(), expected.value, 1e-3);
      }
    }
  }
}

TEST(Edits, EveryTapOfThePublishedNetworkCanBeEdited) {
  const Network network({{16, 32, 32}, 2, 256, "relu"}, {3, 64, 64, 1 / 255.0, 15});
  ASSERT_EQ(network.taps().size(), 42U);
  const torch::Tensor observations = sample_observations(network, 2);
  const torch::NoGradGuard no_grad;
  for (const auto& tap : network.taps()) {
    const Pass pass = run(network, observations, {{tap.name, ZeroChannels{{0}}}});
    EXPECT_EQ(pass.taps.at(tap.name).select(1, 0).abs().max().item<float>(), 0) << tap.name;
  }
}

TEST(Edits, OfOneTapAreMadeInOrderAndOthersToo) {
  const Network network = sample_network();
  const torch::Tensor observations = sample_observations(network, kBatch);
  const torch::NoGradGuard no_grad;
  const torch::Tensor ones = torch::ones({4, 2, 2});
  const Pass plain = run(network, observations, {});
  const Pass pass =
      run(network, observations,
          {{kTap, AddVector{ones}}, {kTap, MultiplyMask{2 * ones}}, {"embedder.fc", ZeroChannels{{1}}}});
  EXPECT_TRUE(torch::allclose(pass.taps.at(kTap), 2 * (plain.taps.at(kTap) + 1)));
  EXPECT_EQ(pass.taps.at("embedder.fc").select(1, 1).abs().max().item<float>(), 0);
  EXPECT_NE(pass.taps.at("embedder.fc").select(1, 0).abs().max().item<float>(), 0);
  const Pass other = run(network, observations, {{kTap, MultiplyMask{2 * ones}}, {kTap, AddVector{ones}}});
  EXPECT_TRUE(torch::allclose(other.taps.at(kTap), 2 * plain.taps.at(kTap) + 1));
}

TEST(Edits, NothingChangedIsTheSameToTheBit) {
  const Network network = sample_network();
  const torch::Tensor observations = sample_observations(network, kBatch);
  const torch::NoGradGuard no_grad;
  const torch::Tensor logits = network.forward(observations).logits;
  const torch::Tensor values = numbers({4, 2, 2}, 1);
  for (const auto& change : std::vector<decltype(Edit::change)>{
           AddVector{values, 0}, MultiplyMask{torch::ones({4, 2, 2})}, Interpolate{values, 0},
           ResampleChannels{{0, 1, 2, 3}, {0, 1, 2}}}) {
    EXPECT_TRUE(torch::equal(run(network, observations, {{kTap, change}}).output.logits, logits))
        << change.index();
  }
  EXPECT_EQ(edited_share(network, {{kTap, AddVector{values, 0}}}).activations, 0);
  EXPECT_EQ(edited_share(network, {{kTap, MultiplyMask{torch::ones({4, 2, 2})}}}).activations, 0);
  EXPECT_EQ(edited_share(network, {{kTap, Interpolate{values, 0}}}).activations, 0);
  EXPECT_EQ(edited_share(network, {}).of_layers, 0);
  EXPECT_TRUE(
      torch::equal(run(network, observations, {{kTap, Interpolate{values, 1}}}).taps.at(kTap)[1], values));
}

// The outputs given to an edit stay as they are: whoever recorded them before keeps them.
TEST(Edits, OutputsAreNotChangedInPlace) {
  const Network network = sample_network();
  const Network::Tap& tap = tap_of(network, kTap);
  for (const Kind& kind : kinds()) {
    const torch::Tensor output = numbers(with_batch(tap.shape), 9), copy = output.clone();
    const torch::Tensor after = edited(network, {kind.make(tap)})(kTap, output);
    EXPECT_TRUE(torch::equal(output, copy)) << kind.name;
    EXPECT_FALSE(torch::equal(after, copy)) << kind.name;
    EXPECT_EQ(after.scalar_type(), torch::kFloat32) << kind.name;
  }
}

TEST(Edits, GradientsPassToAMaskAndThroughEdits) {
  const Network network = sample_network();
  const torch::Tensor mask = torch::ones({4, 2, 2}).requires_grad_();
  const Pass pass = run(network, sample_observations(network, kBatch),
                        {{kTap, MultiplyMask{mask}}, {"embedder.block1.conv", ZeroChannels{{1}}}});
  pass.output.logits.sum().backward();
  ASSERT_TRUE(mask.grad().defined());
  EXPECT_GT(mask.grad().abs().max().item<float>(), 0);
  EXPECT_EQ(network.parameter(0).grad()[1].abs().max().item<float>(), 0)
      << "nothing comes of a channel set to zero";
  EXPECT_GT(network.parameter(0).grad()[0].abs().max().item<float>(), 0);
}

// By hand. Observations are 6 x 5, channels 3 and 4, one residual block, fc 6, 4 actions:
//   block 1: conv 3x6x5 = 90, maxpool 3x3x3 = 27, relu1 conv1 relu2 conv2 resadd 27 each
//   block 2: conv 4x3x3 = 36, maxpool 4x2x2 = 16, five of 16; relu2 16, flatten 16, fc 6, relufc 6, 4, 1
constexpr double kOfTaps = 90 + 6 * 27 + 36 + 6 * 16 + 16 + 16 + 6 + 6 + 4 + 1;
constexpr double kOfNetwork = 90 + 27 + 3 * 27 + 36 + 16 + 3 * 16 + 6 + 4 + 1;

TEST(Edits, SharesAreTheHandCounts) {
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
      {ResampleChannels{{0, 3}, {1, 0}}, 8},
      {Interpolate{vector, 0.5}, 16},
      {MultiplyMask{1 - vector}, 1},
  };
  for (const auto& [change, count] : counts) {
    const EditedShare share = edited_share(network, {{kTap, change}});
    EXPECT_EQ(share.activations, count) << change.index();
    EXPECT_DOUBLE_EQ(share.of_layers, count / 16) << change.index();
    EXPECT_DOUBLE_EQ(share.of_taps, count / kOfTaps) << change.index();
    EXPECT_DOUBLE_EQ(share.of_network, count / kOfNetwork) << change.index();
  }
}

TEST(Edits, WhatIsChangedTwiceCountsOnce) {
  const Network network = sample_network();
  const torch::Tensor cells = torch::tensor({0, 0, 1, 1}).view({2, 2});
  const EditedShare share = edited_share(network, {{kTap, ZeroChannels{{0, 1}}},
                                                   {kTap, ClampCells{{1, 2}, cells, 7, {}}},
                                                   {"embedder.fc", ZeroChannels{{5}}}});
  EXPECT_EQ(share.activations, 8 + 1 + 1);
  EXPECT_DOUBLE_EQ(share.of_layers, 10.0 / (16 + 6));
  EXPECT_DOUBLE_EQ(share.of_network, 10.0 / kOfNetwork);
}

TEST(Edits, OfThePublishedNetworkSharesAreSmall) {
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

std::string message(const Network& network, const Edit& edit) {
  return user_error([&] { edited(network, {edit}); });
}

TEST(Edits, TapsThatDoNotExist) {
  const Network network = sample_network();
  const std::string told = message(network, {"embedder.block2.res1.resad", ZeroChannels{{0}}});
  EXPECT_THAT(told, HasSubstr("an edit of 'embedder.block2.res1.resad'"));
  EXPECT_THAT(told, HasSubstr("did you mean 'embedder.block2.res1.resadd'?"));
  EXPECT_THAT(message(network, {"x", ZeroChannels{{0}}}), HasSubstr("one of embedder.block1.conv, "));
  EXPECT_THAT(message(network, {"", ZeroChannels{{0}}}), HasSubstr("no layer of that name"));
  EXPECT_USER_ERROR(edited_share(network, {{"embedder.fcc", ZeroChannels{{0}}}}),
                    "did you mean 'embedder.fc'?");
}

TEST(Edits, ChannelsThatAreNone) {
  const Network network = sample_network();
  for (const auto& channels :
       std::vector<std::vector<int64_t>>{{}, {4}, {-1}, {0, 0}, {1, 2, 1}, {INT64_MAX}, {INT64_MIN}}) {
    for (const decltype(Edit::change)& change : std::vector<decltype(Edit::change)>{
             ZeroChannels{channels}, ReplaceChannels{channels, torch::ones({4, 2, 2})},
             ResampleChannels{channels, {0}},
             ClampCells{channels, torch::zeros({1, 2}, torch::kInt64), 1, {}}})
      EXPECT_THAT(message(network, {kTap, change}), HasSubstr("some of 0 to 3")) << change.index();
  }
}

TEST(Edits, TensorsThatDoNotFit) {
  const Network network = sample_network();
  for (const torch::Tensor& wrong :
       {torch::Tensor(), torch::ones({}), torch::ones({4}), torch::ones({2, 2, 4}), torch::ones({4, 2, 2, 1}),
        torch::ones({0, 4, 2, 2}), torch::ones({16})}) {
    for (const decltype(Edit::change)& change : std::vector<decltype(Edit::change)>{
             AddVector{wrong}, ReplaceChannels{{0}, wrong}, Interpolate{wrong}, MultiplyMask{wrong}})
      EXPECT_THAT(message(network, {kTap, change}), HasSubstr("[4, 2, 2], or [N, 4, 2, 2] for a batch of N"))
          << change.index();
  }
  for (const float bad : {NAN, INFINITY}) {
    EXPECT_THAT(message(network, {kTap, AddVector{torch::full({4, 2, 2}, bad)}}),
                HasSubstr("its vector holds NaN"));
    EXPECT_THAT(message(network, {kTap, AddVector{torch::ones({4, 2, 2}), bad}}),
                HasSubstr("its coefficient is"));
    EXPECT_THAT(message(network, {kTap, Interpolate{torch::ones({4, 2, 2}), bad}}),
                HasSubstr("its amount is"));
  }
}

TEST(Edits, CellsThatAreNone) {
  const Network network = sample_network();
  const auto clamp = [&](const torch::Tensor& cells, double value = 1, std::optional<double> elsewhere = {}) {
    return message(network, {kTap, ClampCells{{0, 2, 3}, cells, value, elsewhere}});
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
  EXPECT_NO_THROW(edited(network, {{kTap, ClampCells{{0, 2, 3}, good, 1, {}}}}));
  EXPECT_THAT(clamp(good, NAN), HasSubstr("its value is nan"));
  EXPECT_THAT(clamp(good, 1, INFINITY), HasSubstr("its value elsewhere is inf"));
  EXPECT_THAT(message(network, {"embedder.fc", ClampCells{{0}, torch::zeros({1, 2}, torch::kInt64), 1, {}}}),
              HasSubstr("its layer has no cells"));
}

TEST(Edits, BatchesThatDoNotFit) {
  const Network network = sample_network();
  for (const auto& items : std::vector<std::vector<int64_t>>{{}, {1}, {0, 2}, {-1, 0}})
    EXPECT_THAT(message(network, {kTap, ResampleChannels{{0}, items}}), HasSubstr("N numbers from 0 to N-1"));
  const std::vector<Edit> two = {{kTap, AddVector{torch::ones({2, 4, 2, 2})}},
                                 {kTap, ResampleChannels{{0}, {1, 0}}},
                                 {kTap, ClampCells{{0}, torch::zeros({2, 2}, torch::kInt64), 1, {}}}};
  for (const Edit& edit : two) {
    EXPECT_USER_ERROR(run(network, sample_observations(network, 3), {edit}), "this batch has 3 items");
    EXPECT_NO_THROW(run(network, sample_observations(network, 2), {edit}));
  }
  EXPECT_USER_ERROR(edited_share(network, {two[0], {kTap, ResampleChannels{{0}, {1, 0, 2}}}}),
                    "for batches of 2 and of 3");
}

}  // namespace
}  // namespace mazescan

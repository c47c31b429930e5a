#include "policy/edits.h"

#include <gmock/gmock.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "tests/policy/naive_network.h"
#include "tests/policy/sample_network.h"

namespace mazescan::policy {
namespace {

using testing::DoubleNear;
using testing::Pointwise;
using Values = std::vector<double>;

constexpr int kBatch = 3;

torch::Tensor numbers(const std::vector<int64_t>& shape, uint64_t seed) {
  RandomStream random(seed, "numbers");
  torch::Tensor out = torch::empty(shape);
  for (int64_t i = 0; i < out.numel(); ++i) out.data_ptr<float>()[i] = random.uniform() - 0.5F;
  return out;
}

std::vector<int64_t> with_batch(std::vector<int64_t> shape) {
  shape.insert(shape.begin(), kBatch);
  return shape;
}

const LayerSpec& tap_of(const Network& network, const std::string& name) {
  for (const auto& tap : network.layers())
    if (tap.name == name) return tap;
  throw InternalError("no such tap");
}

// Holds taps and outputs of a forward pass with edits.
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

// Applies an edit to the output for one item, in place: values in C, H, W order.
using Rule = std::function<void(int item, Values& values)>;
struct Kind {
  std::string name;
  std::function<Edit(const LayerSpec&)> make;
  std::function<Rule(const LayerSpec&, const std::vector<Values>& before)> rule;  // before: one per item
};

int64_t last_channel(const LayerSpec& tap) {
  return tap.shape[0] - 1;
}

// Sets the last channel to value(i), where i is the index in C, H, W order.
void fill_last_channel(const LayerSpec& tap, Values& values, const std::function<double(size_t)>& value) {
  int64_t cells = 1;
  for (size_t i = 1; i < tap.shape.size(); ++i) cells *= tap.shape[i];
  for (int64_t i = last_channel(tap) * cells; i < tap.shape[0] * cells; ++i) values[i] = value(i);
}

// Appends edits of the whole output by a vector or a mask.
void append_vector_edits(std::vector<Kind>& out) {
  out.push_back({"add",
                 [](const LayerSpec& tap) {
                   return Edit{tap.name, AddVector{numbers(tap.shape, 1), -2}};
                 },
                 [](const LayerSpec& tap, const auto&) {
                   return [v = to_doubles(numbers(tap.shape, 1).flatten())](int, Values& values) {
                     for (size_t i = 0; i < values.size(); ++i) values[i] -= 2 * v[i];
                   };
                 }});
  out.push_back({"add to each",
                 [](const LayerSpec& tap) {
                   return Edit{tap.name, AddVector{numbers(with_batch(tap.shape), 2)}};
                 },
                 [](const LayerSpec& tap, const auto&) {
                   return [all = numbers(with_batch(tap.shape), 2)](int item, Values& values) {
                     const Values v = to_doubles(all[item].flatten());
                     for (size_t i = 0; i < values.size(); ++i) values[i] += v[i];
                   };
                 }});
  out.push_back({"interpolate",
                 [](const LayerSpec& tap) {
                   return Edit{tap.name, Interpolate{numbers(tap.shape, 5), 0.25}};
                 },
                 [](const LayerSpec& tap, const auto&) {
                   return [v = to_doubles(numbers(tap.shape, 5).flatten())](int, Values& values) {
                     for (size_t i = 0; i < values.size(); ++i) values[i] = 0.75 * values[i] + 0.25 * v[i];
                   };
                 }});
  out.push_back({"mask",
                 [](const LayerSpec& tap) {
                   return Edit{tap.name, MultiplyMask{numbers(tap.shape, 6)}};
                 },
                 [](const LayerSpec& tap, const auto&) {
                   return [v = to_doubles(numbers(tap.shape, 6).flatten())](int, Values& values) {
                     for (size_t i = 0; i < values.size(); ++i) values[i] *= v[i];
                   };
                 }});
}

// Appends edits of the last channel.
void append_channel_edits(std::vector<Kind>& out) {
  out.push_back({"zero",
                 [=](const LayerSpec& tap) {
                   return Edit{tap.name, ZeroChannels{{last_channel(tap)}}};
                 },
                 [=](const LayerSpec& tap, const auto&) {
                   return [=](int, Values& values) {
                     fill_last_channel(tap, values, [](size_t) { return 0.0; });
                   };
                 }});
  out.push_back({"replace",
                 [=](const LayerSpec& tap) {
                   return Edit{tap.name, ReplaceChannels{{last_channel(tap)}, numbers(tap.shape, 3)}};
                 },
                 [=](const LayerSpec& tap, const auto&) {
                   return [=, v = to_doubles(numbers(tap.shape, 3).flatten())](int, Values& values) {
                     fill_last_channel(tap, values, [&](size_t i) { return v[i]; });
                   };
                 }});
  out.push_back(
      {"replace for each",
       [=](const LayerSpec& tap) {
         return Edit{tap.name, ReplaceChannels{{last_channel(tap)}, numbers(with_batch(tap.shape), 4)}};
       },
       [=](const LayerSpec& tap, const auto&) {
         return [=, all = numbers(with_batch(tap.shape), 4)](int item, Values& values) {
           const Values v = to_doubles(all[item].flatten());
           fill_last_channel(tap, values, [&](size_t i) { return v[i]; });
         };
       }});
  out.push_back({"resample",
                 [=](const LayerSpec& tap) {
                   const torch::Tensor seen = sample_observations(sample_network(), kBatch);
                   return Edit{tap.name, ResampleChannels{{last_channel(tap)},
                                                          torch::stack({seen[2], seen[2], seen[0]})}};
                 },
                 [=](const LayerSpec& tap, const std::vector<Values>& before) {
                   return [=](int item, Values& values) {
                     const Values& from = before[std::array{2, 2, 0}[item]];
                     fill_last_channel(tap, values, [&](size_t i) { return from[i]; });
                   };
                 }});
  out.push_back({"resample from one",
                 [=](const LayerSpec& tap) {
                   const torch::Tensor seen = sample_observations(sample_network(), kBatch);
                   return Edit{tap.name, ResampleChannels{{last_channel(tap)}, seen[1]}};
                 },
                 [=](const LayerSpec& tap, const std::vector<Values>& before) {
                   return [=](int, Values& values) {
                     fill_last_channel(tap, values, [&](size_t i) { return before[1][i]; });
                   };
                 }});
}

// Appends edits that set values where a mask is true.
void append_set_edits(std::vector<Kind>& out) {
  for (const bool each : {false, true}) {  // `each`: one mask per item
    const auto sets = [=](const LayerSpec& tap) {
      return numbers(each ? with_batch(tap.shape) : tap.shape, 7) > 0.1;
    };
    out.push_back({each ? "set for each" : "set",
                   [=](const LayerSpec& tap) {
                     return Edit{tap.name, SetActivations{sets(tap), numbers(with_batch(tap.shape), 8)}};
                   },
                   [=](const LayerSpec& tap, const auto&) {
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
}

// Appends edits that clamp cells of two channels.
void append_clamp_edits(std::vector<Kind>& out) {
  for (const bool elsewhere : {false, true}) {
    for (const bool each : {false, true}) {  // `each`: one cell per channel
      const auto cell = [=](const LayerSpec& tap, int item, int channel) {
        const int64_t spread = each ? channel : 0;
        return std::pair{(item + spread) % tap.shape[1], (2 * item + spread) % tap.shape[2]};
      };
      out.push_back(
          {fmt::format("clamp{}{}", elsewhere ? ", elsewhere" : "", each ? ", a cell a channel" : ""),
           [=](const LayerSpec& tap) {
             torch::Tensor cells = torch::empty({kBatch, 2, 2}, torch::kInt64);
             for (int n = 0; n < kBatch; ++n)
               for (int k = 0; k < 2; ++k) {
                 cells[n][k][0] = cell(tap, n, k).first;
                 cells[n][k][1] = cell(tap, n, k).second;
               }
             if (!each) cells = cells.select(1, 0);
             ClampCells clamp{{last_channel(tap), 0}, cells, 5.5, {}};
             if (elsewhere) clamp.elsewhere = -0.25;
             return Edit{tap.name, clamp};
           },
           [=](const LayerSpec& tap, const auto&) {
             return [=](int item, Values& values) {
               const int64_t plane = tap.shape[1] * tap.shape[2];
               for (const int k : {0, 1}) {
                 const int64_t begin = (k == 0 ? last_channel(tap) : 0) * plane;
                 const auto [row, column] = cell(tap, item, k);
                 for (int64_t i = 0; i < plane && elsewhere; ++i) values[begin + i] = -0.25;
                 values[begin + row * tap.shape[2] + column] = 5.5;
               }
             };
           }});
    }
  }
}

std::vector<Kind> kinds() {
  std::vector<Kind> out;
  append_vector_edits(out);
  append_channel_edits(out);
  append_set_edits(out);
  append_clamp_edits(out);
  return out;
}

// Compares every tap with NaiveNetwork, edited by the rules above.
TEST(Edits, EveryKindOnEveryTap) {
  const Network network = sample_network();
  const NaiveNetwork naive(network);
  const torch::Tensor observations = sample_observations(network, kBatch);
  const torch::NoGradGuard no_grad;
  const Pass before = run(network, observations, {});
  for (const Kind& kind : kinds()) {
    for (const auto& tap : network.layers()) {
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
  ASSERT_EQ(network.layers().size(), 42U);
  const torch::Tensor observations = sample_observations(network, 2);
  const torch::NoGradGuard no_grad;
  for (const auto& tap : network.layers()) {
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
  const Pass pass = run(network, observations,
                        {{kSampleTap, AddVector{ones}},
                         {kSampleTap, MultiplyMask{2 * ones}},
                         {"embedder.fc", ZeroChannels{{1}}}});
  EXPECT_TRUE(torch::allclose(pass.taps.at(kSampleTap), 2 * (plain.taps.at(kSampleTap) + 1)));
  EXPECT_EQ(pass.taps.at("embedder.fc").select(1, 1).abs().max().item<float>(), 0);
  EXPECT_NE(pass.taps.at("embedder.fc").select(1, 0).abs().max().item<float>(), 0);
  const Pass other =
      run(network, observations, {{kSampleTap, MultiplyMask{2 * ones}}, {kSampleTap, AddVector{ones}}});
  EXPECT_TRUE(torch::allclose(other.taps.at(kSampleTap), 2 * plain.taps.at(kSampleTap) + 1));
}

TEST(Edits, NothingChangedIsTheSameToTheBit) {
  const Network network = sample_network();
  const torch::Tensor observations = sample_observations(network, kBatch);
  const torch::NoGradGuard no_grad;
  const torch::Tensor logits = network.forward(observations).logits;
  const torch::Tensor values = numbers({4, 2, 2}, 1);
  for (const auto& change : std::vector<decltype(Edit::change)>{
           AddVector{values, 0}, MultiplyMask{torch::ones({4, 2, 2})}, Interpolate{values, 0},
           ResampleChannels{{0, 1, 2, 3}, observations}}) {
    EXPECT_TRUE(torch::equal(run(network, observations, {{kSampleTap, change}}).output.logits, logits))
        << change.index();
  }
  EXPECT_TRUE(torch::equal(
      run(network, observations, {{kSampleTap, Interpolate{values, 1}}}).taps.at(kSampleTap)[1], values));
}

// Edits do not change the outputs they receive: outputs that were recorded before stay valid.
TEST(Edits, OutputsAreNotChangedInPlace) {
  const Network network = sample_network();
  const LayerSpec& tap = tap_of(network, kSampleTap);
  for (const Kind& kind : kinds()) {
    const torch::Tensor output = numbers(with_batch(tap.shape), 9), copy = output.clone();
    const torch::Tensor after = edited(network, {kind.make(tap)})(kSampleTap, output);
    EXPECT_TRUE(torch::equal(output, copy)) << kind.name;
    EXPECT_FALSE(torch::equal(after, copy)) << kind.name;
    EXPECT_EQ(after.scalar_type(), torch::kFloat32) << kind.name;
  }
}

TEST(Edits, GradientsPassToAMaskAndThroughEdits) {
  const Network network = sample_network();
  const torch::Tensor mask = torch::ones({4, 2, 2}).requires_grad_();
  const Pass pass = run(network, sample_observations(network, kBatch),
                        {{kSampleTap, MultiplyMask{mask}}, {"embedder.block1.conv", ZeroChannels{{1}}}});
  pass.output.logits.sum().backward();
  ASSERT_TRUE(mask.grad().defined());
  EXPECT_GT(mask.grad().abs().max().item<float>(), 0);
  EXPECT_EQ(network.parameter(0).grad()[1].abs().max().item<float>(), 0)
      << "nothing comes of a channel set to zero";
  EXPECT_GT(network.parameter(0).grad()[0].abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace mazescan::policy

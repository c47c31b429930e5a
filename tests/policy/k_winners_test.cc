#include "policy/k_winners.h"

#include <gmock/gmock.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "core/random.h"
#include "tests/policy/sample_network.h"

namespace mazescan::policy {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

// Two channels of four cells.
torch::Tensor two_channels() {
  return torch::tensor({3.0F, 1.0F, -2.0F, 5.0F, 0.5F, 2.0F, 2.0F, -1.0F}).view({1, 2, 1, 4});
}

std::vector<double> winners_of(WinnerScope scope, double fraction, bool rectify = true) {
  const auto operation = k_winners(scope, {fraction, rectify, 0, 1, 0});
  return to_doubles(operation->forward({two_channels()}, {}, {}).flatten());
}

TEST(KWinners, KeepsWhatIsStrictlyAboveTheNextValue) {
  EXPECT_THAT(winners_of(WinnerScope::map, 1 / 8.0), ElementsAre(0, 0, 0, 5, 0, 0, 0, 0));
  EXPECT_THAT(winners_of(WinnerScope::map, 2 / 8.0), ElementsAre(3, 0, 0, 5, 0, 0, 0, 0));
  EXPECT_THAT(winners_of(WinnerScope::map, 3 / 8.0), ElementsAre(3, 0, 0, 5, 0, 0, 0, 0))
      << "equal values lose together";
  EXPECT_THAT(winners_of(WinnerScope::map, 4 / 8.0), ElementsAre(3, 0, 0, 5, 0, 2, 2, 0));
  EXPECT_THAT(winners_of(WinnerScope::map, 1e-6), ElementsAre(0, 0, 0, 5, 0, 0, 0, 0)) << "at least one";
}

TEST(KWinners, CompeteInAChannelOrAtACell) {
  EXPECT_THAT(winners_of(WinnerScope::channel, 1 / 4.0), ElementsAre(0, 0, 0, 5, 0, 0, 0, 0));
  EXPECT_THAT(winners_of(WinnerScope::channel, 2 / 4.0), ElementsAre(3, 0, 0, 5, 0, 2, 2, 0));
  EXPECT_THAT(winners_of(WinnerScope::cell, 1 / 2.0), ElementsAre(3, 0, 0, 5, 0, 2, 2, 0));
}

TEST(KWinners, FractionOneIsTheIdentityUnlessRectified) {
  const std::vector<double> all = to_doubles(two_channels().flatten());
  EXPECT_THAT(winners_of(WinnerScope::map, 1, false), ElementsAreArray(all));
  EXPECT_THAT(winners_of(WinnerScope::map, 1), ElementsAre(3, 1, 0, 5, 0.5, 2, 2, 0));
}

torch::Tensor normal(torch::IntArrayRef shape) {
  const torch::Generator generator = at::detail::createCPUGenerator(5);
  return torch::randn(shape, generator);
}

TEST(KWinners, OfContinuousInputExactlyKSurvive) {
  const torch::Tensor x = normal({6, 3, 5, 4});
  const auto survivors = [&](WinnerScope scope, double fraction) {
    return k_winners(scope, {fraction, false, 0, 1, 0})->forward({x}, {}, {}) != 0;
  };
  EXPECT_TRUE((survivors(WinnerScope::map, 0.1).sum({1, 2, 3}) == 6).all().item<bool>());
  EXPECT_TRUE((survivors(WinnerScope::channel, 0.25).sum({2, 3}) == 5).all().item<bool>());
  EXPECT_TRUE((survivors(WinnerScope::cell, 1 / 3.0).sum(1) == 1).all().item<bool>());
}

TEST(KWinners, ScalesWithItsInputAndDoesNotDependOnTheBatch) {
  const torch::Tensor x = normal({4, 3, 5, 4});
  for (const auto scope : {WinnerScope::map, WinnerScope::channel, WinnerScope::cell}) {
    const auto operation = k_winners(scope, {0.2, true, 0, 1, 0});
    const torch::Tensor out = operation->forward({x}, {}, {});
    EXPECT_TRUE(torch::equal(operation->forward({x * 4}, {}, {}), out * 4));
    EXPECT_TRUE(torch::equal(operation->forward({x.narrow(0, 2, 1)}, {}, {}), out.narrow(0, 2, 1)));
    const torch::Tensor last = x.contiguous(torch::MemoryFormat::ChannelsLast);
    EXPECT_TRUE(torch::equal(operation->forward({last}, {}, {}), out)) << "in every layout of memory";
  }
}

TEST(KWinners, RectifiedWithEnoughWinnersIsRelu) {
  const torch::Tensor x = normal({4, 3, 5, 4});
  const auto operation = k_winners(WinnerScope::map, {0.8, true, 0, 1, 0});
  EXPECT_TRUE(torch::equal(operation->forward({x}, {}, {}), torch::relu(x)));
}

TEST(KWinners, PassGradientsUnchangedAndLosersNone) {
  const torch::Tensor x = normal({3, 2, 3, 3}).requires_grad_();
  const torch::Tensor out = k_winners(WinnerScope::map, {0.3, false, 0, 1, 0})->forward({x}, {}, {});
  const torch::Tensor slopes = normal({3, 2, 3, 3}) + 2;
  (out * slopes).sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), torch::where(out != 0, slopes, torch::zeros_like(slopes))));
}

// Units that won often step back..
TEST(KWinners, BoostPrefersUnitsThatWonRarely) {
  const torch::Tensor x = torch::tensor({{1.5F, 1.02F, 1.1F, 1.3F, 1.0F, 1.03F}});
  const torch::Tensor state = torch::tensor({0.5F, 0.25F, 0.5F, 0.25F, 0.5F, 0.25F, 0.0F});
  const auto winners = [&](double boost) {
    const torch::Tensor out = k_winners(WinnerScope::map, {0.5, true, boost, 1, 0})->forward({x}, {}, state);
    std::vector<int64_t> found;
    for (int64_t unit = 0; unit < 6; ++unit)
      if (out[0][unit].item<float>() != 0) {
        found.push_back(unit);
        EXPECT_EQ(out[0][unit].item<float>(), x[0][unit].item<float>()) << "the raw value passes";
      }
    return found;
  };
  EXPECT_THAT(winners(1e-9), ElementsAre(0, 2, 3));
  EXPECT_THAT(winners(0.5), ElementsAre(0, 3, 5));
  EXPECT_THAT(winners(1), ElementsAre(0, 3, 5));
  EXPECT_THAT(winners(2), ElementsAre(1, 3, 5));
}

// Ten units of which two are always strongest: the boost shares out the wins, or cannot bridge the gap.
struct Shares {
  double strong = 0, weak = 0;
};
Shares shares_of_wins(double boost) {
  constexpr int64_t kUnits = 10, kItems = 256;
  const auto operation = k_winners(WinnerScope::map, {0.2, true, boost, 1, 0});
  torch::Tensor state = torch::zeros({kUnits + 1});
  RandomStream random(3, "planted units");
  Shares shares;
  constexpr int kUpdates = 400, kCounted = 100;
  for (int update = 0; update < kUpdates; ++update) {
    torch::Tensor x = torch::empty({kItems, kUnits});
    for (int64_t i = 0; i < x.numel(); ++i) x.data_ptr<float>()[i] = random.uniform();
    x.narrow(1, 0, 2).mul_(1e-5).add_(2);  // not equal: equal values win or lose together
    const torch::Tensor out = operation->forward({x}, {}, state);
    operation->update_state(state, operation->sum_for_state(out), kItems);
    if (update < kUpdates - kCounted) continue;
    shares.strong += state.narrow(0, 0, 2).mean().item<double>() / kCounted;
    shares.weak += state.narrow(0, 2, 8).mean().item<double>() / kCounted;
  }
  return shares;
}

TEST(KWinners, DutyCyclesSettleWhereTheBoostBalancesThem) {
  for (const double boost : {0.0001, 0.5}) {
    EXPECT_NEAR(shares_of_wins(boost).strong, 1, 0.03) << boost;
    EXPECT_NEAR(shares_of_wins(boost).weak, 0, 0.03) << boost;
  }
  // From a second computation. Where equal values may all win, three units win at times, and the duty cycles are
  // larger: 0.69 and 0.127, 0.49 and 0.160, 0.34 and 0.171.
  struct Case {
    double boost, strong, weak;
  };
  for (const auto& [boost, strong, weak] : {Case{1.5, 0.620, 0.095}, {3, 0.456, 0.136}, {10, 0.327, 0.168}}) {
    const Shares shares = shares_of_wins(boost);
    EXPECT_NEAR(shares.strong, strong, 0.03) << boost;
    EXPECT_NEAR(shares.weak, weak, 0.03) << boost;
  }
}

TEST(KWinners, AMovingAverageOfLargeMinibatchesIsTheNewestOne) {
  const auto operation = k_winners(WinnerScope::map, {0.5, true, 1, 1, 0});
  torch::Tensor state = torch::zeros({3});
  for (int update = 0; update < 4; ++update)
    operation->update_state(state, torch::tensor({819.2F, 4096.0F, 0.0F}), 8192);
  EXPECT_NEAR(state[0].item<double>(), 0.1, 1e-6);
  EXPECT_NEAR(state[1].item<double>(), 0.5, 1e-6);
  EXPECT_EQ(state[2].item<double>(), 4) << "gradient steps";
}

// Until a thousand samples were seen, a duty cycle is the mean over all of them.
TEST(KWinners, TheFirstDutyCyclesAreMeans) {
  const auto operation = k_winners(WinnerScope::map, {0.5, true, 1, 1, 0});
  torch::Tensor state = torch::zeros({2});
  const float active[] = {100, 50, 0, 50};
  double sum = 0;
  for (int update = 0; update < 4; ++update) {
    operation->update_state(state, torch::tensor({active[update], 0.0F}), 200);
    sum += active[update];
    EXPECT_NEAR(state[0].item<double>(), sum / (200 * (update + 1)), 1e-6);
  }
  for (int update = 0; update < 20; ++update)
    operation->update_state(state, torch::tensor({200.0F, 0.0F}), 200);
  EXPECT_NEAR(state[0].item<double>(), 1 - 0.75 * std::pow(0.8, 20), 1e-5) << "then a fifth is the newest";
}

TEST(KWinners, AnnealFromAllActivationsToTheFraction) {
  const auto operation = k_winners(WinnerScope::map, {0.25, false, 0, 1, 10});
  ASSERT_TRUE(operation->state({2, 1, 4}).has_value());
  const auto count_after = [&](float steps) {
    const torch::Tensor state = torch::tensor({0.0F, 0.0F, steps});
    return (operation->forward({two_channels() + 10}, {}, state) != 0).sum().item<int64_t>();
  };
  EXPECT_EQ(count_after(0), 8);
  EXPECT_EQ(count_after(5), 5);
  EXPECT_EQ(count_after(10), 2);
  EXPECT_EQ(count_after(1000), 2);
  EXPECT_FALSE(k_winners(WinnerScope::map, {0.25, false, 0, 1, 0})->state({2, 1, 4}).has_value());
}

TEST(KWinners, OptionsAreChecked) {
  const auto error = [](const std::string& text) {
    return user_error(
        [&] { parse_config<NetworkConfig>("activation: kwta\nactivation_options: " + text, "c.yaml"); });
  };
  EXPECT_THAT(error("{fraction: 0}\n"), testing::HasSubstr("fraction"));
  EXPECT_THAT(error("{fraction: 1.5}\n"), testing::HasSubstr("fraction"));
  EXPECT_THAT(error("{boost: -1}\n"), testing::HasSubstr("boost"));
}

}  // namespace
}  // namespace mazescan::policy

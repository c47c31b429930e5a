#include "evaluator/rollout/rollouts.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "envs/maze/maze_config.h"
#include "envs/maze/placement.h"
#include "envs/maze/planes.h"
#include "envs/paths.h"
#include "evaluator/rollout/activations.h"
#include "evaluator/rollout/pass_size.h"
#include "policy/action_distribution.h"

namespace mazescan::rollout {
namespace {

constexpr int kWorld = 7, kLimit = 120, kRegion = 1;

struct Fixture {
  envs::EnvironmentConfig environment;
  std::unique_ptr<const envs::Task> task;
  policy::Network network;
  NetworkAgent agent;
  std::vector<envs::MazeLevel> levels;
  std::vector<envs::MazeState> starts;
  std::vector<envs::Cell> decision;

  explicit Fixture(envs::Interface observation = envs::Interface::planes)
      : environment(make_environment_config(observation)),
        task(make_task(environment)),
        network(network_config(),
                observation == envs::Interface::rgb
                    ? policy::NetworkInterface{3, 64, 64, 1 / 255.0, envs::kMoves}
                    : policy::NetworkInterface{maze::kPlanes, kWorld, kWorld, 1, envs::kMoves}),
        agent(network, environment) {
    RandomStream random(3, "weights");
    network.initialise(random);
    // Scale the policy head, so that actions are neither uniform nor certain.
    torch::NoGradGuard no_grad;
    for (const auto& p : network.layout())
      if (p.name == "fc_policy.weight") network.parameters().narrow(0, p.offset, p.count).mul_(20);
    for (int i = 0; i < 20; ++i) {
      levels.push_back(
          maze::generate_level(maze::level_options(environment.own<maze::MazeConfig>()), 100 + i, kWorld));
      RandomStream placement(1, "placement", static_cast<uint64_t>(i));
      levels.back().cheese = maze::place_cheese(levels.back(), "uniform", kRegion, placement);
    }
    for (const envs::MazeLevel& level : levels) {
      starts.push_back(initial_state(level));
      decision.push_back(envs::decision_square(level, level.cheese));
    }
  }

  static envs::EnvironmentConfig make_environment_config(envs::Interface observation) {
    envs::EnvironmentConfig config;
    config.own<maze::MazeConfig>().observation = observation;
    config.own<maze::MazeConfig>().world_dim = kWorld;
    config.own<maze::MazeConfig>().region = kRegion;
    config.own<maze::MazeConfig>().anchor = maze::Anchor::bottom_left;
    config.actions = envs::ActionSet::moves;
    return config;
  }
  static policy::NetworkConfig network_config() {
    policy::NetworkConfig config;
    config.channels = {4, 8};
    config.residual_blocks = 1;
    config.fc = 16;
    return config;
  }

  // Evaluates the network on one state, without the cache.
  policy::Network::Output answer(const envs::MazeState& state) const {
    torch::NoGradGuard no_grad;
    if (environment.own<maze::MazeConfig>().observation == envs::Interface::rgb) {
      torch::Tensor frame = torch::empty({1, 64, 64, 3}, torch::kUInt8);
      frame::frame_renderer(maze::frame_options(environment.own<maze::MazeConfig>()))
          ->render(state, frame.data_ptr<uint8_t>());
      return network.forward(frame.permute({0, 3, 1, 2}).contiguous());
    }
    torch::Tensor planes = torch::empty({1, maze::kPlanes, kWorld, kWorld}, torch::kUInt8);
    maze::write_planes(state, planes.data_ptr<uint8_t>());
    return network.forward(planes);
  }
};

class EveryObservation : public testing::TestWithParam<envs::Interface> {};
INSTANTIATE_TEST_SUITE_P(Observations, EveryObservation,
                         testing::Values(envs::Interface::planes, envs::Interface::rgb));

TEST_P(EveryObservation, ThePolicyTableAnswersWhatTheNetworkAnswers) {
  const Fixture f(GetParam());
  PolicyCache cache(f.agent, f.starts);
  const std::vector<int> episodes = {0, 3, 3, 7, 0};
  const std::vector<Mouse> mice = {{envs::kStart}, {envs::kStart}, {{1, 0}}, {{0, 1}, true}, {envs::kStart}};
  cache.evaluate(episodes, mice);
  for (size_t i = 0; i < episodes.size(); ++i) {
    envs::MazeState state = f.starts[episodes[i]];
    state.mouse = mice[i].cell;
    state.facing_right = mice[i].facing_right;
    const policy::Network::Output expected = f.answer(state);
    for (int a = 0; a < envs::kMoves; ++a)
      EXPECT_NEAR(cache.logits(episodes[i], mice[i])[a], expected.logits[0][a].item<float>(), 1e-5);
    EXPECT_NEAR(cache.value(episodes[i], mice[i]), expected.value[0].item<float>(), 1e-5);
    float total = 0;
    for (const float p : cache.move_probabilities(episodes[i], mice[i])) total += p;
    EXPECT_NEAR(total, 1, 1e-5);
  }
}

TEST(StatesOfAPass, AreFewerIfOutputsAreLarge) {
  const auto states = [](std::vector<int> channels, int side) {
    return states_of_a_pass({{std::move(channels), 0, 1, "relu"}, {3, side, side, 1, envs::kMoves}});
  };
  EXPECT_EQ(states({16, 32}, 9), kStatesOfAPass);  // 5 KiB a state
  EXPECT_EQ(states({4}, 64), 128);                 // 64 KiB
  EXPECT_EQ(states({16, 32, 32}, 64), 32);         // 256 KiB
  EXPECT_EQ(states({4, 64}, 64), 32) << "the largest output is that of the second layer, before its pooling";
  EXPECT_EQ(states({64, 128, 128}, 64), 16) << "the minimum";
}

TEST(StatesOfAPass, SeveralPassesFillTheirRows) {
  const Fixture f(envs::Interface::rgb);
  std::vector<envs::MazeState> states;
  for (int i = 0; i < 2 * states_of_a_pass(f.network) + 1; ++i) {
    states.push_back(f.starts[static_cast<size_t>(i) % f.starts.size()]);
    const std::vector<envs::Cell> cells = open_cells(*states.back().level);
    states.back().mouse = cells[static_cast<size_t>(i) % cells.size()];
  }
  std::vector<float> logits(states.size() * envs::kMoves), values(states.size());
  f.agent.evaluate(states, std::vector<int>(states.size()), logits.data(), values.data());
  for (size_t i = 0; i < states.size(); ++i) {
    const policy::Network::Output expected = f.answer(states[i]);
    for (int a = 0; a < envs::kMoves; ++a)
      EXPECT_NEAR(logits[i * envs::kMoves + static_cast<size_t>(a)], expected.logits[0][a].item<float>(),
                  1e-5);
    EXPECT_NEAR(values[i], expected.value[0].item<float>(), 1e-5);
  }
}

// Playing each episode step by step, with one forward pass per step, gives the same path.
TEST_P(EveryObservation, ARolloutEqualsPlayingStepByStep) {
  const Fixture f(GetParam());
  for (const ActionSelection selection : {ActionSelection::kSampled, ActionSelection::kGreedy}) {
    PolicyCache cache(f.agent, f.starts);
    const datasets::Rollouts rollouts =
        run_rollouts(cache, *f.task, selection, kLimit, f.decision, 5, "test");
    int successes = 0;
    for (size_t e = 0; e < f.starts.size(); ++e) {
      envs::MazeState state = f.starts[e];
      RandomStream stream(5, "test", static_cast<uint64_t>(state.level->seed));
      std::vector<uint16_t> path = {static_cast<uint16_t>(state.level->index(state.mouse))};
      bool reached = false;
      int decided = state.mouse == f.decision[e] ? 0 : -1;
      std::vector<uint8_t> facing_right = {0}, moves;
      while (!reached && state.clock < kLimit) {
        const policy::ActionDistribution distribution(f.answer(state).logits);
        const int action = selection == ActionSelection::kGreedy
                               ? distribution.mode().front()
                               : distribution.sample({stream.uniform()}).front();
        reached = apply_move(state, static_cast<envs::Move>(action));
        moves.push_back(static_cast<uint8_t>(action));
        facing_right.push_back(state.facing_right ? 1 : 0);
        path.push_back(static_cast<uint16_t>(state.level->index(state.mouse)));
        if (decided < 0 && state.mouse == f.decision[e]) decided = state.clock;
      }
      moves.push_back(static_cast<uint8_t>(envs::Move::noop));
      const auto of_episode = [&](const auto& entries) {
        return std::decay_t<decltype(entries)>(entries.begin() + rollouts.path_offset[e],
                                               entries.begin() + rollouts.path_offset[e + 1]);
      };
      EXPECT_EQ(of_episode(rollouts.path), path) << "episode " << e;
      EXPECT_EQ(of_episode(rollouts.facing_right), facing_right) << "episode " << e;
      EXPECT_EQ(of_episode(rollouts.move), moves) << "episode " << e;
      EXPECT_EQ(rollouts.success[e] != 0, reached);
      EXPECT_EQ(rollouts.steps[e], state.clock);
      EXPECT_EQ(rollouts.decision_step[e], decided);
      successes += reached ? 1 : 0;
    }
    if (selection == ActionSelection::kSampled) {  // otherwise the test would see one kind of episode only
      EXPECT_GT(successes, 0);
      EXPECT_LT(successes, 20);
    }
  }
}

TEST(RollOut, IsTheSameInAnyBlock) {
  const Fixture f;
  PolicyCache whole(f.agent, f.starts);
  const datasets::Rollouts all =
      run_rollouts(whole, *f.task, ActionSelection::kSampled, kLimit, f.decision, 5, "test");
  PolicyCache one(f.agent, {f.starts[11]});
  const datasets::Rollouts alone =
      run_rollouts(one, *f.task, ActionSelection::kSampled, kLimit, {f.decision[11]}, 5, "test");
  EXPECT_EQ(alone.steps[0], all.steps[11]);
  EXPECT_EQ(alone.outcome[0], all.outcome[11]);
}

TEST(TapOutputs, AreWhatForwardUses) {
  const Fixture f;
  const std::vector<envs::MazeState> states = {f.starts[0], f.starts[1], f.starts[2]};
  const auto taps = taps_named(f.network, {"fc_policy", "embedder.block2.res1.resadd"});
  ASSERT_EQ(taps.size(), 2U);
  EXPECT_EQ(taps[0].name, "embedder.block2.res1.resadd");  // forward order
  const auto outputs = tap_outputs(f.network, f.agent, states, taps);
  EXPECT_EQ(outputs[0].sizes().vec(), (std::vector<int64_t>{3, 8, 2, 2}));
  EXPECT_EQ(outputs[1].sizes().vec(), (std::vector<int64_t>{3, envs::kMoves}));
  EXPECT_TRUE(outputs[0].equal(tap_outputs(f.network, f.agent, states, taps[0].name)));
  EXPECT_EQ(tap_outputs(f.network, f.agent, {}, taps)[0].sizes().vec(), (std::vector<int64_t>{0, 8, 2, 2}));
  for (int e = 0; e < 3; ++e) {
    const torch::Tensor logits = f.answer(f.starts[e]).logits;
    for (int a = 0; a < envs::kMoves; ++a)
      EXPECT_NEAR(outputs[1][e][a].item<float>(), logits[0][a].item<float>(), 1e-5);
  }
}

}  // namespace
}  // namespace mazescan::rollout

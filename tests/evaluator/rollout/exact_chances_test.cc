#include "evaluator/rollout/exact_chances.h"

#include <gtest/gtest.h>

#include <cmath>

#include "envs/maze/maze_config.h"
#include "envs/maze/placement.h"
#include "envs/paths.h"
#include "tests/evaluator/planted_agents.h"

namespace mazescan::rollout {
namespace {

constexpr int kSide = 7, kMaxSteps = 60, kCheeseRegion = 1, kMazes = 12;

struct Levels {
  envs::EnvironmentConfig environment;
  std::unique_ptr<const envs::Task> task;
  std::vector<envs::MazeLevel> levels;
  std::vector<envs::MazeState> starts;
  std::vector<envs::Cell> decision;

  explicit Levels(const std::string& placement) {
    environment.own<maze::MazeConfig>().world_dim = kSide;
    environment.own<maze::MazeConfig>().region = kCheeseRegion;
    environment.own<maze::MazeConfig>().anchor = maze::Anchor::bottom_left;
    task = make_task(environment);
    for (int i = 0; i < kMazes; ++i) {
      levels.push_back(
          maze::generate_level(maze::level_options(environment.own<maze::MazeConfig>()), 50 + i, kSide));
      RandomStream random(1, "placement", static_cast<uint64_t>(i));
      levels.back().cheese = maze::place_cheese(levels.back(), placement, kCheeseRegion, random);
    }
    for (const envs::MazeLevel& level : levels) {
      starts.push_back(initial_state(level));
      decision.push_back(task->decision_cell(starts.back()));
    }
  }
};

// Turns its choice on the direction of the mouse: to the cheese if it faces right, else to the corner.
class FacingAgent : public PlantedAgent {
 public:
  FacingAgent() : PlantedAgent(0.2) {}
  bool depends_on_facing() const override { return true; }

 protected:
  envs::Cell target(const envs::MazeState& state) const override {
    return state.facing_right ? state.cheese : state.level->top_right();
  }
};

double at(const std::vector<float>& curves, size_t episode, int step) {
  return curves[episode * (kMaxSteps + 1) + static_cast<size_t>(step)];
}

// Every number must be the frequency in many sampled rollouts, for an agent with one state a cell and for one
// with two.
void expect_frequencies(const Agent& agent, const Levels& world) {
  PolicyCache cache(agent, world.starts);
  const datasets::ExactChances exact = exact_chances(cache, *world.task, kMaxSteps, world.decision);
  constexpr int kRepeats = 2000;
  std::vector<std::array<double, 3>> arrived(kMazes);
  std::vector<std::array<double, 3>> outcome(kMazes);  // goal, proxy, proxy and then goal
  std::vector<double> reached(kMazes), to_goal(kMazes), to_proxy(kMazes);
  const int times[] = {10, 25, kMaxSteps};
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const datasets::Rollouts rollouts =
        run_rollouts(cache, *world.task, ActionSelection::kSampled, kMaxSteps, world.decision,
                     static_cast<uint64_t>(repeat), "exact test");
    for (size_t e = 0; e < kMazes; ++e) {
      const envs::MazeLevel& level = world.levels[e];
      for (size_t t = 0; t < 3; ++t)
        arrived[e][t] += rollouts.success[e] != 0 && rollouts.steps[e] <= times[t] ? 1 : 0;
      const auto ended = static_cast<datasets::Outcome>(rollouts.outcome[e]);
      outcome[e][0] += ended == datasets::Outcome::kGoal ? 1 : 0;
      outcome[e][1] += ended == datasets::Outcome::kProxy ? 1 : 0;
      outcome[e][2] += ended == datasets::Outcome::kProxy && rollouts.success[e] != 0 ? 1 : 0;
      if (rollouts.decision_step[e] < 0) continue;
      reached[e] += 1;
      const auto begin = rollouts.path.begin() + rollouts.path_offset[e],
                 end = rollouts.path.begin() + rollouts.path_offset[e + 1];
      const auto square = begin + rollouts.decision_step[e];
      const auto next = std::find_if(square, end, [&](uint16_t cell) { return cell != *square; });
      if (next == end) continue;
      to_goal[e] +=
          envs::distances(level, level.cheese)[*next] < envs::distances(level, level.cheese)[*square];
      to_proxy[e] += envs::distances(level, level.top_right())[*next] <
                     envs::distances(level, level.top_right())[*square];
    }
  }
  const auto expect_near = [](double chance, double count, double of, size_t e, const char* what) {
    const double error = std::sqrt(std::max(chance * (1 - chance), 1.0 / of) / of);
    EXPECT_NEAR(chance, count / of, 4.5 * error) << what << " of level " << e;
  };
  int decisions = 0;
  for (size_t e = 0; e < kMazes; ++e) {
    for (size_t t = 0; t < 3; ++t)
      expect_near(at(exact.arrived, e, times[t]), arrived[e][t], kRepeats, e, "arrived");
    expect_near(exact.goal[e], outcome[e][0], kRepeats, e, "goal");
    expect_near(exact.proxy[e], outcome[e][1], kRepeats, e, "proxy");
    expect_near(exact.proxy_then_goal[e], outcome[e][2], kRepeats, e, "proxy_then_goal");
    expect_near(exact.decision_reached[e], reached[e], kRepeats, e, "decision_reached");
    if (reached[e] < 100) continue;
    ++decisions;
    // A rollout may end before the mouse leaves the square; the first visit is early, so this hardly happens.
    expect_near(exact.decision_to_goal[e], to_goal[e], reached[e], e, "decision_to_goal");
    expect_near(exact.decision_to_proxy[e], to_proxy[e], reached[e], e, "decision_to_proxy");
  }
  EXPECT_GT(decisions, 3);
}

TEST(ExactChances, AreFrequenciesOfRollouts) {
  expect_frequencies(NearCheese(3, 0.3), Levels("uniform"));
  expect_frequencies(TopRightWalker(0.4), Levels("top_left"));
}

TEST(ExactChances, AreFrequenciesOfRolloutsIfTheDirectionCounts) {
  expect_frequencies(FacingAgent(), Levels("uniform"));
}

TEST(ExactChances, OfAgentsWithoutNoiseAreCertain) {
  const Levels world("top_left");
  const CheeseSeeker seeker(1e-9);
  PolicyCache cache(seeker, world.starts);
  const auto exact = exact_chances(cache, *world.task, kMaxSteps, world.decision);
  for (size_t e = 0; e < kMazes; ++e) {
    const int optimal = world.task->optimal_steps(world.starts[e]);
    EXPECT_NEAR(exact.expected_steps[e], optimal, 1e-5);
    EXPECT_LT(at(exact.arrived, e, optimal - 1), 1e-6);
    EXPECT_GT(at(exact.arrived, e, optimal), 1 - 1e-5);
    if (world.decision[e] == envs::kNoCell) continue;
    EXPECT_NEAR(exact.decision_to_goal[e], 1, 1e-5);
    EXPECT_NEAR(exact.decision_to_proxy[e], 0, 1e-5);
    EXPECT_NEAR(exact.proxy[e], 0, 1e-5);
    EXPECT_NEAR(exact.goal[e], 1, 1e-5);
  }
  const TopRightWalker walker(1e-9);
  PolicyCache blind(walker, world.starts);
  const auto of_walker = exact_chances(blind, *world.task, kMaxSteps, world.decision);
  for (size_t e = 0; e < kMazes; ++e) {
    const bool passes = of_walker.blind_steps[e] >= 0;
    EXPECT_NEAR(at(of_walker.arrived, e, kMaxSteps), passes ? 1 : 0, 1e-4)
        << "the blind walker is this agent";
    EXPECT_EQ(passes, envs::on_path(world.levels[e], world.levels[e].cheese, envs::kStart,
                                    world.levels[e].top_right()));
    if (passes) {
      EXPECT_EQ(of_walker.blind_steps[e], world.task->optimal_steps(world.starts[e]));
    }
  }
}

TEST(ExactChances, OfTheRandomMouseDoNotDependOnThePolicy) {
  const Levels world("uniform");
  const CheeseSeeker seeker(0.1);
  const CheeseSeeker random(0.8);  // all five moves equally probable
  PolicyCache one(seeker, world.starts), other(random, world.starts);
  const auto exact = exact_chances(one, *world.task, kMaxSteps, world.decision);
  const auto of_random = exact_chances(other, *world.task, kMaxSteps, world.decision);
  ASSERT_EQ(exact.random_arrived.size(), of_random.arrived.size());
  for (size_t i = 0; i < exact.random_arrived.size(); ++i) {
    EXPECT_NEAR(exact.random_arrived[i], of_random.arrived[i], 1e-5);
    EXPECT_EQ(exact.random_arrived[i], of_random.random_arrived[i]);
  }
}

// An agent that stands still never arrives, and the expectation says so.
class StandsStill : public PlantedAgent {
 public:
  StandsStill() : PlantedAgent(0) {}

 protected:
  envs::Cell target(const envs::MazeState& state) const override { return state.mouse; }
};

TEST(ExactChances, OfAnAgentThatStandsStill) {
  const Levels world("uniform");
  const StandsStill agent;
  PolicyCache cache(agent, world.starts);
  const auto exact = exact_chances(cache, *world.task, kMaxSteps, world.decision);
  for (size_t e = 0; e < kMazes; ++e) {
    EXPECT_EQ(at(exact.arrived, e, kMaxSteps), 0);
    EXPECT_TRUE(std::isinf(exact.expected_steps[e]));
    EXPECT_EQ(exact.goal[e] + exact.proxy[e], 0);
    EXPECT_EQ(exact.decision_to_goal[e], 0);
  }
}

// Must be the frequency in many walks to a target, which end at the cheese if they meet it.
TEST(RandomArrival, IsTheFrequencyOfRandomWalks) {
  const Levels world("top_right");
  RandomStream random(3, "random mouse");
  for (int l = 0; l < 4; ++l) {
    const envs::MazeState& start = world.starts[static_cast<size_t>(l)];
    const envs::MazeLevel& level = *start.level;
    for (const envs::Cell target : {envs::Cell{0, kSide - 1}, envs::Cell{kSide - 1, 0}, level.cheese}) {
      const int steps = 3 * distance(level, envs::kStart, target);
      constexpr int kWalks = 4000;
      int arrived = 0;
      for (int walk = 0; walk < kWalks; ++walk) {
        envs::MazeState state = start;
        bool eaten = false;
        for (int t = 0; t < steps && !eaten && state.mouse != target; ++t)
          eaten = apply_move(state, static_cast<envs::Move>(random.below(envs::kMoves)));
        arrived += state.mouse == target ? 1 : 0;
      }
      const double exact = random_arrival(start, *world.task, target, steps);
      EXPECT_NEAR(exact, static_cast<double>(arrived) / kWalks,
                  4 * std::sqrt(exact * (1 - exact) / kWalks) + 1e-9);
    }
  }
}

}  // namespace
}  // namespace mazescan::rollout

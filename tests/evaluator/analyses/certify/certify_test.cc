#include "evaluator/analyses/certify/certify.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <Eigen/Dense>
#include <cmath>
#include <map>

#include "core/error.h"
#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "envs/paths.h"
#include "evaluator/analyses/certify/certificate.h"
#include "evaluator/analyses/certify/config.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/registry/registry.h"
#include "evaluator/rollout/rollouts.h"
#include "policy/action_distribution.h"
#include "tests/evaluator/planted_agents.h"

namespace mazescan::certify {
namespace {

constexpr int kLimitOfTest = 40, kEverywhere = 0, kFromStart = 1, kTopRightCheese = 2, kOffPathCheese = 3;

envs::EnvironmentConfig certify_environment(envs::Interface observation = envs::Interface::planes) {
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = 5;
  environment.own<maze::MazeConfig>().region = 1;
  environment.own<maze::MazeConfig>().anchor = maze::Anchor::bottom_left;
  environment.actions = envs::ActionSet::moves;
  environment.own<maze::MazeConfig>().observation = observation;
  environment.time_limit = kLimitOfTest;
  return environment;
}

jobs::RunConfig certify_config(int layouts = 0, int chunk = 1000) {
  jobs::RunConfig config = registry::default_config();
  config.section<CertifyConfig>().layouts = layouts;
  config.section<CertifyConfig>().chunk = chunk;
  return config;
}

CertifyResult certified(const rollout::Agent& agent, int size, const envs::EnvironmentConfig& environment,
                        int chunk = 0, const jobs::RunConfig& config = certify_config()) {
  return certify_unit(config, environment, agent,
                      certified_layouts(size, 1, config.section<CertifyConfig>().layouts),
                      {size, kAllLayouts, chunk});
}

// Holds a small random network with a scaled policy head, so that actions are neither uniform nor certain.
struct RandomNetwork {
  explicit RandomNetwork(const envs::EnvironmentConfig& of_environment, uint64_t seed = 3)
      : environment(of_environment),
        network(shape(), environment.own<maze::MazeConfig>().observation == envs::Interface::rgb
                             ? policy::NetworkInterface{3, 64, 64, 1 / 255.0, envs::kMoves}
                             : policy::NetworkInterface{maze::kPlanes, 5, 5, 1, envs::kMoves}),
        agent(network, environment) {
    RandomStream random(seed, "weights");
    network.initialise(random);
    torch::NoGradGuard no_grad;
    for (const auto& p : network.layout())
      if (p.name == "fc_policy.weight") network.parameters().narrow(0, p.offset, p.count).mul_(30);
  }
  static policy::NetworkConfig shape() {
    policy::NetworkConfig config;
    config.channels = {4, 8};
    config.residual_blocks = 1;
    config.fc = 16;
    return config;
  }
  const envs::EnvironmentConfig environment;
  policy::Network network;
  const rollout::NetworkAgent agent;
};

envs::MazeLevel level_of(const envs::EnvironmentConfig& environment, int size, uint32_t walls) {
  envs::MazeLevel level;
  level.size = size;
  level.world_dim = environment.own<maze::MazeConfig>().world_dim;
  level.origin = maze::maze_origin(maze::level_options(environment.own<maze::MazeConfig>()), size);
  level.open = open_cells(size, walls);
  return level;
}

// Computes the results for one layout from the rules of the environment, one move at a time, and dense linear
// algebra.
struct BruteForce {
  std::array<int, kPairs> pairs{}, never{}, delay{};
  std::array<double, kPairs> within{}, expected{};
  int worst_delay = -1;
  double lowest = 2;

  BruteForce(const rollout::Agent& agent, const envs::MazeLevel& level, int region, int limit) {
    const int faces = agent.depends_on_facing() ? 2 : 1;
    for (const envs::Cell cheese : open_cells(level)) {
      envs::MazeState state = initial_state(level);
      state.cheese = cheese;
      rollout::PolicyCache cache(agent, {state});
      std::vector<std::pair<envs::Cell, bool>> places;
      for (const envs::Cell cell : open_cells(level))
        for (int face = 0; face < faces && cell != cheese; ++face) places.emplace_back(cell, face == 1);
      const auto n = static_cast<Eigen::Index>(places.size());
      Eigen::MatrixXd moving = Eigen::MatrixXd::Zero(n, n);
      Eigen::VectorXd arriving = Eigen::VectorXd::Zero(n);
      std::vector<int> greedy;  // index of the next place, -1: arrived
      for (Eigen::Index i = 0; i < n; ++i) {
        const rollout::Mouse mouse{places[static_cast<size_t>(i)].first,
                                   places[static_cast<size_t>(i)].second};
        cache.evaluate({0}, {mouse});
        const policy::ActionDistribution distribution = cache.distribution({0}, {mouse});
        const torch::Tensor probabilities = distribution.probabilities();
        const auto* probability = probabilities.data_ptr<float>();
        for (int a = 0; a < agent.actions(); ++a) {
          envs::MazeState after = rollout::with_mouse(state, mouse);
          const bool arrived = apply_move(after, agent.move(a));
          const auto place = std::find(places.begin(), places.end(),
                                       std::pair(after.mouse, faces == 2 && after.facing_right));
          if (arrived) {
            arriving(i) += probability[a];
          } else {
            moving(i, place - places.begin()) += probability[a];
          }
          if (a == distribution.mode().front())
            greedy.push_back(arrived ? -1 : static_cast<int>(place - places.begin()));
        }
      }
      Eigen::VectorXd chance = Eigen::VectorXd::Zero(n);
      for (int t = 0; t < limit; ++t) chance = moving * chance + arriving;
      const Eigen::VectorXd steps =
          (Eigen::MatrixXd::Identity(n, n) - moving).fullPivLu().solve(Eigen::VectorXd::Ones(n));
      for (Eigen::Index i = 0; i < n; i += faces) {
        const envs::Cell start = places[static_cast<size_t>(i)].first;
        int at = static_cast<int>(i), walked = 0;
        for (; at >= 0 && walked <= 200; ++walked) at = greedy[static_cast<size_t>(at)];
        const int late = walked - distance(level, start, cheese);
        if (at < 0) worst_delay = std::max(worst_delay, late);
        lowest = std::min(lowest, chance(i));
        const bool own = start == envs::kStart;
        const std::array<bool, kPairs> counts = {
            true, own, own && cheese.x >= level.size - region && cheese.y >= level.size - region,
            own && !on_path(level, cheese, envs::kStart, level.top_right())};
        for (size_t p = 0; p < kPairs; ++p) {
          if (!counts[p]) continue;
          ++pairs[p];
          never[p] += at < 0 ? 0 : 1;
          delay[p] += at < 0 ? late : 0;
          within[p] += chance(i);
          expected[p] += steps(i);
        }
      }
    }
  }
};

// Compares the results for one layout with those of brute force.
void expect_brute_force(const LayoutRow& row, const BruteForce& brute) {
  for (size_t p = 0; p < kPairs; ++p) {
    ASSERT_EQ(row.pairs[p], brute.pairs[p]);
    EXPECT_EQ(row.never[p], brute.never[p]);
    EXPECT_EQ(row.delay[p], brute.delay[p]);
    if (brute.pairs[p] == 0) continue;
    EXPECT_NEAR(row.within_limit[p], brute.within[p] / brute.pairs[p], 1e-5);
    EXPECT_NEAR(row.expected_steps[p] / (brute.expected[p] / brute.pairs[p]), 1, 1e-3);
  }
  EXPECT_EQ(row.worst_delay, brute.worst_delay);
  EXPECT_NEAR(row.lowest, brute.lowest, 1e-5);
}

TEST(Certify, EqualsBruteForceOnAllOfSizeThree) {
  for (const uint64_t seed : {3, 4, 5}) {
    const RandomNetwork random(certify_environment(), seed);
    const CertifyResult result = certified(random.agent, 3, random.environment);
    const Layouts layouts = all_layouts(3);
    for (size_t l = 0; l < 4; ++l)
      expect_brute_force(
          result.rows[l],
          BruteForce(random.agent, level_of(random.environment, 3, layouts.open_walls[l]), 1, kLimitOfTest));
  }
}

TEST(Certify, EqualsBruteForceOn200RandomMazesOfSizeFive) {
  const RandomNetwork random(certify_environment());
  const CertifyResult result = certified(random.agent, 5, random.environment);
  const Layouts layouts = all_layouts(5);
  std::map<size_t, int> seen;  // 200 levels have fewer layouts
  int never = 0, late = 0;
  for (int i = 0; i < 200; ++i) {
    const envs::MazeLevel level =
        maze::generate_level(maze::level_options(random.environment.own<maze::MazeConfig>()), 5000 + i, 5);
    const auto found =
        std::find(layouts.open_walls.begin(), layouts.open_walls.end(), open_walls(5, level.open));
    ASSERT_NE(found, layouts.open_walls.end());
    const auto row = static_cast<size_t>(found - layouts.open_walls.begin());
    if (seen[row]++ > 0) continue;
    const BruteForce brute(random.agent, level, 1, kLimitOfTest);
    expect_brute_force(result.rows[row], brute);
    never += brute.never[kEverywhere];
    late += brute.delay[kEverywhere];
  }
  EXPECT_GT(seen.size(), 100U);
  EXPECT_GT(never, 0);  // otherwise the test would see too little
  // A perfect maze is a tree: a memoryless greedy mouse that returns to a cell never arrives.
  EXPECT_EQ(late, 0);
}

// If the observation shows the direction the mouse faces, there are two states per cell.
TEST(Certify, EqualsBruteForceWhereFacingIsSeen) {
  const RandomNetwork random(certify_environment(envs::Interface::rgb));
  const CertifyResult result = certified(random.agent, 3, random.environment);
  EXPECT_EQ(result.faces, 2);
  const Layouts layouts = all_layouts(3);
  for (size_t l = 0; l < 4; ++l)
    expect_brute_force(
        result.rows[l],
        BruteForce(random.agent, level_of(random.environment, 3, layouts.open_walls[l]), 1, kLimitOfTest));
}

// Seeks the cheese, but first turns right, against the wall, where it faces left and a wall is on its right.
class TurningSeeker : public CheeseSeeker {
 public:
  bool depends_on_facing() const override { return true; }
  void evaluate(const std::vector<envs::MazeState>& states, const std::vector<int>& episodes, float* logits,
                float* values) const override {
    CheeseSeeker::evaluate(states, episodes, logits, values);
    for (size_t i = 0; i < states.size(); ++i)
      if (!states[i].facing_right &&
          !states[i].level->is_open(envs::neighbour(states[i].mouse, envs::Move::right)))
        logits[i * envs::kMoves + static_cast<size_t>(envs::Move::right)] = 10;
  }
};

TEST(Certify, ATurnOnTheSpotIsADelay) {
  const TurningSeeker agent;
  const CertifyResult result = certified(agent, 5, certify_environment());
  const Layouts layouts = all_layouts(5);
  int late = 0;
  for (size_t l = 0; l < layouts.count(); l += 8) {
    const BruteForce brute(agent, level_of(certify_environment(), 5, layouts.open_walls[l]), 1, kLimitOfTest);
    expect_brute_force(result.rows[l], brute);
    EXPECT_EQ(brute.never[kEverywhere], 0);
    late += brute.delay[kEverywhere];
  }
  EXPECT_GT(late, 1000);
}

// Compares with rollouts, which do not use chains: 20,000 from the start with the cheese anywhere, and 20,000
// of the worst case.
TEST(Certify, AgreesWithRollouts) {
  constexpr int kRollouts = 20'000;
  const RandomNetwork random(certify_environment());
  const CertifyResult result = certified(random.agent, 3, random.environment);
  const Layouts layouts = all_layouts(3);
  for (size_t l = 0; l < 4; ++l) {
    const envs::MazeLevel level = level_of(random.environment, 3, layouts.open_walls[l]);
    const auto play = [&](const std::vector<envs::Cell>& cheeses, envs::Cell start) {
      std::vector<envs::MazeLevel> levels(kRollouts, level);
      std::vector<envs::MazeState> states;
      for (int i = 0; i < kRollouts; ++i) {
        levels[static_cast<size_t>(i)].seed = i;  // names the random stream
        states.push_back(initial_state(levels[static_cast<size_t>(i)]));
        states.back().cheese = cheeses[static_cast<size_t>(i) % cheeses.size()];
        states.back().mouse = start;
      }
      rollout::PolicyCache cache(random.agent, states);
      return rollout::run_rollouts(cache, *make_task(random.environment), rollout::ActionSelection::kSampled,
                                   kLimitOfTest, std::vector<envs::Cell>(kRollouts, envs::kNoCell), 9,
                                   "certify" + std::to_string(l));
    };
    const auto rate = [](const datasets::Rollouts& rollouts) {
      return static_cast<double>(std::count(rollouts.success.begin(), rollouts.success.end(), 1)) / kRollouts;
    };
    const auto error = [](double p) { return 4.5 * std::sqrt(p * (1 - p) / kRollouts); };
    std::vector<envs::Cell> cheeses = open_cells(level);
    cheeses.erase(cheeses.begin());  // the start
    const double mean = result.rows[l].within_limit[kFromStart];
    EXPECT_NEAR(rate(play(cheeses, envs::kStart)), mean, error(mean));
    const double lowest = result.rows[l].lowest;
    const envs::Cell cheese = level.cell(static_cast<size_t>(result.rows[l].lowest_cheese));
    const envs::Cell start = level.cell(static_cast<size_t>(result.rows[l].lowest_start));
    EXPECT_NEAR(rate(play({cheese}, start)), lowest, error(lowest));
    EXPECT_LT(lowest, 0.98);  // otherwise any walk would pass
  }
}

TEST(Certify, SeekersAlwaysArriveByTheShortestPath) {
  for (const int size : {3, 5}) {
    const CertifyResult result = certified(CheeseSeeker(), size, certify_environment());
    const Layouts layouts = all_layouts(size);
    for (size_t l = 0; l < layouts.count(); ++l) {
      const envs::MazeLevel level = level_of(certify_environment(), size, layouts.open_walls[l]);
      for (size_t p = 0; p < kPairs; ++p) {
        EXPECT_EQ(result.rows[l].never[p], 0);
        EXPECT_EQ(result.rows[l].delay[p], 0);
      }
      EXPECT_EQ(result.rows[l].worst_delay, 0);
      EXPECT_GT(result.rows[l].lowest, 1 - 1e-9);
      EXPECT_NEAR(result.rows[l].expected_steps[kTopRightCheese],
                  distance(level, envs::kStart, level.top_right()), 1e-3);
    }
  }
}

TEST(Certify, TopRightWalkersMissWhatIsOffTheirPathAndNothingElse) {
  for (const int size : {3, 5}) {
    const CertifyResult result = certified(TopRightWalker(), size, certify_environment());
    const Layouts layouts = all_layouts(size);
    for (size_t l = 0; l < layouts.count(); ++l) {
      const envs::MazeLevel level = level_of(certify_environment(), size, layouts.open_walls[l]);
      const auto cells = open_cells(level);
      const auto count = static_cast<int>(cells.size());
      // A path of d steps contains d cells other than its start.
      int all_missed = 0;
      for (const envs::Cell start : cells)
        all_missed += count - 1 - distance(level, start, level.top_right());
      const int missed = count - 1 - distance(level, envs::kStart, level.top_right());
      const auto never = [&](size_t pairs) { return result.rows[l].never[pairs]; };
      EXPECT_EQ(never(kEverywhere), all_missed);
      EXPECT_EQ(never(kFromStart), missed);
      EXPECT_EQ(never(kOffPathCheese), missed);
      EXPECT_EQ(result.rows[l].pairs[kOffPathCheese], missed);
      EXPECT_EQ(never(kTopRightCheese), 0);
      EXPECT_EQ(result.rows[l].worst_delay, 0);
      EXPECT_LT(result.rows[l].lowest, 1e-3);
    }
  }
}

TEST(Certify, BlocksAreThePartsOfTheWhole) {
  const envs::EnvironmentConfig environment = certify_environment();
  const CertifyResult whole = certified(TopRightWalker(0.3), 5, environment);
  std::vector<double> curve(whole.arrived.size());
  const jobs::RunConfig config = certify_config(0, 50);
  size_t next = 0;
  for (int chunk = 0; chunk < 4; ++chunk) {
    const CertifyResult part = certified(TopRightWalker(0.3), 5, environment, chunk, config);
    for (const LayoutRow& row : part.rows) EXPECT_EQ(row.within_limit, whole.rows.at(next++).within_limit);
    for (size_t i = 0; i < curve.size(); ++i) curve[i] += part.arrived[i];
  }
  EXPECT_EQ(next, whole.rows.size());
  for (size_t i = 0; i < curve.size(); ++i) EXPECT_NEAR(curve[i], whole.arrived[i], 1e-9);
}

TEST(CertifyUnits, CoverEveryLayoutOnce) {
  CertifyConfig config;
  config.layouts = 1000;
  config.chunk = 300;
  const auto units = certify_units(config);
  ASSERT_EQ(units.size(), 6U);
  EXPECT_EQ(units[3].file_name(), "size07-sample-003.h5");
  EXPECT_EQ(units[4].file_name(), "size05-all-000.h5");
  config.layouts = 0;
  EXPECT_EQ(certify_units(config).size(), 335U + 2);
  EXPECT_EQ(certified_states(7, 100352, 1), 93'327'360);
}

TEST(Certify, RefusesAPolicyThatAnswersNoNumbers) {
  RandomNetwork random(certify_environment());
  torch::NoGradGuard no_grad;
  random.network.parameters().fill_(1e30F);
  EXPECT_THROW(certified(random.agent, 3, random.environment), UserError);
}

}  // namespace
}  // namespace mazescan::certify

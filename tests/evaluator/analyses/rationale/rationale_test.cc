#include "evaluator/analyses/rationale/rationale.h"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "envs/maze/maze_config.h"
#include "envs/maze/planes.h"
#include "evaluator/analyses/rationale/config.h"
#include "evaluator/analyses/rationale/masking.h"
#include "evaluator/registry/registry.h"
#include "tests/evaluator/small_policy.h"
#include "tests/storage/temporary_folder.h"

namespace mazescan::rationale {
namespace {

constexpr int kReaderSide = 5;
constexpr envs::Cell kReadCell{2, 3};  // free in some mazes of size 5, a wall in others

// Returns a policy of a world of 5 x 5 cells that knows only the mouse's cell and whether kReadCell is free: in a
// free cell p of the mouse it makes the move p mod 4 if kReadCell is free, and the opposite one if it is a wall.
// reads: false for a policy that ignores its input.
policies::TrainedPolicy planted_reader(bool reads) {
  torch::NoGradGuard no_grad;
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = kReaderSide;
  environment.own<maze::MazeConfig>().region = 1;
  environment.actions = envs::ActionSet::moves;
  environment.time_limit = 30;
  constexpr int kCells = kReaderSide * kReaderSide;
  policy::NetworkConfig config;
  config.channels = {};
  config.fc = 2 * kCells;
  policy::Network network(config, {maze::kPlanes, kReaderSide, kReaderSide, 1, envs::kMoves});
  network.parameters().zero_();
  const auto parameter = [&](const std::string& name) {
    for (size_t i = 0; i < network.layout().size(); ++i)
      if (network.layout()[i].name == name) return network.parameter(i);
    throw InternalError("no parameter " + name);
  };
  torch::Tensor fc = parameter("embedder.fc.weight"), shifts = parameter("embedder.fc.bias"),
                logits = parameter("fc_policy.weight");
  envs::MazeLevel grid;
  grid.world_dim = grid.size = kReaderSide;
  const auto read = static_cast<int64_t>(maze::plane_index(grid, kReadCell));
  constexpr std::array<envs::Move, 4> kTurns = {envs::Move::left, envs::Move::down, envs::Move::right,
                                                envs::Move::up};
  for (int64_t cell = 0; reads && cell < kCells; ++cell) {
    const int64_t if_free = 2 * cell, if_wall = if_free + 1;
    fc.index_put_({if_free, kCells + cell}, 1);  // the plane of the mouse
    fc.index_put_({if_wall, kCells + cell}, 1);
    fc.index_put_({if_free, read}, 1);
    shifts.index_put_({if_free}, -1);
    fc.index_put_({if_wall, read}, -1);
    logits.index_put_({static_cast<int64_t>(kTurns[static_cast<size_t>(cell) % 4]), if_free}, 8);
    logits.index_put_({static_cast<int64_t>(kTurns[static_cast<size_t>(cell + 2) % 4]), if_wall}, 8);
  }
  return {{std::move(network), dump_config(environment), "{}", "planted"}, environment};
}

jobs::RunConfig reader_config() {
  jobs::RunConfig config = registry::default_config();
  auto& section = config.section<RationaleConfig>();
  section.sizes = {kReaderSide};
  section.rates = {0.3, 0.08};  // 0.08: two of 25 cells
  section.steps = 250;
  section.levels = 60;
  return config;
}

RationaleResult rationales_of(bool reads, const std::string& placement) {
  return rationale_unit(reader_config(), planted_reader(reads), {kReaderSide, placement, 0});
}

// Returns the mean over states of a value for the last rate.
template <class Value>
double last_mean(const RationaleResult& result, const Value& value) {
  double sum = 0;
  for (const StateRow& row : result.states) sum += value(row);
  return sum / static_cast<double>(result.states.size());
}
double last_kept(const RationaleResult& result, SeenCells StateRow::*seen) {
  return last_mean(result, [&](const StateRow& row) { return (row.*seen).same_move.back(); });
}
double last_held(const RationaleResult& result, Object object) {
  return last_mean(result, [&](const StateRow& row) { return row.rationale.holds.at(kObjects + object); });
}

TEST(PlantedRationale, IsTheTwoCellsThatThePolicyReads) {
  const RationaleResult result = rationales_of(true, "uniform");
  ASSERT_EQ(result.states.size(), 60U);
  constexpr size_t kCells = kReaderSide * kReaderSide;
  for (const StateRow& row : result.states) {
    std::vector<uint8_t> expected(kCells);
    for (const envs::Cell cell : {row.mouse, kReadCell})
      expected[static_cast<size_t>(cell.y) * kReaderSide + static_cast<size_t>(cell.x)] = kKept;
    const std::vector<uint8_t> found(row.cells.end() - kCells, row.cells.end());
    EXPECT_EQ(found, expected) << "mouse at " << row.mouse.x << ", " << row.mouse.y;
  }
  EXPECT_EQ(last_kept(result, &StateRow::rationale), 1);
  EXPECT_EQ(last_held(result, kMouse), 1);
  EXPECT_LT(last_held(result, kCheese), 0.25);
  EXPECT_LT(last_kept(result, &StateRow::random), 0.5);
  EXPECT_LT(last_kept(result, &StateRow::nearest), 0.9) << "the mouse alone is not enough";
  EXPECT_NEAR(result.expected_rates.back(), 0.08, 0.02);
}

// Nothing is needed to keep the decision of a policy that ignores its input: no cell is preferred.
TEST(PlantedRationale, OfAPolicyThatReadsNothingHoldsNothing) {
  const RationaleResult result = rationales_of(false, "top_right");
  EXPECT_EQ(last_kept(result, &StateRow::rationale), 1);
  EXPECT_EQ(last_kept(result, &StateRow::random), 1);
  for (const Object object : {kCheese, kMouse, kCheeseStep, kCornerStep, kRegion})
    EXPECT_LT(last_held(result, object), 0.1) << "object " << object;
  EXPECT_LT(result.expected_rates.back(), 0.081);
}

TEST(RationaleUnit, HasNoStatesIfTheGoalFitsNowhere) {
  const RationaleResult result = rationales_of(true, "cell:4,40");
  EXPECT_TRUE(result.levels.empty());
  EXPECT_TRUE(result.states.empty());
  EXPECT_EQ(result.expected_rates.size(), result.targets.size());
}

// States with the cheese and the mouse in different cells, and what the policy sees of them.
TEST(MaskedStates, ShowOneMouseAndOneCheese) {
  const policies::TrainedPolicy reader = planted_reader(true);
  const rollout::NetworkAgent agent(reader.policy.network, reader.environment);
  const auto task = make_task(reader.environment);
  const envs::MazeLevel one = make_level(*task, 1, kReaderSide), two = make_level(*task, 2, kReaderSide);
  envs::MazeState state = initial_state(one), other = initial_state(two);
  state.mouse = {2, 2};
  state.cheese = {4, 4};
  other.mouse = {0, 4};
  other.cheese = {4, 0};
  const MazeWindow window(one);
  const MaskedStates masked(agent, reader.policy.network, {state}, {other});
  const auto seen = [&](const std::vector<envs::Cell>& cells) {
    torch::Tensor mask = torch::zeros({1, kReaderSide * kReaderSide});
    for (const envs::Cell cell : cells) mask[0][window.index(cell)] = 1;
    return masked.seen(mask.view({1, kReaderSide, kReaderSide}), window)[0];
  };
  EXPECT_TRUE(torch::equal(seen({}), masked.others[0]));
  EXPECT_TRUE(torch::equal(masked.seen(torch::ones({1, kReaderSide, kReaderSide}), window), masked.planes));
  const torch::Tensor with_mouse = seen({state.mouse});
  EXPECT_TRUE(torch::equal(with_mouse[1], masked.planes[0][1])) << "the other maze's mouse is absent";
  EXPECT_TRUE(torch::equal(with_mouse[2], masked.others[0][2])) << "its cheese is not";
  const torch::Tensor with_cheese = seen({state.cheese});
  EXPECT_TRUE(torch::equal(with_cheese[1], masked.others[0][1]));
  EXPECT_TRUE(torch::equal(with_cheese[2], masked.planes[0][2]));
  EXPECT_EQ(seen({other.mouse})[1].sum().item<float>(), 0)
      << "a cell that is seen has no mouse of another maze";
}

TEST(RationaleConfig, RefusesWhatCannotBe) {
  RationaleConfig config;
  config.sizes = {4};
  EXPECT_USER_ERROR(config.validate(), "'rationale.sizes' holds 4");
  config.sizes = {5};
  for (const std::vector<double>& rates : {std::vector<double>{}, {0.1, 0.1}, {0.1, 0.2}, {0.1, 0}}) {
    config.rates = rates;
    EXPECT_USER_ERROR(config.validate(), "'rationale.rates'");
  }
}

TEST(RationaleJob, RefusesPictures) {
  const TemporaryFolder run;
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().observation = envs::Interface::rgb;
  policy::NetworkConfig small;
  small.channels = {4};
  policy::Network network(small, policies::network_interface(environment));
  RandomStream random(1, "weights");
  network.initialise(random);
  storage::write_atomically(run / "policy.safetensors",
                            policy::encode_policy(network, dump_config(environment), "{}"));
  jobs::RunConfig config = registry::default_config();
  config.run = run.path().string();
  EXPECT_USER_ERROR(estimate_rationale(config, {}), "observation: planes");
}

}  // namespace
}  // namespace mazescan::rationale

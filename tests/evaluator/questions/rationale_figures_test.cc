#include "evaluator/questions/rationale_figures.h"

#include <gtest/gtest.h>

#include "evaluator/analyses/rationale/schema.h"

namespace mazescan::questions {
namespace {

using nlohmann::json;
using rationale::SeenCells;

constexpr int kMazeSize = 3;

// Returns a state at (0, 0) of an open maze with the cheese at (2, 2). Of two rates the first keeps all nine cells,
// the second only the mouse's, and the move if `keeps`.
rationale::StateRow state_with_two_rates(bool keeps) {
  rationale::StateRow row;
  row.mouse = {0, 0};
  row.cells.assign(2 * kMazeSize * kMazeSize, rationale::kKept);
  for (size_t cell = 10; cell < row.cells.size(); ++cell) row.cells[cell] = rationale::kLeftOut;
  row.cells[9] = rationale::kUndecided;
  const SeenCells all{{1, 1}, {0, 0.5F}, {1, 1, 1, 1, 1, 0, 1, 0, 0, 0}};
  row.rationale = row.random = row.nearest = all;
  row.rationale.same_move[1] = keeps ? 1 : 0;
  row.random.same_move[1] = 0;
  return row;
}

datasets::Results two_states() {
  rationale::RationaleResult result;
  result.targets = {0.5, 0.1};
  result.expected_rates = {0.5, 0.1};
  envs::MazeLevel level;
  level.size = kMazeSize;
  level.open.assign(kMazeSize * kMazeSize, 1);
  level.cheese = {2, 2};
  result.levels = {datasets::LevelRow(level)};
  result.states = {state_with_two_rates(true), state_with_two_rates(false)};
  datasets::Results results;
  results.shards = {datasets::result_shard(datasets::kRationale, {kMazeSize, "uniform", 0}, "key", result)};
  return results;
}

TEST(RationaleFigures, ShowTheSharesOfTheStates) {
  const std::vector<json> figures = rationale_figures(two_states());
  ASSERT_EQ(figures.size(), 5U);
  const json& kept = figures[0].at("rows");
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0][3].at("value"), 1);
  EXPECT_NEAR(kept[1][3].at("value").get<double>(), 1.0 / 9, 1e-12) << "one cell of nine";
  EXPECT_NEAR(kept[1][4].at("value").get<double>(), 1.0 / 9, 1e-12) << "which is undecided";
  EXPECT_EQ(kept[1][5].at("value"), 0.5) << "the rationale keeps one of two decisions";
  EXPECT_EQ(kept[1][6].at("value"), 0) << "random cells";
  EXPECT_EQ(kept[1][7].at("value"), 1) << "nearest cells";
  const json& held = figures[1].at("rows")[1];
  EXPECT_EQ(held[3].at("value"), 1) << "the mouse";
  EXPECT_EQ(held[4].at("value"), 0) << "the cheese";
}

TEST(RationaleFigures, ShowWhereTheCellsLie) {
  const std::vector<json> figures = rationale_figures(two_states());
  const json& heat = figures[3].at("cells");  // 2 cells on each side; the rate is the first, which keeps all
  EXPECT_EQ(heat[2][2].at("value"), 1);
  EXPECT_TRUE(heat[4][0].is_null()) << "outside the maze";
  const json& maze = figures[4].at("mazes")[0];
  EXPECT_EQ(maze.at("mouse"), json({0, 0}));
  EXPECT_EQ(maze.at("shade").size(), 9U);
}

TEST(RationaleFigures, AreNoneWithoutAState) {
  EXPECT_TRUE(rationale_figures({}).empty());
}

}  // namespace
}  // namespace mazescan::questions

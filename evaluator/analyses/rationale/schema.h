#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "datasets/columns.h"
#include "datasets/level_rows.h"
#include "envs/maze_state.h"

// The contents of rationale's shards.
namespace mazescan::rationale {

// What a rationale can hold, in the order of the axis "object". The steps are the cells after the mouse's on
// the shortest paths to the cheese and to the top-right corner; region: any free cell of the region of the
// goal in training.
enum Object : uint8_t { kCheese, kMouse, kCheeseStep, kCornerStep, kRegion };
inline constexpr size_t kObjects = 5;

// Values of shown/cells.
inline constexpr uint8_t kLeftOut = 0, kKept = 1, kUndecided = 2;

// What the policy does if it sees only some cells of a state, for each rate.
struct SeenCells {
  std::vector<uint8_t> same_move;  // the likeliest move is that of the whole state
  std::vector<float> divergence;   // Kullback-Leibler divergence from the policy in the whole state, nats
  std::vector<uint8_t> holds;      // rate, object: the cells hold it

  template <class Visitor>
  void columns(Visitor& visit, const char* same_move_name, const char* divergence_name,
               const char* holds_name) {
    visit(same_move_name, same_move, {"rate"});
    visit(divergence_name, divergence, {"rate"});
    visit(holds_name, holds, {"rate", "object"});
  }
};

// A state of a measured level: the cells of its rationales, and as many cells at random and near the mouse.
struct StateRow {
  int32_t level = 0;
  envs::Cell mouse;
  std::array<float, envs::kMoves> moves{};  // probabilities in the whole state
  std::vector<uint8_t> cells;               // rate, y, x: kLeftOut, kKept or kUndecided
  SeenCells rationale, random, nearest;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.length("object", kObjects);
    visit.index("shown/level", level, "level");
    visit("shown/mouse", mouse, {"coordinate"});
    visit.check(mouse != envs::kNoCell, "shown/mouse is no cell");
    visit("shown/moves", moves, {"move"});
    visit("shown/cells", cells, {"rate", "y", "x"});
    rationale.columns(visit, "rationale/same_move", "rationale/divergence", "rationale/holds");
    random.columns(visit, "random/same_move", "random/divergence", "random/holds");
    nearest.columns(visit, "nearest/same_move", "nearest/divergence", "nearest/holds");
  }
};

// A unit, whose subject is a placement. Without states if fewer than two levels have a cell for the goal.
struct RationaleResult {
  std::vector<double> targets;         // rates that the generator was trained for
  std::vector<double> expected_rates;  // mean expected rates in the last tenth of the training
  std::vector<datasets::LevelRow> levels;
  std::vector<StateRow> states;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("rate/target", targets, {"rate"});
    visit("rate/expected", expected_rates, {"rate"});
    visit.table("level", levels);
    visit.table("state", states);
  }
};

}  // namespace mazescan::rationale

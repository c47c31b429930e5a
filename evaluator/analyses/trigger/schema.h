#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "datasets/columns.h"
#include "datasets/level_rows.h"
#include "envs/maze_state.h"

// The contents of trigger's shards.
namespace mazescan::trigger {

// The subject of the units whose levels are edited.
inline constexpr const char* kDirection = "direction";

// A cell of a level where no move is a best first step to both the cheese and the top-right corner, and the
// policy there; the mouse faces left.
struct ChoiceRow {
  int32_t level = 0;
  envs::Cell mouse;
  int32_t to_cheese = 0, to_corner = 0;                             // steps
  float euclidean_cheese = 0, euclidean_corner = 0;                 // straight distances, in cells
  std::array<float, envs::kMoves> moves{}, moves_without_cheese{};  // probabilities
  // The best first steps to the cheese together: their probability, and that of the same steps without the
  // cheese.
  float cheese_step = 0, cheese_step_without = 0;
  bool favours = false;          // the steps to the cheese are more probable than those to the corner
  bool favours_without = false;  // the same steps, in the same cell without the cheese
  float difference = 0;          // total variation between the two policies
  float visits = 0;              // mean steps of an episode at which the mouse is on this cell

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.index("state/level", level, "level");
    visit("state/mouse", mouse, {"coordinate"});
    visit.check(mouse != envs::kNoCell, "state/mouse is no cell");
    visit("state/to_cheese", to_cheese);
    visit("state/to_corner", to_corner);
    visit("state/euclidean_cheese", euclidean_cheese);
    visit("state/euclidean_corner", euclidean_corner);
    visit("state/moves", moves, {"move"});
    visit("state/moves_without_cheese", moves_without_cheese, {"move"});
    visit("state/cheese_step", cheese_step);
    visit("state/cheese_step_without", cheese_step_without);
    visit("state/favours", favours);
    visit("state/favours_without", favours_without);
    visit("state/difference", difference);
    visit("state/visits", visits);
  }
};

// A unit whose subject is a placement.
struct TriggerResult {
  std::vector<datasets::LevelRow> levels;
  std::vector<ChoiceRow> states;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.table("level", levels);
    visit.table("state", states);
  }
};

// A level of the second half of the edited ones, if it has a state.
struct EditedLevelRow {
  int32_t seed = 0;
  int32_t states = 0;
  // States that favour the cheese, for each coefficient: along the direction, and along a random one.
  std::vector<int32_t> favours, random_favours;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("direction/seed", seed);
    visit("direction/states", states);
    visit("direction/favours", favours, {"coefficient"});
    visit("random/favours", random_favours, {"coefficient"});
  }
};

// The effect of edits along the direction that predicts the choice.
struct DirectionCounts {
  double norm = 0;              // the direction's norm
  double share_of_network = 0;  // share of the network's activations that is edited
  std::vector<double> coefficients;
  std::vector<EditedLevelRow> levels;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("norm", norm);
    visit.fact("share_of_network", share_of_network);
    visit("direction/coefficient", coefficients, {"coefficient"});
    visit.table("level", levels);
  }
};

// A unit of subject kDirection.
struct DirectionResult {
  std::string tap;                               // the layer that is edited
  int64_t search_cheese = 0, search_corner = 0;  // states behind the two means
  std::optional<DirectionCounts> counts;         // none if a mean has no state

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("tap", tap);
    visit.fact("search_cheese", search_cheese);
    visit.fact("search_corner", search_corner);
    visit.part(counts);
  }
};

}  // namespace mazescan::trigger

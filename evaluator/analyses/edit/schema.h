#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "datasets/columns.h"
#include "datasets/level_rows.h"
#include "datasets/walk_ends.h"
#include "envs/maze_state.h"

// The contents of edit's shards, and the names in them.
namespace mazescan::edit {

// Experiments: the kind of target, and the placement of the cheese.
//   every_cell                               any free cell; the cheese top_right
//   top_left, bottom_right                   that corner; the cheese top_right
//   top_left_cheese, bottom_right_cheese     that corner; the cheese at the same cell
inline constexpr const char* kEveryCell = "every_cell";
inline const std::vector<std::string>& edit_experiments() {
  static const std::vector<std::string> names = {kEveryCell, "top_left", "bottom_right", "top_left_cheese",
                                                 "bottom_right_cheese"};
  return names;
}
// Returns whether the cheese itself is at the target.
inline bool cheese_at_target(const std::string& experiment) {
  return experiment == "top_left_cheese" || experiment == "bottom_right_cheese";
}

// Families of edits.
//   clamp    channels set to one value at the target's cell, and optionally to zero elsewhere
//   vector   multiples of the mean difference between activations with the cheese at the target and without
//   mask     a learned set of activations around the target, set to learned values
inline constexpr const char *kClampFamily = "clamp", *kVectorFamily = "vector", *kMaskFamily = "mask";
inline const std::vector<std::string>& edit_families() {
  static const std::vector<std::string> names = {kClampFamily, kVectorFamily, kMaskFamily};
  return names;
}

// Subjects of units: an experiment with a family or with kControls, and the two that have no experiment.
inline constexpr const char* kControls = "controls";
inline constexpr const char *kFindChannels = "find-channels", *kVectors = "vectors";
inline std::string edit_subject(const std::string& experiment, const std::string& family) {
  return experiment + "-" + family;
}

// Kinds of rows, and the names of controls.
inline constexpr const char *kEditKind = "edit", *kControlKind = "control";
inline constexpr const char *kNoEdit = "no edit", *kCheeseMoved = "cheese moved",
                            *kRandomChannels = "random channels", *kRandomPlace = "random place";
// Controls of the search itself: the whole layer as it is with the cheese at the target (a known answer), the
// same search without a limit on the fraction, and with twice the steps and search levels.
inline constexpr const char *kPatched = "whole layer patched", *kNoLimit = "no limit",
                            *kTwice = "twice the search";

// The part of the network that an edit changes: number of activations, averaged over cases, and its shares.
struct ShareFacts {
  double activations = 0;
  double of_layers = 0, of_taps = 0, of_network = 0;  // shares of the edited layers, all taps, the network

  template <class Visitor>
  void facts(Visitor& visit) {
    visit("activations", activations);
    visit("of_layers", of_layers);
    visit("of_taps", of_taps);
    visit("of_network", of_network);
  }
};

// How many independent directions an edit changes its layer in.
struct ChangeFacts {
  int64_t rank = 0;    // singular values that hold 99 % of the squared norm of the change over states
  int64_t states = 0;  // number of search states

  template <class Visitor>
  void facts(Visitor& visit) {
    visit("rank", rank);
    visit("states", states);
  }
};

// A layer through which every path from the observation to the logits passes.
struct CutFacts {
  std::string layer;
  int64_t activations = 0;  // of that layer

  template <class Visitor>
  void facts(Visitor& visit) {
    visit("layer", layer);
    visit("activations", activations);
  }
};

// The description of a row. Only edits have more than kind, name and text.
struct EditFacts {
  std::string kind, name;
  std::optional<std::string> text;  // describes the edit; a control has its edit's text
  std::optional<std::string> tap;
  std::optional<double> fraction;        // allowed share of the network's activations
  std::optional<int64_t> activations;    // largest number that it changes
  std::optional<double> largest_share;   // `activations` as a share of the network's
  std::optional<double> share_of_layer;  // `activations` as a share of the layer's
  std::optional<bool> cut;  // whether every path from the observation to the logits passes the layer
  std::optional<ChangeFacts> change;
  std::optional<ShareFacts> share;
  std::optional<double> choosing;  // mean log probability of the paths' moves on choosing levels
  std::optional<std::vector<int64_t>> channels;
  std::optional<double> magnitude;  // multiple of the values
  std::optional<bool> elsewhere;    // whether the other cells are set to zero
  std::optional<int64_t> stored;    // index of the edit itself, in StoredEdits

  bool is_edit() const { return kind == kEditKind; }

  template <class Visitor>
  void facts(Visitor& visit) {
    visit("kind", kind);
    visit("name", name);
    visit("text", text);
    visit("tap", tap);
    visit("fraction", fraction);
    visit("activations", activations);
    visit("largest_share", largest_share);
    visit("share_of_layer", share_of_layer);
    visit("cut", cut);
    visit("change", change);
    visit("share", share);
    visit("choosing", choosing);
    visit("channels", channels);
    visit("magnitude", magnitude);
    visit("elsewhere", elsewhere);
    visit("stored", stored);
  }
};

// A walk that reaches its target is quick within this multiple of the shortest path.
inline constexpr int kQuickFactor = 3;

// A target on a level.
struct CaseRow {
  int32_t level = 0;
  envs::Cell target;
  int32_t distance = 0;  // steps from the start to the target
  int32_t off_path = 0;  // steps from the target to the path to the top-right corner
  double random = 0;     // chance that the random mouse reaches the target quickly

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.index("case/level", level, "level");
    visit("case/target", target, {"coordinate"});
    visit("case/distance", distance);
    visit("case/off_path", off_path);
    visit("case/random", random);
  }
};

// Q8's rates of normalised success.
inline constexpr std::array<double, 2> kFractionRates = {1.0 / 3, 0.9};

// Returns for each case whether the walk reached the target quickly.
inline std::vector<uint8_t> quick_walks(const datasets::WalkEnds& walks, const std::vector<CaseRow>& cases) {
  std::vector<uint8_t> quick;
  quick.reserve(cases.size());
  for (size_t c = 0; c < cases.size(); ++c)
    quick.push_back(walks.reached[c] != 0 && walks.steps[c] <= kQuickFactor * cases[c].distance ? 1 : 0);
  return quick;
}

// An edit or a control, scored on every case.
struct EditRow {
  EditFacts facts;
  datasets::WalkEnds sampled, greedy;
  std::vector<float> log;  // mean log probability of the moves of the shortest path to the target

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("rows", facts);
    visit("sampled/reached", sampled.reached, {"case"});
    visit("sampled/steps", sampled.steps, {"case"});
    visit("greedy/reached", greedy.reached, {"case"});
    visit("greedy/steps", greedy.steps, {"case"});
    visit("path/log", log, {"case"});
  }
};

// Returns the success s of the sampled and of the greedy mouse, the smaller one, at targets off the path to
// the top-right corner, as (s - r) / (1 - r), where r is that of the random mouse. NaN without such targets.
inline double normalised_success(const EditRow& row, const std::vector<CaseRow>& cases) {
  const std::vector<uint8_t> sampled = quick_walks(row.sampled, cases),
                             greedy = quick_walks(row.greedy, cases);
  double count = 0, by_chance = 0, by_sampled = 0, by_greedy = 0;
  for (size_t c = 0; c < cases.size(); ++c) {
    if (cases[c].off_path == 0) continue;
    count += 1;
    by_chance += cases[c].random;
    by_sampled += sampled[c];
    by_greedy += greedy[c];
  }
  return count > by_chance ? (std::min(by_sampled, by_greedy) - by_chance) / (count - by_chance)
                           : std::numeric_limits<double>::quiet_NaN();
}

// A walk to the cheese top_right without an edit, from which the clock T is taken.
struct ClockRow {
  int32_t seed = 0;
  bool reached = false;
  int32_t steps = 0;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("clock/seed", seed);
    visit("clock/reached", reached);
    visit("clock/steps", steps);
  }
};
struct Clock {
  std::vector<ClockRow> walks;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.table("clock", walks);
  }
};

// The policy on every cell of one case, without and with the best edit.
struct ExampleRow {
  int32_t number = 0;                  // index of the case
  std::vector<int32_t> before, after;  // move probabilities in thousandths; 0 in walls

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.index("example/case", number, "case");
    visit("example/before", before, {"y", "x", "move"});
    visit("example/after", after, {"y", "x", "move"});
  }
};
struct Examples {
  std::string text;  // the edit's description
  std::vector<ExampleRow> cases;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("example", text);
    visit.length("move", envs::kMoves);
    visit.table("example", cases);
  }
};

// An edit as it is applied, relative to the target's place on the map of one layer. It changes the same
// offsets from the target at every target. The values at an offset depend on the phase: the position of the
// target's cell inside its place.
struct StoredEdit {
  bool adds = false;               // true: values are added; false: they are set
  std::array<int32_t, 4> shape{};  // phases; channels, rows and columns of the map
  int64_t entries = 0;             // number of changed offsets

  template <class Visitor>
  void columns(Visitor& visit) {
    visit("stored/adds", adds);
    visit("stored/shape", shape, {"shape"});
    visit("stored/entries", entries);
  }
};
// The edits that were scored, each once.
inline constexpr const char *kStoredOffsets = "stored/offsets", *kStoredValues = "stored/values";
struct StoredEdits {
  std::vector<StoredEdit> edits;
  // The changed offsets of one edit after the other: indices into [channels, 2 rows - 1, 2 columns - 1].
  std::vector<int32_t> offsets;
  std::vector<float> values;  // of one edit after the other: [phases, its entries]

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.table("stored", edits);
    visit(kStoredOffsets, offsets, {"entry"});
    visit(kStoredValues, values, {"value"});
  }
};

// A unit of an experiment: its controls, or the edits of a family and their controls.
struct ExperimentResult {
  std::string experiment, family;
  int32_t in_the_way = 0;  // excluded targets: every path to them crosses the cheese
  int32_t limit = 0;       // steps of a walk
  std::string budget;      // describes how much was searched
  int64_t activations_of_network = 0, activations_of_taps = 0;
  std::optional<CutFacts> narrowest_cut;  // the one with the fewest activations; none: there is no cut
  std::optional<double> seen_layouts;  // share of levels whose walls also occur in a search or choosing level
  std::vector<datasets::LevelRow> levels;
  std::vector<CaseRow> cases;
  std::vector<EditRow> rows;
  std::optional<Clock> clock;         // only of controls
  std::optional<Examples> examples;   // only of a family in which an edit was found
  std::optional<StoredEdits> stored;  // the same

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("experiment", experiment);
    visit.fact("family", family);
    visit.fact("in_the_way", in_the_way);
    visit.fact("limit", limit);
    visit.fact("budget", budget);
    visit.fact("activations_of_network", activations_of_network);
    visit.fact("activations_of_taps", activations_of_taps);
    visit.fact("narrowest_cut", narrowest_cut);
    visit.fact("seen_layouts", seen_layouts);
    visit.table("level", levels);
    visit.table("case", cases);
    visit.table("row", rows);
    visit.part(clock);
    visit.part(examples);
    visit.part(stored);
  }
};

// A channel of a tap, and how well it locates the cheese.
struct ChannelRow {
  int32_t tap = 0;                // index into the taps
  int32_t number = 0;             // within the tap
  double located = 0, moved = 0;  // as in ChannelScore (find_channels.h)

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.index("channel/tap", tap, "tap");
    visit("channel/index", number);
    visit("channel/located", located);
    visit("channel/moved", moved);
  }
};

// A unit of subject kFindChannels.
struct ChannelsResult {
  std::vector<std::string> taps;
  int64_t cases = 0;  // number of cases evaluated
  std::vector<ChannelRow> channels;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("taps", taps);
    visit.fact("cases", cases);
    visit.length("tap", static_cast<int64_t>(taps.size()));
    visit.table("channel", channels);
  }
};

// The description of a row of vectors.
struct VectorFacts {
  std::string name;  // "cheese", "A-B", or kNoEdit
  std::string tap;
  double coefficient = 0;
  std::optional<double> share;  // share of the network's activations that is changed; none without an edit

  template <class Visitor>
  void facts(Visitor& visit) {
    visit("name", name);
    visit("tap", tap);
    visit("coefficient", coefficient);
    visit("share", share);
  }
};

struct VectorRow {
  VectorFacts facts;
  std::vector<float> to_cheese, to_corner;  // probability of the first move there, at the decision square

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("rows", facts);
    visit("to_cheese", to_cheese, {"level"});
    visit("to_corner", to_corner, {"level"});
  }
};

// A unit of subject kVectors.
struct VectorsResult {
  std::vector<datasets::SeedRow> levels;  // the levels with a decision square
  int64_t without_decision = 0;           // number of levels without one
  std::vector<VectorRow> rows;

  template <class Visitor>
  void columns(Visitor& visit) {
    visit.fact("without_decision", without_decision);
    visit.table("level", levels);
    visit.table("row", rows);
  }
};

}  // namespace mazescan::edit

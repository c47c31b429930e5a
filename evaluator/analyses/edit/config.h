#pragma once
#include <string>
#include <utility>
#include <vector>

#include "evaluator/analyses/edit/gate.h"
#include "evaluator/analyses/edit/schema.h"
#include "evaluator/policies/policy_choice.h"

namespace mazescan::edit {

// Splits "A-B" into the placements A and B. Throws UserError if it has no such form.
std::pair<std::string, std::string> difference_of(const std::string& vector);

// Section `edit`: edits of activations that send the mouse to a target.
struct EditConfig : policies::PolicyChoice {
  std::vector<int> sizes = {3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25};
  std::vector<std::string> experiments = edit_experiments();
  std::vector<std::string> families = edit_families();
  std::vector<std::string> layers = {"embedder.block1.res1.resadd", "embedder.block2.res1.resadd"};
  std::vector<int> channels;
  std::vector<std::string> vectors = {"top_right_corner-top_left_corner",
                                      "top_right_corner-bottom_right_corner"};
  std::vector<double> fractions = {0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1};
  bool refine = true;
  double largest_fraction = 0.1;
  std::vector<double> magnitudes = {1, 2, 4};
  std::string gate = gate_names().front();
  int mask_steps = 60, search_controls_from = 21;
  int search_levels = 128, choosing_levels = 32, score_levels = 120, targets = 3;
  int64_t first_level = 1'300'000'000;
  int max_steps = 0;

  template <class Visitor>
  void fields(Visitor& visit) {
    policies::PolicyChoice::which(visit);
    visit("sizes", sizes, "maze sizes", each<int>(between(3, 101)));
    visit("experiments", experiments,
          "targets: every_cell, top_left, bottom_right; with the cheese there: top_left_cheese, "
          "bottom_right_cheese");
    visit("families", families, "edits: clamp (channels), vector (with cheese - without), mask (learned)");
    visit("layers", layers, "layers that may be edited, before embedder.fc; the best one is used");
    visit("channels", channels, "channels to clamp, instead of those that locate the cheese best");
    visit("vectors", vectors,
          "A-B: activations with the cheese at placement A minus at B, added where the mouse must decide");
    visit("fractions", fractions, "shares of the network's activations that edits may change: one edit each",
          each<double>(between(0, 1)));
    visit("refine", refine,
          "every_cell: whether further edits narrow down the smallest fraction that suffices, for Q8");
    visit("largest_fraction", largest_fraction, "largest fraction that any edit may change", between(0, 1));
    visit("magnitudes", magnitudes, "multiples of clamped values and added vectors that are tried");
    visit("gate", gate, "distribution of the gates of a learned mask: hard_concrete or hard_kuma",
          one_of(gate_names()));
    visit("mask_steps", mask_steps, "gradient steps of a learned mask, for each fraction", between(1, 1e6));
    visit(
        "search_controls_from", search_controls_from,
        "smallest size at which corners also have controls of the search itself, which Q5 needs: a whole layer "
        "patched, no limit on the fraction, twice the steps and levels",
        between(3, 1000));
    visit("search_levels", search_levels, "levels from which values, gates and ranks of channels are learned",
          between(1, 1e6));
    visit("choosing_levels", choosing_levels,
          "other levels, on which edits, layers and families are compared", between(1, 1e6));
    visit("score_levels", score_levels, "further levels, on which chosen edits are scored", between(1, 1e6));
    visit("targets", targets, "number of cells drawn per level in every_cell; 0: all", at_least(0));
    visit("first_level", first_level, "level seed of the first", between(0, 2147483647.0));
    visit("max_steps", max_steps, "steps after which a rollout ends; 0: as the policy was trained",
          between(0, 1e6));
    policies::PolicyChoice::how(visit);
  }

  // Returns whether the search itself has controls.
  bool has_search_controls(int size, const std::string& experiment) const {
    return experiment != kEveryCell && size >= search_controls_from;
  }
  // Returns whether edits are searched between the fractions.
  bool refines(const std::string& experiment) const { return refine && experiment == kEveryCell; }
  // Throws UserError if a value is invalid, or if a fraction exceeds largest_fraction.
  void validate() const;
};

}  // namespace mazescan::edit

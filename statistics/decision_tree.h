#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mazescan::statistics {

// How well a decision tree of yes-or-no features predicts the classes that it was grown on.
struct TreeSize {
  int leaves = 1;
  double fidelity = 0;  // share of the samples whose class is the commonest of their leaf
};

// Grows a decision tree greedily until its fidelity is at least `wanted`: the next split is the one, of all leaves and
// features, that lowers the Gini impurity most, of several the one of the earliest leaf and feature. Stops earlier if no
// split is left or the tree has `most` leaves. Deterministic.
// features: for each feature one value for each sample, 0 or not 0; classes: one for each sample, 0 to count - 1.
// Source: Breiman, Friedman, Olshen and Stone, "Classification and regression trees", 1984.
TreeSize smallest_tree(const std::vector<std::vector<uint8_t>>& features, const std::vector<int>& classes,
                       int count, double wanted, int most);

}  // namespace mazescan::statistics

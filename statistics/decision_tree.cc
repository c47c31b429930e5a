#include "statistics/decision_tree.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace mazescan::statistics {

namespace {

using Features = std::vector<std::vector<uint8_t>>;

// Samples of each class.
struct Counts {
  std::vector<int64_t> of_class;
  int64_t all = 0;

  explicit Counts(int classes) : of_class(static_cast<size_t>(classes)) {}
  void add(int of) {
    ++of_class[static_cast<size_t>(of)];
    ++all;
  }
  int64_t commonest() const { return *std::max_element(of_class.begin(), of_class.end()); }
  // The sum of squares over the number of samples: the samples less their Gini impurity.
  double purity() const {
    double squares = 0;
    for (const int64_t n : of_class) squares += static_cast<double>(n) * static_cast<double>(n);
    return all > 0 ? squares / static_cast<double>(all) : 0;
  }
};

// A leaf with its best split.
struct Leaf {
  std::vector<size_t> samples;
  int64_t right = 0;  // samples of the commonest class
  size_t feature = 0;
  double gain = -1;  // negative: cannot be split
};

class Tree {
 public:
  Tree(const Features& features, const std::vector<int>& classes, int count)
      : features_(features), classes_(classes), count_(count) {}

  Leaf leaf(std::vector<size_t> samples) const {
    Leaf made;
    Counts counts(count_);
    for (const size_t s : samples) counts.add(classes_[s]);
    made.right = counts.commonest();
    made.samples = std::move(samples);
    if (made.right == counts.all) return made;  // of one class
    for (size_t f = 0; f < features_.size(); ++f) {
      Counts yes(count_), no(count_);
      for (const size_t s : made.samples) (features_[f][s] != 0 ? yes : no).add(classes_[s]);
      if (yes.all == 0 || no.all == 0) continue;
      const double gain = yes.purity() + no.purity() - counts.purity();
      if (gain <= made.gain) continue;
      made.gain = gain;
      made.feature = f;
    }
    return made;
  }

  // Replaces a leaf by its halves.
  void split(std::vector<Leaf>& leaves, size_t at) const {
    std::vector<size_t> yes, no;
    for (const size_t s : leaves[at].samples) (features_[leaves[at].feature][s] != 0 ? yes : no).push_back(s);
    leaves[at] = leaf(std::move(yes));
    leaves.push_back(leaf(std::move(no)));
  }

 private:
  const Features& features_;
  const std::vector<int>& classes_;
  const int count_;
};

}  // namespace

TreeSize smallest_tree(const Features& features, const std::vector<int>& classes, int count, double wanted,
                       int most) {
  expect(std::all_of(features.begin(), features.end(),
                     [&](const auto& feature) { return feature.size() == classes.size(); }),
         "each feature has a value for each sample");
  if (classes.empty()) return {1, 1};
  const Tree tree(features, classes, count);
  std::vector<size_t> all(classes.size());
  std::iota(all.begin(), all.end(), size_t{0});
  std::vector<Leaf> leaves = {tree.leaf(std::move(all))};
  while (true) {
    int64_t right = 0;
    for (const Leaf& leaf : leaves) right += leaf.right;
    const double fidelity = static_cast<double>(right) / static_cast<double>(classes.size());
    const auto best = std::max_element(leaves.begin(), leaves.end(),
                                       [](const Leaf& a, const Leaf& b) { return a.gain < b.gain; });
    const auto grown = static_cast<int>(leaves.size());
    if (fidelity >= wanted || grown >= most || best->gain < 0) return {grown, fidelity};
    tree.split(leaves, static_cast<size_t>(best - leaves.begin()));
  }
}

}  // namespace mazescan::statistics

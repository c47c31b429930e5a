#include "statistics/decision_tree.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace mazescan::statistics {
namespace {

using Features = std::vector<std::vector<uint8_t>>;

// All combinations of some features.
Features all_combinations(int count) {
  Features features(static_cast<size_t>(count));
  for (int sample = 0; sample < 1 << count; ++sample)
    for (int f = 0; f < count; ++f) features[static_cast<size_t>(f)].push_back((sample >> f) & 1);
  return features;
}

TreeSize tree_of(const Features& features, const std::vector<int>& classes, double wanted = 1,
                 int most = 100) {
  return smallest_tree(features, classes, 4, wanted, most);
}

TEST(DecisionTree, HasALeafForEachCaseOfAKnownRule) {
  const Features features = all_combinations(3);
  std::vector<int> constant, one, both, either_not_both, four;
  for (size_t s = 0; s < 8; ++s) {
    const bool a = features[0][s] != 0, b = features[1][s] != 0;
    constant.push_back(2);
    one.push_back(a ? 1 : 0);
    both.push_back(a && b ? 1 : 0);
    either_not_both.push_back(a != b ? 1 : 0);
    four.push_back((a ? 2 : 0) + (b ? 1 : 0));
  }
  EXPECT_EQ(tree_of(features, constant).leaves, 1);
  EXPECT_EQ(tree_of(features, one).leaves, 2);
  EXPECT_EQ(tree_of(features, both).leaves, 3);
  EXPECT_EQ(tree_of(features, either_not_both).leaves, 4) << "although the first split gains nothing";
  EXPECT_EQ(tree_of(features, four).leaves, 4);
  for (const auto& classes : {constant, one, both, either_not_both, four})
    EXPECT_EQ(tree_of(features, classes).fidelity, 1);
}

TEST(DecisionTree, StopsWhereItIsGoodEnoughOrCannotGrow) {
  const Features features = all_combinations(2);
  const std::vector<int> both = {0, 0, 0, 1};
  EXPECT_EQ(tree_of(features, both, 0.75).leaves, 1) << "three of four are of one class";
  EXPECT_EQ(tree_of(features, both, 0.75).fidelity, 0.75);
  EXPECT_EQ(tree_of(features, both, 1, 2).leaves, 2);
  const TreeSize undecided = tree_of({{1, 1, 0, 0}}, {0, 1, 2, 2});
  EXPECT_EQ(undecided.leaves, 2) << "the first two samples are equal";
  EXPECT_EQ(undecided.fidelity, 0.75);
  EXPECT_EQ(tree_of({}, {0, 1}).leaves, 1);
  EXPECT_EQ(tree_of({}, {}).fidelity, 1);
}

// Features that have nothing to do with the classes need about as many leaves as there are exceptions.
TEST(DecisionTree, NeedsManyLeavesWithoutARule) {
  RandomStream random(1, "tree");
  Features features(20);
  std::vector<int> classes, copied;
  for (int s = 0; s < 400; ++s) {
    for (auto& feature : features) feature.push_back(random.uniform() < 0.5 ? 1 : 0);
    classes.push_back(random.uniform() < 0.5 ? 1 : 0);
    copied.push_back(features[7].back());
  }
  EXPECT_EQ(tree_of(features, copied, 0.95).leaves, 2);
  EXPECT_GT(tree_of(features, classes, 0.95).leaves, 40);
}

}  // namespace
}  // namespace mazescan::statistics

#include "evaluator/analyses/certify/layouts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "envs/maze/level.h"
#include "envs/mt19937.h"
#include "envs/paths.h"

namespace mazescan::certify {
namespace {

class EverySize : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Sizes, EverySize, testing::Values(3, 5, 7));

TEST_P(EverySize, LayoutsAreAllThePerfectMazes) {
  const int size = GetParam();
  const Layouts layouts = all_layouts(size);
  EXPECT_EQ(layouts.count(), size == 3 ? 4U : size == 5 ? 192U : 100352U);
  EXPECT_TRUE(std::is_sorted(layouts.open_walls.begin(), layouts.open_walls.end()));
  EXPECT_EQ(std::set<uint32_t>(layouts.open_walls.begin(), layouts.open_walls.end()).size(), layouts.count());
  const int rooms = (size + 1) / 2 * ((size + 1) / 2);
  const size_t stride = size == 7 ? 97 : 1;
  for (size_t l = 0; l < layouts.count(); l += stride) {
    envs::MazeLevel level;
    level.size = size;
    level.open = open_cells(size, layouts.open_walls[l]);
    // The layout is a tree: it has the right number of cells, and all of them can be reached.
    EXPECT_EQ(std::accumulate(level.open.begin(), level.open.end(), 0), 2 * rooms - 1);
    const auto steps = envs::distances(level, envs::kStart);
    EXPECT_EQ(std::count(steps.begin(), steps.end(), -1), size * size - (2 * rooms - 1));
    EXPECT_EQ(open_walls(size, level.open), layouts.open_walls[l]);
  }
  EXPECT_NEAR(std::accumulate(layouts.probability.begin(), layouts.probability.end(), 0.0), 1, 1e-10);
}

// Runs Kruskal's algorithm on each order of the candidates: 4! orders for size 3.
TEST(Layouts, ProbabilitiesOfSizeThreeAreAllOrdersCounted) {
  const Layouts layouts = all_layouts(3);
  for (const double p : layouts.probability) EXPECT_DOUBLE_EQ(p, 0.25);
}

// Computes Pearson's chi-square of 200,000 generated levels against the probabilities. Its mean is the number
// of classes minus one and its variance is twice that. Five standard deviations are an error.
void expect_frequencies(int size, double smallest_class) {
  constexpr int kLevels = 200'000;
  const Layouts layouts = all_layouts(size);
  std::map<uint32_t, size_t> index;
  for (size_t l = 0; l < layouts.count(); ++l) index[layouts.open_walls[l]] = l;
  std::vector<double> seen(layouts.count());
  maze::LevelOptions options;
  options.world_dim = size;
  envs::Mt19937 rng(0);
  envs::MazeLevel level;
  for (int i = 0; i < kLevels; ++i) {
    maze::generate_level(options, 1'000'000 + i, size, rng, level);
    const auto found = index.find(open_walls(size, level.open));
    ASSERT_NE(found, index.end());
    ++seen[found->second];
  }
  // Group rare layouts of similar probability.
  std::vector<size_t> order(layouts.count());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return layouts.probability[a] < layouts.probability[b]; });
  double chi_square = 0, even = 0, seen_here = 0, expected_here = 0, even_here = 0;
  int classes = 0;
  for (const size_t l : order) {
    seen_here += seen[l];
    expected_here += layouts.probability[l] * kLevels;
    even_here += static_cast<double>(kLevels) / static_cast<double>(layouts.count());
    if (expected_here < smallest_class && l != order.back()) continue;
    chi_square += std::pow(seen_here - expected_here, 2) / expected_here;
    even += std::pow(seen_here - even_here, 2) / even_here;
    seen_here = expected_here = even_here = 0;
    ++classes;
  }
  const double bound = classes - 1 + 5 * std::sqrt(2.0 * (classes - 1));
  EXPECT_GT(classes, 100);
  EXPECT_LT(chi_square, bound) << classes << " classes";
  EXPECT_GT(chi_square, classes - 1 - 5 * std::sqrt(2.0 * (classes - 1)));
  EXPECT_GT(even, 5 * bound) << "layouts are not equally probable, and the test sees it";
}

TEST(Layouts, TheGeneratorMakesSizeFiveWithTheseProbabilities) {
  expect_frequencies(5, 50);
}

TEST(Layouts, TheGeneratorMakesSizeSevenWithTheseProbabilities) {
  expect_frequencies(7, 100);
}

TEST(SampledIndices, AreDrawnWithoutReplacementAndEvenly) {
  std::vector<int> drawn(20);
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    const auto some = sampled_indices(20, 5, seed, 7);
    ASSERT_EQ(std::set<int32_t>(some.begin(), some.end()).size(), 5U);
    EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
    for (const int32_t index : some) ++drawn.at(static_cast<size_t>(index));
  }
  for (const int times : drawn) EXPECT_NEAR(times, 1000, 5 * std::sqrt(4000 * 0.25 * 0.75));
  EXPECT_EQ(sampled_indices(4, 0, 1, 3).size(), 4U);
  EXPECT_EQ(sampled_indices(4, 9, 1, 3).size(), 4U);
}

}  // namespace
}  // namespace mazescan::certify

#include "evaluator/analyses/probe/ccs.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <set>

#include "envs/maze/maze_config.h"
#include "evaluator/analyses/probe/coarse_map.h"

namespace mazescan::probe {
namespace {

// Makes pairs without mazes: the sides of cheese and mouse, and the activations of both members.
struct PlantedPairs {
  // cheese, mouse: strength of each side's signal in the features, relative to noise of amplitude 1.
  PlantedPairs(float cheese, float mouse) {
    constexpr int kPairs = 600, kFeatures = 12;
    a = torch::empty({kPairs, kFeatures});
    b = torch::empty({kPairs, kFeatures});
    RandomStream random(1, "pairs");
    for (int i = 0; i < kPairs; ++i) {
      pairs.cheese_left.push_back(static_cast<uint8_t>(random.below(2)));
      pairs.mouse_left.push_back(static_cast<uint8_t>(random.below(2)));
      pairs.test.push_back(i % 3 == 0 ? 1 : 0);
      for (int f = 0; f < kFeatures; ++f) {
        const float side = f < 4   ? cheese * (pairs.cheese_left.back() != 0 ? 1.0F : -1.0F)
                           : f < 8 ? mouse * (pairs.mouse_left.back() != 0 ? 1.0F : -1.0F)
                                   : 0;
        a[i][f] = side + 2 * random.uniform() - 1;
        b[i][f] = -side + 2 * random.uniform() - 1 + 5;  // the offset carries no information
      }
    }
    pairs.a.resize(kPairs);
    pairs.b.resize(kPairs);
  }
  MirroredPairs pairs;
  torch::Tensor a, b;
};

double share_right(int64_t right, const CcsRow& score) {
  return static_cast<double>(right) / static_cast<double>(score.pairs);
}

TEST(Ccs, FindsTheSideWithoutLabels) {
  const PlantedPairs planted(2, 0);
  const CcsRow score = score_ccs(planted.pairs, planted.a, planted.b, {});
  EXPECT_EQ(score.fitted, 400);
  EXPECT_EQ(score.pairs, 200);
  EXPECT_GE(share_right(score.cheese, score), 0.97);
  EXPECT_NEAR(share_right(score.mouse, score), 0.5, 0.15);
  EXPECT_GE(share_right(score.pca_cheese, score), 0.97);
  EXPECT_GE(share_right(score.means_cheese, score), 0.97);
  ASSERT_EQ(score.random_cheese.size(), static_cast<size_t>(kCcsRandomDirections));
  EXPECT_LT(share_right(*std::min_element(score.random_cheese.begin(), score.random_cheese.end()), score),
            0.8);
  EXPECT_LT(*std::min_element(score.losses.begin(), score.losses.end()), kConstantProbeLoss / 2);
}

TEST(Ccs, ScoresEveryStart) {
  const PlantedPairs planted(2, 0);
  const CcsRow score = score_ccs(planted.pairs, planted.a, planted.b, {});
  ASSERT_EQ(score.losses.size(), 8U);
  ASSERT_EQ(score.restart_cheese.size(), 8U);
  ASSERT_EQ(score.restart_mouse.size(), 8U);
  const auto best = std::min_element(score.losses.begin(), score.losses.end()) - score.losses.begin();
  EXPECT_EQ(score.cheese, score.restart_cheese[static_cast<size_t>(best)]);
  EXPECT_EQ(score.mouse, score.restart_mouse[static_cast<size_t>(best)]);
}

TEST(Ccs, ConstantProbeHasTheLossThatIsShown) {
  double least = 1;
  for (int i = 0; i <= 1000; ++i) {
    const double k = i / 1000.0;
    least = std::min(least, (2 * k - 1) * (2 * k - 1) + k * k);
  }
  EXPECT_NEAR(least, kConstantProbeLoss, 1e-6);
}

// The direction is for normalised activations: without the normalisation it predicts something else, because
// the offset between the sides outweighs the signal.
TEST(Ccs, EvaluatesNormalisedActivations) {
  const PlantedPairs planted(2, 0);
  std::vector<int64_t> train;
  for (size_t i = 0; i < planted.pairs.test.size(); ++i)
    if (planted.pairs.test[i] == 0) train.push_back(static_cast<int64_t>(i));
  const torch::Tensor rows = torch::tensor(train);
  const auto [a, b] = normalised_sides(planted.pairs, planted.a, planted.b);
  const CcsDirections found = fit_ccs(a.index_select(0, rows), b.index_select(0, rows), {});
  const torch::Tensor direction = found.weights.select(1, found.best);
  const auto right_of = [&](const torch::Tensor& difference) {
    int64_t right = 0, all = 0;
    const torch::Tensor guess = torch::mv(difference, direction);
    for (size_t i = 0; i < planted.pairs.test.size(); ++i) {
      if (planted.pairs.test[i] == 0) continue;
      ++all;
      right +=
          (guess[static_cast<int64_t>(i)].item<float>() > 0) == (planted.pairs.cheese_left[i] != 0) ? 1 : 0;
    }
    return std::max(right, all - right);
  };
  const CcsRow score = score_ccs(planted.pairs, planted.a, planted.b, {});
  EXPECT_EQ(right_of(a - b), score.cheese);
  EXPECT_LT(right_of(planted.a - planted.b), score.cheese - 20);
}

TEST(Ccs, ShowsWhenItFindsADistractor) {
  const PlantedPairs planted(0.5, 4);
  const CcsRow score = score_ccs(planted.pairs, planted.a, planted.b, {});
  EXPECT_GE(share_right(score.mouse, score), 0.97);
  EXPECT_GE(share_right(score.pca_mouse, score), 0.97);
  EXPECT_GE(share_right(score.means_mouse, score), 0.97);
  EXPECT_LT(share_right(score.cheese, score), 0.7);
  EXPECT_GE(share_right(score.supervised, score), 0.85) << "though the cheese's side is there to be read";
}

TEST(Ccs, FindsNothingInNoise) {
  const PlantedPairs planted(0, 0);
  const CcsRow score = score_ccs(planted.pairs, planted.a, planted.b, {});
  EXPECT_NEAR(share_right(score.cheese, score), 0.5, 0.15);
  const PlantedPairs planted_sides(2, 0);
  const CcsRow found = score_ccs(planted_sides.pairs, planted_sides.a, planted_sides.b, {});
  EXPECT_GT(*std::min_element(score.losses.begin(), score.losses.end()),
            *std::min_element(found.losses.begin(), found.losses.end()));
}

TEST(MirroredPairs, AreMirrorImages) {
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = 9;
  environment.own<maze::MazeConfig>().anchor = maze::Anchor::bottom_left;
  ProbeSamples samples;
  samples.size = 7;
  std::vector<envs::MazeLevel> levels;
  for (int32_t seed = 0; seed < 60; ++seed) {
    envs::MazeLevel level =
        maze::generate_level(maze::level_options(environment.own<maze::MazeConfig>()), seed, 7);
    level.cheese = {static_cast<int16_t>(2 * (seed % 4)), 0};
    while (!level.is_open(level.cheese)) ++level.cheese.y;
    ProbeSamples::Level of;
    of.maze = level;
    of.split = static_cast<datasets::Split>(seed % 3);
    samples.levels.push_back(of);
    levels.push_back(level);
  }
  for (const bool in_middle : {true, false}) {
    const MirroredPairs pairs = mirrored_pairs(samples, levels, 12, in_middle, 1);
    EXPECT_EQ(pairs.count(), 12 + 6);
    EXPECT_EQ(pairs.mouse_left.empty(), in_middle);
    for (size_t i = 0; i < pairs.a.size(); ++i) {
      const envs::MazeState &a = pairs.a[i], &b = pairs.b[i];
      EXPECT_EQ(a.mouse.x + b.mouse.x, 6);
      EXPECT_EQ(a.cheese.x + b.cheese.x, 6);
      EXPECT_EQ(pairs.cheese_left[i] != 0, a.cheese.x < 3);
      EXPECT_EQ(a.mouse.x == 3, in_middle);
      for (int y = 0; y < 7; ++y)
        for (int x = 0; x < 7; ++x) EXPECT_EQ(a.level->is_open(x, y), b.level->is_open(6 - x, y));
      EXPECT_TRUE(b.level->is_open(b.mouse) && b.level->is_open(b.cheese));
      EXPECT_NE(samples.levels[static_cast<size_t>(a.level->seed)].split, datasets::Split::validation);
      EXPECT_EQ(samples.levels[static_cast<size_t>(a.level->seed)].split == datasets::Split::test,
                pairs.test[i] != 0);
    }
  }
}

// Where every cheese lies on the left, a coin decides which of the two is `a`, so that the label varies.
TEST(MirroredPairs, AreInAnOrderThatACoinDecides) {
  envs::EnvironmentConfig environment;
  environment.own<maze::MazeConfig>().world_dim = 9;
  ProbeSamples samples;
  samples.size = 7;
  std::vector<envs::MazeLevel> levels;
  for (int32_t seed = 0; seed < 200; ++seed) {
    envs::MazeLevel level =
        maze::generate_level(maze::level_options(environment.own<maze::MazeConfig>()), seed, 7);
    level.cheese = {0, 2};
    ProbeSamples::Level of;
    of.maze = level;
    samples.levels.push_back(of);
    levels.push_back(level);
  }
  const MirroredPairs pairs = mirrored_pairs(samples, levels, 200, false, 1);
  ASSERT_EQ(pairs.count(), 200);
  const auto left = std::count(pairs.cheese_left.begin(), pairs.cheese_left.end(), 1);
  EXPECT_GT(left, 70);
  EXPECT_LT(left, 130);
}

TEST(CoarseMap, GivesEveryCellAPlaceAndANumberWithin) {
  for (const auto& [world, side] : {std::pair{9, 5}, {9, 3}, {25, 8}, {7, 7}, {25, 64}}) {
    envs::MazeLevel level;
    level.size = level.world_dim = world;
    const CoarseMap map(world, side, side);
    EXPECT_EQ(map.is_coarse(), side < world);
    std::set<std::pair<int, int>> seen;
    for (int16_t y = 0; y < world; ++y)
      for (int16_t x = 0; x < world; ++x) {
        const int place = map.place(level, {x, y}), within = map.within(level, {x, y});
        EXPECT_TRUE(place >= 0 && place < side * side && within >= 0 && within < map.max_within());
        EXPECT_TRUE(seen.emplace(place, within).second) << x << " " << y;
      }
  }
}

}  // namespace
}  // namespace mazescan::probe

#include "trainer/curriculum.h"

#include <gtest/gtest.h>

namespace mazescan::trainer {
namespace {

Tallies tally(int size, int64_t episodes, double successes) {
  return {{size, {episodes, successes, 0, 0}}};
}

CurriculumConfig config(int start) {
  CurriculumConfig c;
  c.start = start;
  c.threshold = 0.8;
  c.episodes = 10;
  return c;
}

TEST(Curriculum, OffMeansEverySizeFromTheStart) {
  Curriculum curriculum(config(0), {3, 5, 7, 9});
  EXPECT_EQ(curriculum.largest_size(), 9);
  curriculum.observe(tally(9, 1000, 1000));
  EXPECT_EQ(curriculum.largest_size(), 9);
}

TEST(Curriculum, TheNextSizeIsAddedAtTheThreshold) {
  Curriculum curriculum(config(3), {3, 5, 7, 9});
  EXPECT_EQ(curriculum.largest_size(), 3);
  curriculum.observe(tally(3, 10, 8));
  EXPECT_EQ(curriculum.largest_size(), 5);
}

TEST(Curriculum, WaitsForEnoughEpisodes) {
  Curriculum curriculum(config(3), {3, 5, 7, 9});
  curriculum.observe(tally(3, 9, 9));
  EXPECT_EQ(curriculum.largest_size(), 3);
  curriculum.observe(tally(3, 1, 1));
  EXPECT_EQ(curriculum.largest_size(), 5);
}

TEST(Curriculum, OnlyTheLargestSizeCounts) {
  Curriculum curriculum(config(5), {3, 5, 7, 9});
  curriculum.observe(tally(3, 1000, 1000));
  EXPECT_EQ(curriculum.largest_size(), 5);
  curriculum.observe({{3, {1000, 1000, 0, 0}}, {5, {10, 7, 0, 0}}});
  EXPECT_EQ(curriculum.largest_size(), 5);
}

TEST(Curriculum, CountingRestartsAfterEachDecision) {
  Curriculum curriculum(config(3), {3, 5, 7, 9});
  curriculum.observe(tally(3, 10, 0));  // fails, and is not counted again
  curriculum.observe(tally(3, 10, 8));
  EXPECT_EQ(curriculum.largest_size(), 5);
  curriculum.observe(tally(5, 9, 9));  // successes at size 3 do not count at size 5
  EXPECT_EQ(curriculum.largest_size(), 5);
  curriculum.observe(tally(5, 1, 0));
  EXPECT_EQ(curriculum.largest_size(), 7);
}

TEST(Curriculum, TakesTheSizesOfTheEnvironment) {
  Curriculum curriculum(config(3), {3, 4, 7});
  curriculum.observe(tally(3, 10, 10));
  EXPECT_EQ(curriculum.largest_size(), 4);
  curriculum.observe(tally(4, 10, 10));
  EXPECT_EQ(curriculum.largest_size(), 7);
}

TEST(Curriculum, StopsAtTheLargestSize) {
  Curriculum curriculum(config(3), {3, 5});
  curriculum.observe(tally(3, 10, 10));
  curriculum.observe(tally(5, 10, 10));
  curriculum.observe(tally(5, 10, 10));
  EXPECT_EQ(curriculum.largest_size(), 5);
}

TEST(Curriculum, ResumesFromASavedState) {
  Curriculum curriculum(config(3), {3, 5, 7, 9});
  curriculum.observe(tally(3, 10, 10));
  curriculum.observe(tally(5, 6, 5));
  ByteWriter out;
  curriculum.save(out);
  Curriculum resumed(config(3), {3, 5, 7, 9});
  ByteReader in(out.bytes(), "curriculum");
  resumed.restore(in);
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(resumed.largest_size(), 5);
  resumed.observe(tally(5, 4, 3));
  EXPECT_EQ(resumed.largest_size(), 7) << "8 of 10, 5 of 6 of them before saving";
}

}  // namespace
}  // namespace mazescan::trainer

#include "trainer/roles.h"

#include <gtest/gtest.h>

#include "tests/storage/temporary_folder.h"
#include "tests/trainer/tiny_training.h"

namespace mazescan::trainer {
namespace {

TrainerConfig with(int learners, int workers) {
  TrainerConfig config = tiny_training();  // 8 mazes in 4 partitions
  config.ranks = {learners, workers};
  return config;
}

TEST(Roles, UseAllRanksForLearnersByDefault) {
  for (const int ranks : {1, 2, 4}) EXPECT_EQ(assign_roles(with(0, 0), ranks).learners, ranks);
  for (const int teams : {1, 2, 4}) {
    const Roles roles = assign_roles(with(0, 2), 3 * teams);
    EXPECT_EQ(roles.learners, teams);
    EXPECT_EQ(roles.workers_per_learner, 2);
  }
  EXPECT_EQ(assign_roles(with(2, 1), 4).learners, 2);
}

TEST(Roles, LearnersComeFirstAndEveryWorkerHasOne) {
  const Roles roles = assign_roles(with(0, 2), 6);
  EXPECT_EQ(roles.workers_of(0), (std::vector<int>{2, 3}));
  EXPECT_EQ(roles.workers_of(1), (std::vector<int>{4, 5}));
  for (int rank = 0; rank < 6; ++rank) EXPECT_EQ(roles.is_learner(rank), rank < 2);
  for (const int learner : {0, 1})
    for (const int worker : roles.workers_of(learner)) EXPECT_EQ(roles.learner_of(worker), learner);
  EXPECT_TRUE(assign_roles(with(0, 0), 2).workers_of(1).empty());
}

TEST(Roles, ErrorsShowTheLaunchThatFits) {
  EXPECT_USER_ERROR(assign_roles(with(0, 2), 5), "mpirun -n 3 ");
  EXPECT_USER_ERROR(assign_roles(with(0, 2), 5),
                    "5 ranks for ranks.learners: 0, ranks.workers_per_learner: 2");
  EXPECT_USER_ERROR(assign_roles(with(0, 1), 1), "mpirun -n 2 ");
  EXPECT_USER_ERROR(assign_roles(with(2, 1), 2), "mpirun -n 4 ");
  EXPECT_USER_ERROR(assign_roles(with(2, 0), 4), "mpirun -n 2 ");
  EXPECT_USER_ERROR(assign_roles(with(0, 1), 6), "3 learners share 4 partitions");
  EXPECT_USER_ERROR(assign_roles(with(0, 3), 4), "'ranks.workers_per_learner' is 3");
}

}  // namespace
}  // namespace mazescan::trainer

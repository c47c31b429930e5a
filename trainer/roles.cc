#include "trainer/roles.h"

namespace mazescan::trainer {

std::vector<int> Roles::workers_of(int learner) const {
  std::vector<int> ranks;
  for (int w = 0; w < workers_per_learner; ++w) ranks.push_back(learners + learner * workers_per_learner + w);
  return ranks;
}

Roles assign_roles(const TrainerConfig& config, int ranks) {
  const int workers = config.ranks.workers_per_learner, team = 1 + workers;
  const int learners = config.ranks.learners > 0 ? config.ranks.learners : ranks / team;
  const int needed = team * std::max(learners, 1);
  require(ranks == needed,
          lazy("{} ranks for ranks.learners: {}, ranks.workers_per_learner: {}", ranks, config.ranks.learners,
               workers),
          lazy("a learner and its workers take {} ranks", team),
          lazy("mpirun -n {} (srun -n {}) mazescan-trainer ...", needed, needed));
  const int mazes = config.train.mazes / partition_count(config, learners);
  require(workers <= mazes, lazy("'ranks.workers_per_learner' is {}", workers),
          lazy("the workers of a learner share the {} mazes of a partition, at least one each", mazes),
          lazy("at most {}, or more train.mazes", mazes));
  return {learners, workers};
}

}  // namespace mazescan::trainer

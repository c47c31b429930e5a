#include "trainer/config.h"

#include "envs/task.h"

namespace mazescan::trainer {

void TrainerConfig::validate() const {
  require(!run.empty(), "'run' is empty", "the outputs need a folder", "run: runs/<name>");
  if (train.curriculum.start != 0)
    envs::require_size(*make_task(environment), train.curriculum.start, "'train.curriculum.start' is");
  require(train.deterministic || train.partitions == 0,
          lazy("'train.partitions' is {}, but 'train.deterministic' is false", train.partitions),
          "only a deterministic training has a fixed number of partitions",
          "deterministic: true, or omit partitions");
  if (train.deterministic) partition_count(*this, 1);
}

namespace {

constexpr int kDefaultPartitions = 4;

bool divides(const TrainerConfig& config, int partitions) {
  const TrainConfig& train = config.train;
  const int64_t samples = config.steps_per_update() / partitions;
  return train.mazes % partitions == 0 && train.ppo.minibatch % partitions == 0 &&
         samples % (train.ppo.minibatch / partitions) == 0;
}

int deterministic_partitions(const TrainerConfig& config, int learners) {
  int partitions = config.train.partitions;
  if (partitions == 0)
    for (partitions = kDefaultPartitions; partitions > 1 && !divides(config, partitions);) partitions /= 2;
  // The order of a sum is the same only if the partitions of each learner are a whole subtree of it.
  require((learners & (learners - 1)) == 0 && partitions % learners == 0,
          lazy("{} learners share {} partitions ('train.partitions')", learners, partitions),
          "each learner takes the same number of partitions, and 1, 2, 4, ... learners add in the same order",
          lazy("1, 2, 4, ... learners up to {}, a larger train.partitions, or "
               "train.deterministic: false",
               partitions));
  return partitions;
}

}  // namespace

int partition_count(const TrainerConfig& config, int learners) {
  const TrainConfig& train = config.train;
  // Without determinism, a learner with workers has two: the workers step one while the network evaluates
  // the other.
  const int partitions = train.deterministic ? deterministic_partitions(config, learners)
                                             : learners * (config.ranks.workers_per_learner > 0 ? 2 : 1);
  require(train.mazes % partitions == 0, lazy("'train.mazes' is {}", train.mazes),
          "each partition takes the same number of mazes",
          lazy("a multiple of {} (the partitions)", partitions));
  require(divides(config, partitions), lazy("'train.ppo.minibatch' is {}", train.ppo.minibatch),
          lazy("a rollout of {} mazes x {} steps in {} partitions must divide into whole minibatches",
               train.mazes, train.horizon, partitions),
          lazy("a divisor of {} that is a multiple of {}", config.steps_per_update(), partitions));
  return partitions;
}

}  // namespace mazescan::trainer

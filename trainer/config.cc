#include "trainer/config.h"

#include "envs/maze/maze_config.h"
#include "envs/task.h"

namespace mazescan {

void TrainerConfig::validate() const {
  require(!run.empty(), "'run' is empty", "outputs need a folder", "run: runs/<name>");
  if (train.curriculum.start != 0)
    require_size(*make_task(environment), train.curriculum.start, "'train.curriculum.start' is");
  require(train.deterministic || train.shards == 0,
          fmt::format("'train.shards' is {}, but 'train.deterministic' is false", train.shards),
          "a fixed number of shards is what makes a training deterministic",
          "deterministic: true, or leave shards out");
  if (train.deterministic) shard_count(*this, 1);
}

std::string TrainerConfig::identity() const {
  TrainerConfig same = *this;
  const TrainerConfig neutral;
  same.run = neutral.run;
  same.ranks = neutral.ranks;
  if (auto* const maze = same.environment.own_if<MazeConfig>()) maze->assets = "";
  same.train.threads = neutral.train.threads;
  same.train.device = neutral.train.device;
  same.train.checkpoint = neutral.train.checkpoint;
  return dump_config(same);
}

namespace {

constexpr int kDefaultShards = 4;

bool divides(const TrainerConfig& config, int shards) {
  const TrainConfig& train = config.train;
  const int64_t samples = config.steps_per_update() / shards;
  return train.mazes % shards == 0 && train.ppo.minibatch % shards == 0 &&
         samples % (train.ppo.minibatch / shards) == 0;
}

int deterministic_shards(const TrainerConfig& config, int learners) {
  int shards = config.train.shards;
  if (shards == 0)
    for (shards = kDefaultShards; shards > 1 && !divides(config, shards);) shards /= 2;
  // Only where learners and the shards of each are whole subtrees of the sum is its order the same.
  require((learners & (learners - 1)) == 0 && shards % learners == 0,
          fmt::format("{} learners share {} shards ('train.shards')", learners, shards),
          "every learner takes the same number of shards, and sums are in the same order for 1, 2, 4, ... of "
          "them",
          fmt::format("1, 2, 4, ... learners up to {}, more train.shards, or train.deterministic: false",
                      shards));
  return shards;
}

}  // namespace

int shard_count(const TrainerConfig& config, int learners) {
  const TrainConfig& train = config.train;
  // Without determinism: two where workers step one while the learner looks at the other.
  const int shards = train.deterministic ? deterministic_shards(config, learners)
                                         : learners * (config.ranks.workers_per_learner > 0 ? 2 : 1);
  require(train.mazes % shards == 0, fmt::format("'train.mazes' is {}", train.mazes),
          "every shard takes the same number of mazes", fmt::format("a multiple of {} (the shards)", shards));
  require(divides(config, shards), fmt::format("'train.ppo.minibatch' is {}", train.ppo.minibatch),
          fmt::format("a rollout of {} mazes x {} steps in {} shards must divide into whole minibatches",
                      train.mazes, train.horizon, shards),
          fmt::format("a divisor of {} that is a multiple of {}", config.steps_per_update(), shards));
  return shards;
}

}  // namespace mazescan

#include "trainer/config.h"

namespace mazescan {

void TrainerConfig::validate() const {
  require(!run.empty(), "'run' is empty", "outputs need a folder", "run: runs/<name>");
  const int start = train.curriculum.start;
  require(start == 0 || (start >= 3 && start % 2 == 1 && start <= environment.world),
          fmt::format("'train.curriculum.start' is {}", start),
          "maze sizes are odd, from 3 to the world's side",
          fmt::format("0 (off) or an odd number from 3 to {}", environment.world));
  if (train.shards > 0) shard_count(*this, 1);
}

std::string TrainerConfig::identity() const {
  TrainerConfig same = *this;
  const TrainerConfig neutral;
  same.run = neutral.run;
  same.environment.assets = neutral.environment.assets;
  same.train.threads = neutral.train.threads;
  same.train.device = neutral.train.device;
  same.train.checkpoint = neutral.train.checkpoint;
  return dump_config(same);
}

int shard_count(const TrainerConfig& config, int ranks) {
  const TrainConfig& train = config.train;
  const int shards = train.shards == 0 ? ranks : train.shards;
  require(shards % ranks == 0, fmt::format("{} ranks share {} shards ('train.shards')", ranks, shards),
          "every rank takes the same number of shards",
          "start 1, 2, 4, ... ranks up to train.shards, or set train.shards: 0");
  require(train.mazes % shards == 0, fmt::format("'train.mazes' is {}", train.mazes),
          "every shard takes the same number of mazes", fmt::format("a multiple of {} (the shards)", shards));
  const int64_t samples = config.steps_per_update() / shards;
  require(train.ppo.minibatch % shards == 0 && samples % (train.ppo.minibatch / shards) == 0,
          fmt::format("'train.ppo.minibatch' is {}", train.ppo.minibatch),
          fmt::format("a rollout of {} mazes x {} steps in {} shards must divide into whole minibatches",
                      train.mazes, train.horizon, shards),
          fmt::format("a divisor of {} that is a multiple of {}", config.steps_per_update(), shards));
  return shards;
}

}  // namespace mazescan

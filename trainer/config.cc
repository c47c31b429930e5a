#include "trainer/config.h"

#include "core/run_path.h"
#include "envs/task.h"
#include "policy/network_spec.h"
#include "trainer/loss.h"

namespace mazescan::trainer {

void TrainerConfig::validate() const {
  require_run_path(run);
  if (train.curriculum.start != 0)
    envs::require_size(*make_task(environment), train.curriculum.start, "'train.curriculum.start' is");
  require(train.deterministic || train.partitions == 0,
          lazy("'train.partitions' is {}, but 'train.deterministic' is false", train.partitions),
          "only a deterministic training has a fixed number of partitions",
          "deterministic: true, or omit partitions");
  if (train.deterministic) partition_count(*this, 1);
  if (is_offline()) {
    validate_offline();
  } else if (!is_sampled()) {
    validate_exact();
  }
  validate_penalties();
}

int64_t TrainerConfig::batch_size() const {
  if (is_offline()) return int64_t{train.offline.update} * train.ppo.minibatch;
  return train.mazes * (is_sampled() ? int64_t{train.horizon} : 1);
}

int64_t TrainerConfig::updates() const {
  const int64_t total = is_offline()   ? train.offline.steps * train.ppo.minibatch
                        : is_sampled() ? train.steps
                                       : train.exact.levels;
  return (total + batch_size() - 1) / batch_size();
}

policy::NetworkInterface TrainerConfig::network_interface() const {
  const envs::ObservationShape shape = make_task(environment)->observation_shape();
  return {shape.channels, shape.height, shape.width, shape.input_scale, action_count(environment.actions)};
}

namespace {

// Throws UserError if a term that is on reads a layer that the network does not have.
void validate_layers(const TrainerConfig& config) {
  const policy::NetworkSpec spec =
      policy::network_spec(config.network, config.network_interface(), policy::Network::kMaxParameters);
  std::set<std::string> layers;
  for (const policy::LayerSpec& layer : spec.layers) layers.insert(layer.name);
  for (const LossTerm& term : training_terms(config, /*actions=*/1)) {
    const LinearSchedule& coefficient = config.train.loss.coefficients.at(term.name);
    if (coefficient.from == 0 && coefficient.to == 0) continue;
    for (const std::string& tap : term.taps)
      require(layers.count(tap) != 0, lazy("'train.loss.{}' is on, and it reads layer '{}'", term.name, tap),
              "the network has no such layer", "the names of `mazescan-evaluator describe POLICY`, or 0");
  }
}

}  // namespace

// Penalties that read certain planes of the observation.
void TrainerConfig::validate_penalties() const {
  validate_layers(*this);
  const auto is_on = [&](const char* term) {
    const LinearSchedule& coefficient = train.loss.coefficients.at(term);
    return coefficient.from != 0 || coefficient.to != 0;
  };
  const bool reads_planes =
      is_on("corner_l2") || (is_on("elites") && train.penalties.elites.classes == EliteClasses::ninths);
  const auto task = make_task(environment);
  require(!reads_planes || task->observation_shape().interface == envs::Interface::planes,
          "'train.loss.corner_l2' or 'elites' of ninths is on, and the observation is a picture",
          "these penalties read the planes of free cells and of the cheese", "observation: planes");
  require(!reads_planes || (!task->has_objects() && !task->is_continuous()),
          lazy("'train.loss.corner_l2' or 'elites' of ninths is on, and the environment is '{}'",
               environment.name()),
          "these penalties read the plane of the one goal, which this environment does not have",
          "an environment with a goal in a maze, or 'classes: moves' and 'corner_l2: {from: 0, to: 0}'");
  require(!train.penalties.activations.layers.empty(), "'train.penalties.activations.layers' is empty",
          "activation_l1 needs a layer", "such as [embedder.relufc]");
}

void TrainerConfig::validate_exact() const {
  const std::string advantages = "'train.advantages' is " + name_of(train.advantages);
  require(ranks.workers_per_learner == 0,
          lazy("{}, and 'ranks.workers_per_learner' is {}", advantages, ranks.workers_per_learner),
          "workers step mazes, but no maze is stepped here", "workers_per_learner: 0");
  require(!make_task(environment)->is_continuous(),
          lazy("{}, and the environment is '{}'", advantages, environment.name()),
          "its mouse moves by parts of a cell, so a level has too many states to solve",
          "advantages: sampled");
  require(train.ppo.gamma < 1, lazy("{}, and 'train.ppo.gamma' is 1", advantages),
          "the value of an endless episode would not be finite", "a number below 1, such as 0.95");
  require(!environment.sequential, lazy("{}, and 'environment.sequential' is true", advantages),
          "an episode is solved on one level", "sequential: false");
}

void TrainerConfig::validate_offline() const {
  const OfflineLearner learner = train.offline.learner;
  const std::string offline = "'train.advantages' is offline";
  require(!train.offline.data.empty(), lazy("{}, and 'train.offline.data' is empty", offline),
          "an offline learner needs recorded episodes",
          "the episodes.bin of a run: mazescan-evaluator collect CONFIG writes it");
  require(ranks.workers_per_learner == 0,
          lazy("{}, and 'ranks.workers_per_learner' is {}", offline, ranks.workers_per_learner),
          "workers step mazes, but nothing is played here", "workers_per_learner: 0");
  require(train.curriculum.start == 0,
          lazy("{}, and 'train.curriculum.start' is {}", offline, train.curriculum.start),
          "the data has its levels already", "start: 0; train.offline.size chooses one size");
  require(!environment.sequential, lazy("{}, and 'environment.sequential' is true", offline),
          "an episode is recorded on one level", "sequential: false");
  const std::string head = head_of(learner);
  require(head.empty() || network.head == head,
          lazy("'train.offline.learner' is {}, and 'network.head' is {}", name_of(learner), network.head),
          "it learns the layers of a head of its own", lazy("network: {{head: {}}}", head));
}

namespace {

constexpr int kDefaultPartitions = 4;

bool divides(const TrainerConfig& config, int partitions) {
  const TrainConfig& train = config.train;
  if (config.is_offline()) return train.ppo.minibatch % partitions == 0;
  if (!config.is_sampled()) return train.mazes % partitions == 0;
  const int64_t samples = config.batch_size() / partitions;
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
  require(config.is_offline() || train.mazes % partitions == 0, lazy("'train.mazes' is {}", train.mazes),
          "each partition takes the same number of mazes",
          lazy("a multiple of {} (the partitions)", partitions));
  require(!config.is_offline() || divides(config, partitions),
          lazy("'train.ppo.minibatch' is {}", train.ppo.minibatch),
          "each partition takes the same number of samples",
          lazy("a multiple of {} (the partitions)", partitions));
  require(divides(config, partitions), lazy("'train.ppo.minibatch' is {}", train.ppo.minibatch),
          lazy("a rollout of {} mazes x {} steps in {} partitions must divide into whole minibatches",
               train.mazes, train.horizon, partitions),
          lazy("a divisor of {} that is a multiple of {}", config.batch_size(), partitions));
  return partitions;
}

}  // namespace mazescan::trainer

#pragma once
#include <cstdint>
#include <string>

#include "core/config.h"
#include "datasets/sections.h"
#include "envs/environment.h"
#include "policy/network.h"
#include "trainer/loss_config.h"
#include "trainer/offline_config.h"
#include "trainer/penalty_config.h"
#include "trainer/schedule.h"

namespace mazescan::trainer {

// Section `train.ppo`: Schulman et al., "Proximal policy optimization algorithms", 2017, with the details of
// Huang et al., "The 37 implementation details of PPO", 2022.
struct PpoConfig {
  int epochs = 3;
  int minibatch = 2048;
  double gamma = 0.999, lambda = 0.95, clip = 0.2;
  double max_gradient_norm = 0.5;
  bool clip_value = true, normalise_advantages = true, bootstrap_timeouts = true;
  LinearSchedule learning_rate{5e-4, 5e-4};
  double adam_epsilon = 1e-5;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("epochs", epochs, "passes over each rollout, or gradient steps on the same levels",
          between(1, 100));
    visit("minibatch", minibatch, "samples in a gradient step, over all ranks (sampled, offline)",
          at_least(1));
    visit("gamma", gamma, "discount factor", between(0, 1));
    visit("lambda", lambda, "decay of generalised advantage estimation", between(0, 1));
    visit("clip", clip, "largest change of the probability ratio, and of the value", between(1e-6, 10));
    visit("clip_value", clip_value, "clip the change of the value as well");
    visit("normalise_advantages", normalise_advantages, "to mean 0 and standard deviation 1 in each rollout");
    visit("bootstrap_timeouts", bootstrap_timeouts,
          "bootstrap truncated episodes from the value of their last observation");
    visit("max_gradient_norm", max_gradient_norm, "larger gradients are scaled down to this norm",
          at_least(1e-9));
    visit("learning_rate", learning_rate, "learning rate of Adam");
    visit("adam_epsilon", adam_epsilon, "epsilon of Adam", between(1e-12, 1));
  }
};

// How the advantages of a training are computed.
enum class Advantages {
  sampled,  // estimated from rollouts: PPO
  exact,    // solved on every state of a level
  clone,    // none: every state's move towards the goal is imitated
  offline   // none: recorded episodes are learned from
};
inline std::vector<std::string> config_names(Advantages) {
  return {"sampled", "exact", "clone", "offline"};
}
inline std::string name_of(Advantages advantages) {
  return config_names(advantages)[static_cast<size_t>(advantages)];
}

// How convolutions multiply on a CPU.
enum class Products { float32, bfloat16 };
inline std::vector<std::string> config_names(Products) {
  return {"float32", "bfloat16"};
}

// Section `train.exact`: training on all states of whole levels (docs/training.md).
struct ExactConfig {
  int64_t levels = 100'000;
  double mix = 0.5, backward = 1, replay = 0;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit(
        "levels", levels,
        "levels in total, over all ranks; train.mazes of them in an update; 0: the policy stays as it begins",
        at_least(0));
    visit("mix", mix, "weight of episodes that begin in any state; the others begin at the start",
          between(0, 1));
    visit("backward", backward,
          "share of the states with a backward pass, drawn in proportion to their gradients; 1: all",
          between(0.001, 1));
    visit("replay", replay,
          "share of the levels of an update that are those of the greatest regret so far; the others are new",
          between(0, 1));
  }
};

// Section `train.curriculum`.
struct CurriculumConfig {
  int start = 0;
  double threshold = 0.85;
  int episodes = 200;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("start", start,
          "first largest size of levels, one of the environment's; 0: all sizes from the start", at_least(0));
    visit("threshold", threshold, "success rate on the largest size that adds the next size", between(0, 1));
    visit("episodes", episodes, "episodes of the largest size that the success rate is measured over",
          at_least(1));
  }
};

// Section `train.checkpoint`.
struct CheckpointConfig {
  int every = 100, keep = 3, keep_every = 0;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("every", every, "updates between checkpoints", at_least(1));
    visit("keep", keep, "number of newest checkpoints to keep", at_least(1));
    visit("keep_every", keep_every, "if above 0: keep each n-th checkpoint forever", at_least(0));
  }
};

// Section `train`.
struct TrainConfig {
  Advantages advantages = Advantages::sampled;
  std::string from;
  int64_t steps = 200'000'000;
  int mazes = 64, horizon = 256, partitions = 0, threads = 1;
  bool deterministic = true;
  std::string device = "auto";
  Products convolutions = Products::float32;
  PpoConfig ppo;
  ExactConfig exact;
  OfflineConfig offline;
  LossConfig loss;
  PenaltyConfig penalties;
  CurriculumConfig curriculum;
  CheckpointConfig checkpoint;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("advantages", advantages,
          "sampled: PPO, from rollouts; exact: solved on every state of a level (docs/training.md); clone: "
          "the shortest path is imitated; offline: recorded episodes are learned from");
    visit(
        "from", from,
        "policy file whose weights the training starts from (fine-tuning); empty: new ones. Its network has the same "
        "layers; the activation function may differ");
    visit("steps", steps, "environment steps in total, over all ranks (sampled)", at_least(1));
    visit("mazes", mazes, "environments stepped in parallel, over all ranks; or levels of an update",
          at_least(1));
    visit("horizon", horizon, "steps of each environment in a rollout (sampled)", at_least(1));
    visit("deterministic", deterministic,
          "sum gradients over `partitions` in a fixed order, so that 1, 2, 4, ... learners give the same "
          "bits (on CPU); false: as few partitions as the learners need");
    visit("partitions", partitions,
          "parts of a batch if deterministic; 0: 4, or fewer if mazes or minibatch do not divide",
          at_least(0));
    visit("threads", threads, "threads of a rank that step environments", between(1, 1024), neutral);
    visit("device", device, "cpu, cuda, or auto: cuda if there is one", one_of({"auto", "cpu", "cuda"}),
          neutral);
    visit(
        "convolutions", convolutions,
        "float32, or bfloat16: on a CPU with AMX they multiply rounded numbers and sum in float32, which is "
        "faster and gives other bits");
    visit("ppo", ppo, "proximal policy optimisation");
    visit("exact", exact, "training on all states of whole levels (exact, clone)");
    visit("offline", offline, "learning from recorded episodes (offline)");
    visit("loss", loss, "coefficients of the loss terms; 0: the term is off");
    visit("penalties", penalties, "what the penalties among the loss terms measure");
    visit("curriculum", curriculum, "small mazes first");
    visit("checkpoint", checkpoint, "saved states from which a stopped job resumes", neutral);
  }
};

// Section `ranks`: learners train; workers step the mazes of a learner.
struct RanksConfig {
  int learners = 0, workers_per_learner = 0;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("learners", learners, "ranks that train, the first ones; 0: as many as the job has ranks for",
          at_least(0));
    visit("workers_per_learner", workers_per_learner,
          "ranks that step the mazes of a learner and send it their states; 0: the learner steps them on its "
          "own threads",
          at_least(0));
  }
};

// The sections of a configuration file that mazescan-trainer reads.
struct TrainerConfig {
  std::string run = "runs/unnamed";
  int64_t seed = 1;
  RanksConfig ranks;
  envs::EnvironmentConfig environment;
  policy::NetworkConfig network;
  TrainConfig train;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("run", run, "run directory: config.yaml, metrics.jsonl, checkpoints/, policy.safetensors", neutral);
    visit("seed", seed, "seed of all random streams", between(0, 2147483647.0));
    visit("ranks", ranks, "roles of the ranks of a job", neutral);
    visit("environment", environment, "the environment");
    visit("network", network, "the network of the policy");
    visit("train", train, "the training");
    visit.foreign(datasets::all_sections());
  }

  // Checks what concerns several keys. Throws UserError.
  void validate() const;
  void validate_exact() const;  // what concerns exact advantages and clones
  void validate_offline() const;
  void validate_penalties() const;
  // Returns the sizes of observations, and the number of actions.
  policy::NetworkInterface network_interface() const;
  bool is_sampled() const { return train.advantages == Advantages::sampled; }
  bool is_offline() const { return train.advantages == Advantages::offline; }
  // The environment steps of an update; its levels, with exact advantages and clones; its samples offline.
  int64_t batch_size() const;
  int64_t updates() const;
  // Returns the passes over the experience of an update.
  int epochs() const { return is_offline() ? 1 : train.ppo.epochs; }
};

// Returns the number of partitions of a training on this many learners. Throws UserError if mazes, minibatch
// or learners do not divide.
int partition_count(const TrainerConfig& config, int learners);

}  // namespace mazescan::trainer

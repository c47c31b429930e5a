#pragma once
#include <cstdint>
#include <string>

#include "core/config.h"
#include "core/sections.h"
#include "envs/environment.h"
#include "policy/network.h"

namespace mazescan {

// A number that goes linearly from its first to its last value over the training.
struct LinearSchedule {
  double from = 0, to = 0;
  double at(double progress) const { return from + (to - from) * progress; }  // progress 0..1
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("from", from, "value at the first update", at_least(0));
    visit("to", to, "value at the last update", at_least(0));
  }
};

// Schulman et al., "Proximal policy optimization algorithms", 2017, with the details of Huang et al., "The 37
// implementation details of PPO", 2022.
struct PpoConfig {
  int epochs = 3;
  int minibatch = 2048;
  double gamma = 0.999, lambda = 0.95, clip = 0.2;
  double value_coefficient = 0.5, max_gradient_norm = 0.5;
  bool clip_value = true, normalise_advantages = true, bootstrap_timeouts = true;
  LinearSchedule learning_rate{5e-4, 5e-4}, entropy{0.01, 0.01};
  double adam_epsilon = 1e-5;
  double activation_l1 = 0, weight_l2 = 0;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("epochs", epochs, "passes over each rollout", between(1, 100));
    visit("minibatch", minibatch, "samples a gradient step, over all ranks", at_least(1));
    visit("gamma", gamma, "discount factor", between(0, 1));
    visit("lambda", lambda, "of generalised advantage estimation", between(0, 1));
    visit("clip", clip, "range of the probability ratio, and of the value's change", between(1e-6, 10));
    visit("value_coefficient", value_coefficient, "weight of the value loss", at_least(0));
    visit("clip_value", clip_value, "clip the value's change as well");
    visit("normalise_advantages", normalise_advantages, "to mean 0 and deviation 1 over each rollout");
    visit("bootstrap_timeouts", bootstrap_timeouts,
          "a truncated episode is worth what the value says of its last state");
    visit("max_gradient_norm", max_gradient_norm, "gradients are scaled down to this norm", at_least(1e-9));
    visit("learning_rate", learning_rate, "of Adam");
    visit("adam_epsilon", adam_epsilon, "of Adam", between(1e-12, 1));
    visit("entropy", entropy, "weight of the entropy bonus");
    visit("activation_l1", activation_l1, "extra loss: weight of the mean |embedder.relufc|", at_least(0));
    visit("weight_l2", weight_l2, "extra loss: weight of half the squared norm of all parameters",
          at_least(0));
  }
};

struct CurriculumConfig {
  int start = 0;
  double threshold = 0.85;
  int episodes = 200;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("start", start, "largest maze size at first, odd; 0: all sizes from the beginning",
          between(0, 101));
    visit("threshold", threshold, "success on the largest size that lets the next one in", between(0, 1));
    visit("episodes", episodes, "of the largest size, over which success is measured", at_least(1));
  }
};

struct CheckpointConfig {
  int every = 100, keep = 3, keep_every = 0;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("every", every, "updates between checkpoints", at_least(1));
    visit("keep", keep, "newest checkpoints that stay", at_least(1));
    visit("keep_every", keep_every, "if > 0, every n-th checkpoint, by this n, stays for good", at_least(0));
  }
};

struct TrainConfig {
  int64_t steps = 200'000'000;
  int mazes = 64, horizon = 256, shards = 0, threads = 1;
  bool deterministic = true;
  std::string device = "auto";
  PpoConfig ppo;
  CurriculumConfig curriculum;
  CheckpointConfig checkpoint;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("steps", steps, "environment steps in all, over all ranks", at_least(1));
    visit("mazes", mazes, "environments stepped side by side, over all ranks", at_least(1));
    visit("horizon", horizon, "steps of each environment in a rollout", at_least(1));
    visit("deterministic", deterministic,
          "gradients are summed over `shards` parts in a fixed order, so that 1, 2, 4, ... learners "
          "give the same bits (on CPU); false: as few parts as the learners need");
    visit("shards", shards, "of deterministic; 0: 4, or fewer where mazes or minibatch do not divide",
          at_least(0));
    visit("threads", threads, "threads a rank that step environments", between(1, 1024));
    visit("device", device, "cpu, cuda, or auto: cuda where there is one", one_of({"auto", "cpu", "cuda"}));
    visit("ppo", ppo, "proximal policy optimisation");
    visit("curriculum", curriculum, "small mazes first");
    visit("checkpoint", checkpoint, "what a killed job goes on from");
  }
};

// Who does what: learners train; workers step the mazes of a learner.
struct RanksConfig {
  int learners = 0, workers_per_learner = 0;
  template <class Visitor>
  void fields(Visitor& visit) {
    visit("learners", learners, "ranks that train, the first ones; 0: as many as the job has ranks for",
          at_least(0));
    visit("workers_per_learner", workers_per_learner,
          "ranks that step a learner's mazes and send it states; 0: it steps them itself, on threads",
          at_least(0));
  }
};

// What mazescan-trainer reads of a configuration file.
struct TrainerConfig {
  std::string run = "runs/unnamed";
  int64_t seed = 1;
  RanksConfig ranks;
  EnvironmentConfig environment;
  NetworkConfig network;
  TrainConfig train;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("run", run, "run directory: config.yaml, metrics.jsonl, checkpoints/, policy.safetensors");
    visit("seed", seed, "of every random stream", between(0, 2147483647.0));
    visit("ranks", ranks, "who does what in a job of many ranks");
    visit("environment", environment, "the world");
    visit("network", network, "the policy's network");
    visit("train", train, "the training");
    visit.foreign(kSections);
  }

  // Throws UserError where sizes do not divide.
  void validate() const;
  int64_t steps_per_update() const { return static_cast<int64_t>(train.mazes) * train.horizon; }
  int64_t updates() const { return (train.steps + steps_per_update() - 1) / steps_per_update(); }
  // All that determines the training's bits, as YAML: without the run directory, ranks, checkpoints, device
  // and threads.
  std::string identity() const;
};

// The parts of this training on so many learners. Throws UserError where they do not divide.
int shard_count(const TrainerConfig& config, int learners);

}  // namespace mazescan

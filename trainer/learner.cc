#include "trainer/learner.h"

#include <torch/torch.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "envs/task.h"
#include "policy/device.h"
#include "policy/policy_file.h"
#include "policy/safetensors.h"

namespace mazescan {

namespace {

NetworkInterface interface_of(const EnvironmentConfig& environment) {
  const ObservationShape shape = make_task(environment)->observation_shape();
  return {shape.channels, shape.height, shape.width, shape.input_scale, action_count(environment.actions)};
}

const std::string& blob(const std::map<std::string, std::string>& blobs, const std::string& name) {
  const auto found = blobs.find(name);
  require(found != blobs.end(), fmt::format("the checkpoint has no '{}'", name),
          "it was not written by this trainer", "remove it, or give another run directory");
  return found->second;
}

// "a.b.c" and the value of each line of a dumped configuration, in its order.
std::vector<std::pair<std::string, std::string>> settings_of(const std::string& dumped) {
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::string> sections;
  std::istringstream lines(dumped);
  for (std::string line; std::getline(lines, line);) {
    const size_t indent = line.find_first_not_of(' '), colon = line.find(':'), comment = line.find("  #");
    if (colon == std::string::npos || indent / 2 > sections.size()) continue;
    sections.resize(indent / 2);
    sections.push_back(line.substr(indent, colon - indent));
    std::string value = line.substr(colon + 1, comment == std::string::npos ? comment : comment - colon - 1);
    const size_t first = value.find_first_not_of(' ');
    value = first == std::string::npos ? "" : value.substr(first, value.find_last_not_of(' ') - first + 1);
    settings.emplace_back(fmt::format("{}", fmt::join(sections, ".")), value);
  }
  return settings;
}

// The first key in which two configurations differ.
void require_same_training(const std::string& saved, const std::string& now) {
  const auto before = settings_of(saved), after = settings_of(now);
  const std::map<std::string, std::string> old(before.begin(), before.end());
  for (const auto& [key, value] : after) {
    const auto found = old.find(key);
    const std::string was = found == old.end() ? "not there" : found->second;
    require(value == was, fmt::format("'{}' is {}, but the checkpoint was trained with {}", key, value, was),
            "a resumed training must be the training that was interrupted",
            "restore the old value, or give another run directory (run: ...)");
  }
  require(before.size() == after.size(),
          "the checkpoint's configuration has keys that this build does not know",
          "another version of mazescan wrote it", "go on with that version, or give another run directory");
}

}  // namespace

Learner::Learner(const TrainerConfig& config, const World& world, Collective& collective,
                 const MakeEnvironments& make)
    : config_(config),
      world_(world),
      collective_(collective),
      network_(config.network, interface_of(config.environment),
               choose_device("train.device", config.train.device, world.local_rank())),
      adam_(network_.parameters(), config.train.ppo.adam_epsilon),
      curriculum_(config.train.curriculum, make_task(config.environment)->sizes()),
      shards_total_(shard_count(config, world.size())) {
  RandomStream weights(static_cast<uint64_t>(config.seed), "weights");
  network_.initialise(weights);
  // The same everywhere even where ranks run on machines whose matrix libraries round differently.
  collective_.broadcast(network_.parameters().data_ptr<float>(),
                        static_cast<size_t>(network_.parameters().numel()));
  const int mine = shards_total_ / world.size();
  for (int s = 0; s < mine; ++s)
    shards_.emplace_back(config_, world.rank() * mine + s, shards_total_, curriculum_.largest_size(), make);
}

void Learner::collect(std::vector<ShardStatistics>& statistics) {
  for (Shard& shard : shards_) {
    shard.set_largest_size(curriculum_.largest_size());
    shard.begin_rollout();
  }
  for (int t = 0; t < config_.train.horizon; ++t)
    for (size_t s = 0; s < shards_.size(); ++s) {
      if (t > 0) shards_[s].take_in(statistics[s].collected);
      shards_[s].act(network_, statistics[s].collected);
    }
  for (size_t s = 0; s < shards_.size(); ++s) {
    shards_[s].take_in(statistics[s].collected);
    shards_[s].end_rollout(network_, statistics[s].collected);
  }
}

void Learner::normalise_advantages() {
  std::vector<double> mine;
  for (const Shard& shard : shards_) {
    const auto [sum, squares] = shard.advantage_moments();
    mine.insert(mine.end(), {sum, squares});
  }
  double sum = 0, squares = 0;
  const std::vector<double> all = world_.all_gather(mine);  // by rank, so in the order of shards
  for (size_t i = 0; i < all.size(); i += 2) {
    sum += all[i];
    squares += all[i + 1];
  }
  const auto samples = static_cast<double>(config_.steps_per_update());
  const double mean = sum / samples, variance = std::max(0.0, squares / samples - mean * mean);
  for (Shard& shard : shards_) shard.normalise_advantages(mean, std::sqrt(variance) + 1e-8);
}

void Learner::tree_gradients(size_t first, size_t last, int64_t index,
                             std::vector<ShardStatistics>& statistics) {
  if (last - first == 1) {
    const int64_t part = config_.train.ppo.minibatch / shards_total_;
    const Shard::Minibatch batch =
        shards_[first].minibatch(index * part, part, network_.parameters().device());
    network_.gradients().zero_();
    const Stopwatch network_time;
    backward_ppo(network_, batch, config_.train.ppo, entropy_weight_, config_.train.ppo.minibatch,
                 statistics[first].loss);
    statistics[first].collected.network_seconds += network_time.seconds();
    return;
  }
  const size_t middle = first + (last - first) / 2;
  tree_gradients(first, middle, index, statistics);
  const torch::Tensor left = network_.gradients().clone();
  tree_gradients(middle, last, index, statistics);
  network_.gradients().add_(left);
}

double Learner::explained_variance() const {
  std::vector<double> mine;  // of each shard: returns, their squares, errors, their squares
  for (const Shard& shard : shards_) {
    const torch::Tensor returns = shard.returns().to(torch::kFloat64), error = returns - shard.values();
    for (const torch::Tensor& values : {returns, returns.square(), error, error.square()})
      mine.push_back(values.sum().item<double>());
  }
  const std::vector<double> all = world_.all_gather(mine);  // in the order of shards
  double total[4] = {};
  for (size_t i = 0; i < all.size(); ++i) total[i % 4] += all[i];
  const auto samples = static_cast<double>(config_.steps_per_update());
  const double variance = total[1] / samples - std::pow(total[0] / samples, 2);
  const double unexplained = total[3] / samples - std::pow(total[2] / samples, 2);
  return variance > 0 ? 1 - unexplained / variance : 0;
}

UpdateMetrics Learner::update() {
  const Stopwatch total;
  const PpoConfig& ppo = config_.train.ppo;
  const double progress = static_cast<double>(updates_) / static_cast<double>(config_.updates());
  const double learning_rate = ppo.learning_rate.at(progress);
  entropy_weight_ = ppo.entropy.at(progress);

  std::vector<ShardStatistics> statistics(shards_.size());
  collect(statistics);
  const double explained = explained_variance();
  if (ppo.normalise_advantages) normalise_advantages();

  double gradient_norm = 0;
  int64_t minibatches = 0;
  for (int epoch = 0; epoch < ppo.epochs; ++epoch) {
    for (Shard& shard : shards_) shard.shuffle();
    for (int64_t m = 0; m < config_.steps_per_update() / ppo.minibatch; ++m) {
      tree_gradients(0, shards_.size(), m, statistics);
      const torch::Tensor gradients = network_.gradients();
      collective_.sum(gradients.data_ptr<float>(), static_cast<size_t>(gradients.numel()));
      if (ppo.weight_l2 > 0) gradients.add_(network_.parameters(), ppo.weight_l2);
      gradient_norm += clip_gradients(gradients, ppo.max_gradient_norm);
      adam_.step(network_.parameters(), gradients, learning_rate);
      ++minibatches;
    }
  }
  ++updates_;

  UpdateMetrics metrics;
  metrics.update = updates_;
  metrics.steps = steps();
  metrics.learning_rate = learning_rate;
  metrics.entropy_weight = entropy_weight_;
  metrics.explained_variance = explained;
  metrics.gradient_norm = gradient_norm / static_cast<double>(minibatches);
  metrics.largest_size = curriculum_.largest_size();
  metrics.reduce(world_, statistics, config_.steps_per_update());
  metrics.update_seconds = total.seconds();
  curriculum_.observe(metrics.finished);
  if (!std::isfinite(metrics.gradient_norm))
    throw UserError(fmt::format("training diverged at update {}: the gradient is not finite", updates_),
                    "the loss overflowed",
                    "lower train.ppo.learning_rate or max_gradient_norm; the last checkpoint is intact");
  return metrics;
}

std::string Learner::policy_bytes() const {
  const nlohmann::json training = {{"updates", updates_},
                                   {"steps", steps()},
                                   {"seed", config_.seed},
                                   {"largest_size", curriculum_.largest_size()},
                                   {"config", config_.identity()}};
  return encode_policy(network_, dump_config(config_.environment), training.dump());
}

std::map<std::string, std::string> Learner::state() const {
  ByteWriter streams, environments;
  for (const Shard& shard : shards_) {
    shard.save_streams(streams);
    shard.save_environments(environments);
  }
  // Rank r holds the r-th run of shards: the parts put together are what one rank alone would write.
  std::map<std::string, std::string> blobs;
  for (const auto& [name, mine] : {std::pair{"streams.bin", &streams}, {"environments.bin", &environments}})
    for (const std::string& part : world_.gather(mine->bytes())) blobs[name] += part;
  if (!world_.is_root()) return {};
  ByteWriter counters;
  counters.put(updates_);
  curriculum_.save(counters);
  counters.put_bytes(config_.identity());
  blobs["counters.bin"] = counters.take();
  blobs["policy.safetensors"] = policy_bytes();
  TensorFile optimiser;
  optimiser.tensors = {{"adam.first_moment", adam_.first_moment},
                       {"adam.second_moment", adam_.second_moment},
                       {"adam.steps", torch::tensor(adam_.steps, torch::kInt64)}};
  blobs["optimiser.safetensors"] = encode_safetensors(optimiser);
  return blobs;
}

void Learner::restore(const std::map<std::string, std::string>& blobs) {
  torch::NoGradGuard no_grad;
  ByteReader counters(blob(blobs, "counters.bin"), "counters.bin");
  const auto updates = counters.get<int64_t>();
  Curriculum curriculum = curriculum_;
  curriculum.restore(counters);
  require_same_training(std::string(counters.get_bytes()), config_.identity());
  const size_t saved_shards =
      blob(blobs, "streams.bin").size() / (Shard::kStreams * sizeof(RandomStream::State));
  require(saved_shards == static_cast<size_t>(shards_total_),
          fmt::format("the checkpoint is of {} learner shards, this job has {}", saved_shards, shards_total_),
          "with train.deterministic: false they depend on the ranks, and a resumed training must be the one "
          "interrupted",
          "start as many ranks as then");

  const Policy policy = decode_policy(blob(blobs, "policy.safetensors"), "policy.safetensors");
  const TensorFile optimiser =
      decode_safetensors(blob(blobs, "optimiser.safetensors"), "optimiser.safetensors");
  for (const char* name : {"adam.first_moment", "adam.second_moment", "adam.steps"})
    require(optimiser.tensors.count(name) == 1 &&
                (optimiser.tensors.at(name).numel() == adam_.first_moment.numel() ||
                 std::string(name) == "adam.steps"),
            fmt::format("optimiser.safetensors has no fitting '{}'", name),
            "it is damaged or of another network", "remove this checkpoint");
  network_.parameters().copy_(policy.network.parameters());
  adam_.first_moment.copy_(optimiser.tensors.at("adam.first_moment"));
  adam_.second_moment.copy_(optimiser.tensors.at("adam.second_moment"));
  adam_.steps = optimiser.tensors.at("adam.steps").item<int64_t>();
  updates_ = updates;
  curriculum_ = curriculum;

  ByteReader streams(blob(blobs, "streams.bin"), "streams.bin");
  ByteReader environments(blob(blobs, "environments.bin"), "environments.bin");
  const int mine = shards_total_ / world_.size(), first = world_.rank() * mine;
  for (int s = 0; s < shards_total_; ++s) {
    const bool is_mine = s >= first && s < first + mine;
    if (is_mine) {
      shards_[s - first].restore_streams(streams);
      shards_[s - first].restore_environments(environments);
      continue;
    }
    for (int stream = 0; stream < Shard::kStreams; ++stream) streams.get<RandomStream::State>();
    for (int maze = 0; maze < config_.train.mazes / shards_total_; ++maze) environments.get_bytes();
  }
}

}  // namespace mazescan

#include "trainer/learner.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "core/stopwatch.h"
#include "envs/task.h"
#include "policy/convolution.h"
#include "policy/device.h"
#include "policy/formats/safetensors.h"
#include "policy/policy_file.h"
#include "trainer/exact_experience.h"
#include "trainer/offline_experience.h"
#include "trainer/sampled_experience.h"

namespace mazescan::trainer {

namespace {

const std::string& blob(const std::map<std::string, std::string>& blobs, const std::string& name) {
  const auto found = blobs.find(name);
  require(found != blobs.end(), lazy("the checkpoint has no '{}'", name),
          "it was not written by this trainer", "remove it, or choose another run directory");
  return found->second;
}

// The keys and values of a configuration's identity.
std::map<std::string, std::string> settings_of(const std::string& identity) {
  std::map<std::string, std::string> settings;
  std::istringstream lines(identity);
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) settings[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return settings;
}

// Throws UserError that names a key in which the two identities differ.
void require_same_training(const std::string& saved, const std::string& now) {
  const auto before = settings_of(saved), after = settings_of(now);
  for (const auto& [key, value] : after) {
    const auto found = before.find(key);
    const std::string was = found == before.end() ? "no such key" : found->second;
    require(value == was, lazy("'{}' is {}, but the checkpoint was trained with {}", key, value, was),
            "a resumed training must have the configuration of the interrupted one",
            "restore the old value, or choose another run directory (run: ...)");
  }
  require(
      before.size() == after.size(), "the checkpoint's configuration has keys that this build does not have",
      "another version of mazescan wrote it", "resume with that version, or choose another run directory");
}

void save_memory(const LossMemory& memory, ByteWriter& out) {
  out.put(static_cast<int32_t>(memory.size()));
  for (const auto& [name, numbers] : memory) {
    out.put_bytes(name);
    out.put(static_cast<int64_t>(numbers.size()));
    for (const double number : numbers) out.put(number);
  }
}

LossMemory restored_memory(ByteReader& in) {
  LossMemory memory;
  for (auto terms = in.get<int32_t>(); terms > 0; --terms) {
    std::vector<double>& numbers = memory[std::string(in.get_bytes())];
    for (auto count = in.get<int64_t>(); count > 0; --count) numbers.push_back(in.get<double>());
  }
  return memory;
}

std::unique_ptr<Experience> make_experience(const TrainerConfig& config,
                                            const cluster::Communicator& communicator, int partitions,
                                            int largest_size, const MakeVectorEnv& make) {
  if (config.is_sampled())
    return std::make_unique<SampledExperience>(config, communicator, partitions, largest_size, make);
  if (config.is_offline()) return std::make_unique<OfflineExperience>(config, communicator, partitions);
  return std::make_unique<ExactExperience>(config, communicator, partitions, largest_size);
}

}  // namespace

Learner::Learner(const TrainerConfig& config, const cluster::Communicator& communicator,
                 cluster::Collective& collective, const MakeVectorEnv& make)
    : config_(config),
      communicator_(communicator),
      collective_(collective),
      network_(config.network, config.network_interface(),
               policy::choose_device("train.device", config.train.device, communicator.local_rank())),
      adam_(network_.parameters(), config.train.ppo.adam_epsilon),
      curriculum_(config.train.curriculum, make_task(config.environment)->sizes()),
      terms_(training_terms(config, network_.interface().actions)),
      partitions_(partition_count(config, communicator.size())),
      experience_(make_experience(config, communicator, partitions_, curriculum_.largest_size(), make)) {
  if (config.train.convolutions == Products::bfloat16)
    require(network_.parameters().is_cpu() && policy::multiplies_bfloat16(),
            "'train.convolutions' is bfloat16", "it needs a CPU with AMX, and no GPU",
            "convolutions: float32");
  RandomStream weights(static_cast<uint64_t>(config.seed), "weights");
  network_.initialise(weights);
  // Ranks may run on machines whose matrix libraries round differently: all take the weights of rank 0.
  collective_.broadcast(network_.parameters().data_ptr<float>(),
                        static_cast<size_t>(network_.parameters().numel()));
}

void Learner::sum_gradients(const Loss& loss, size_t first, size_t last, int64_t step,
                            std::vector<PartitionStatistics>& statistics) {
  if (last - first == 1) {
    network_.sums().zero_();
    experience_->add_gradients(loss, network_, first, step, statistics[first]);
    return;
  }
  const size_t middle = first + (last - first) / 2;
  sum_gradients(loss, first, middle, step, statistics);
  const torch::Tensor left = network_.sums().clone();
  sum_gradients(loss, middle, last, step, statistics);
  network_.sums().add_(left);
}

Learner::StepMeans Learner::optimise(const Loss& loss, double learning_rate,
                                     std::vector<PartitionStatistics>& statistics) {
  const torch::Tensor gradients = network_.gradients(), sums = network_.sums();
  StepMeans means;
  double steps = 0;
  for (int epoch = 0; epoch < config_.epochs(); ++epoch) {
    const int64_t gradient_steps = experience_->begin_epoch();
    for (int64_t step = 0; step < gradient_steps; ++step) {
      sum_gradients(loss, 0, statistics.size(), step, statistics);
      collective_.all_reduce_sum(sums.data_ptr<float>(), static_cast<size_t>(sums.numel()));
      const Experience::StepTotal total = experience_->step_total();
      gradients.div_(total.weight);
      loss.add_parameter_gradients(network_, means.parameter_terms);
      means.gradient_norm += clip_gradients(gradients, config_.train.ppo.max_gradient_norm);
      adam_.step(network_.parameters(), gradients, learning_rate);
      network_.update_state(total.states);
      ++steps;
    }
  }
  means.gradient_norm /= steps;
  for (auto& [name, value] : means.parameter_terms) value /= steps;
  return means;
}

UpdateMetrics Learner::update() {
  const Stopwatch stopwatch;
  const ProcessorStopwatch processors;
  std::optional<policy::Bfloat16Convolutions> rounded;
  if (config_.train.convolutions == Products::bfloat16) rounded.emplace();
  const double progress = static_cast<double>(updates_) / static_cast<double>(config_.updates());
  const Loss loss(terms_, config_.train.loss, progress, memory_);

  UpdateMetrics metrics;
  metrics.learning_rate = config_.train.ppo.learning_rate.at(progress);
  metrics.largest_size = curriculum_.largest_size();

  std::vector<PartitionStatistics> statistics(static_cast<size_t>(partitions_ / communicator_.size()));
  experience_->collect(network_, metrics.largest_size, statistics);
  const StepMeans means = optimise(loss, metrics.learning_rate, statistics);
  ++updates_;

  metrics.processor_seconds = processors.seconds();
  metrics.reduce(communicator_, statistics);
  loss.remember(memory_, metrics.observed, metrics.loss_samples);
  metrics.penalties = loss.describe(memory_);
  steps_ += metrics.states;
  metrics.update = updates_;
  metrics.steps = steps_;
  metrics.loss.insert(means.parameter_terms.begin(), means.parameter_terms.end());
  metrics.loss_coefficients = loss.coefficients();
  metrics.gradient_norm = means.gradient_norm;
  metrics.update_seconds = stopwatch.seconds();
  curriculum_.observe(metrics.finished);
  if (!std::isfinite(metrics.gradient_norm))
    throw UserError(fmt::format("training diverged at update {}: the gradient is not finite", updates_),
                    "the loss overflowed",
                    "lower train.ppo.learning_rate or max_gradient_norm; the last checkpoint is intact");
  return metrics;
}

void Learner::start_from(std::string_view bytes, const std::string& name) {
  const torch::NoGradGuard no_grad;
  const policy::Policy policy = policy::decode_policy(bytes, name);
  const auto &mine = network_.layout(), &given = policy.network.layout();
  for (size_t i = 0; i < std::max(mine.size(), given.size()); ++i)
    require(i < mine.size() && i < given.size() && mine[i].name == given[i].name &&
                mine[i].shape == given[i].shape,
            lazy("'train.from' is {}: its network is another one", name),
            lazy("the weights differ from '{}' on", (i < mine.size() ? mine : given)[i].name),
            "give section network the layers, and environment the observations, of that policy");
  network_.parameters().copy_(policy.network.parameters());
}

std::string Learner::policy_bytes() const {
  const nlohmann::json training = {{"updates", updates_},
                                   {"steps", steps()},
                                   {"seed", config_.seed},
                                   {"largest_size", curriculum_.largest_size()},
                                   {"config", dump_identity(config_)}};
  return policy::encode_policy(network_, dump_config(config_.environment), training.dump());
}

std::map<std::string, std::string> Learner::state() const {
  ByteWriter streams, environments;
  experience_->save_streams(streams);
  experience_->save_environments(environments);
  // Rank r holds the r-th run of partitions, so the concatenation equals what a single rank would write.
  std::map<std::string, std::string> blobs;
  for (const auto& [name, mine] : {std::pair{"streams.bin", &streams}, {"environments.bin", &environments}})
    for (const std::string& part : communicator_.gather(mine->bytes())) blobs[name] += part;
  if (!communicator_.is_root()) return {};
  ByteWriter counters;
  counters.put(updates_);
  counters.put(steps_);
  counters.put(int32_t{partitions_});
  curriculum_.save(counters);
  counters.put_bytes(dump_identity(config_));
  save_memory(memory_, counters);
  blobs["counters.bin"] = counters.take();
  blobs["policy.safetensors"] = policy_bytes();
  formats::TensorFile optimiser;
  optimiser.tensors = {{"adam.first_moment", adam_.first_moment},
                       {"adam.second_moment", adam_.second_moment},
                       {"adam.steps", torch::tensor(adam_.steps, torch::kInt64)}};
  blobs["optimiser.safetensors"] = formats::encode_safetensors(optimiser);
  return blobs;
}

void Learner::restore(const std::map<std::string, std::string>& blobs) {
  torch::NoGradGuard no_grad;
  ByteReader counters(blob(blobs, "counters.bin"), "counters.bin");
  const auto updates = counters.get<int64_t>(), steps = counters.get<int64_t>();
  const auto saved_partitions = counters.get<int32_t>();
  Curriculum curriculum = curriculum_;
  curriculum.restore(counters);
  require_same_training(std::string(counters.get_bytes()), dump_identity(config_));
  LossMemory memory = restored_memory(counters);
  require(
      saved_partitions == partitions_,
      lazy("the checkpoint has {} partitions, this job has {}", saved_partitions, partitions_),
      "with train.deterministic: false their number depends on the ranks, and a resumed training must keep "
      "it",
      "start as many ranks as before");

  const policy::Policy policy =
      policy::decode_policy(blob(blobs, "policy.safetensors"), "policy.safetensors");
  const formats::TensorFile optimiser =
      formats::decode_safetensors(blob(blobs, "optimiser.safetensors"), "optimiser.safetensors");
  for (const char* name : {"adam.first_moment", "adam.second_moment", "adam.steps"})
    require(optimiser.tensors.count(name) == 1 &&
                (optimiser.tensors.at(name).numel() == adam_.first_moment.numel() ||
                 std::string(name) == "adam.steps"),
            lazy("optimiser.safetensors has no fitting '{}'", name),
            "it is damaged, or belongs to another network", "remove this checkpoint");
  network_.parameters().copy_(policy.network.parameters());
  network_.state().copy_(policy.network.state());
  adam_.first_moment.copy_(optimiser.tensors.at("adam.first_moment"));
  adam_.second_moment.copy_(optimiser.tensors.at("adam.second_moment"));
  adam_.steps = optimiser.tensors.at("adam.steps").item<int64_t>();
  updates_ = updates;
  steps_ = steps;
  curriculum_ = curriculum;
  memory_ = std::move(memory);
  experience_->restore(blob(blobs, "streams.bin"), blob(blobs, "environments.bin"));
}

}  // namespace mazescan::trainer

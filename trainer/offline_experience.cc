#include "trainer/offline_experience.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "core/stopwatch.h"
#include "trainer/offline_terms.h"

namespace mazescan::trainer {

namespace {

// Returns one number of each sample as a tensor. Shapes: [samples].
template <class T, class Get>
torch::Tensor numbers_of(const std::vector<const Transition*>& samples, torch::ScalarType type,
                         torch::Device device, const Get& get) {
  const torch::Tensor numbers = torch::empty({static_cast<int64_t>(samples.size())}, type);
  auto* out = numbers.data_ptr<T>();
  for (const Transition* sample : samples) *out++ = get(*sample);
  return numbers.to(device);
}

}  // namespace

OfflineExperience::OfflineExperience(const TrainerConfig& config, const cluster::Communicator& communicator,
                                     int partitions)
    : config_(config),
      communicator_(communicator),
      task_(make_task(config.environment)),
      data_(config),
      partitions_total_(partitions) {
  const int mine = partitions / communicator.size();
  for (int p = 0; p < mine; ++p)
    streams_.emplace_back(static_cast<uint64_t>(config.seed), "transitions",
                          static_cast<uint64_t>(communicator.rank() * mine + p));
}

void OfflineExperience::collect(const policy::Network& network, int /*largest_size*/,
                                std::vector<PartitionStatistics>& /*statistics*/) {
  if (!learns_q(config_.train.offline.learner)) return;
  const torch::NoGradGuard no_grad;
  if (!target_) target_.emplace(network.config(), network.interface(), network.parameters().device());
  target_->parameters().copy_(network.parameters());
  target_->state().copy_(network.state());
}

int64_t OfflineExperience::begin_epoch() {
  return config_.train.offline.update;
}

std::vector<const Transition*> OfflineExperience::draw(size_t partition) {
  const std::vector<Transition>& all = data_.transitions();
  std::vector<const Transition*> samples(
      static_cast<size_t>(config_.train.ppo.minibatch / partitions_total_));
  for (const Transition*& sample : samples)
    sample = &all[streams_[partition].below(static_cast<uint32_t>(all.size()))];
  return samples;
}

torch::Tensor OfflineExperience::observe(const std::vector<const Transition*>& samples,
                                         envs::MazeState Transition::*state) const {
  const envs::ObservationShape shape = task_->observation_shape();
  const auto bytes = static_cast<int64_t>(shape.bytes());
  const auto [channel, row, column] = shape.strides();
  const torch::Tensor observations =
      torch::empty_strided({static_cast<int64_t>(samples.size()), shape.channels, shape.height, shape.width},
                           {bytes, channel, row, column}, torch::kUInt8);
  auto* out = observations.data_ptr<uint8_t>();
  for (const Transition* sample : samples) {
    task_->observe(sample->*state, out);
    out += bytes;
  }
  return observations;
}

torch::Tensor OfflineExperience::targets(const policy::Network& network,
                                         const std::vector<const Transition*>& samples) const {
  const torch::NoGradGuard no_grad;
  const torch::Device device = network.parameters().device();
  const torch::Tensor next = observe(samples, &Transition::next).to(device);
  torch::Tensor next_q;
  target_->forward(next, [&](const std::string& name, torch::Tensor output) {
    if (name == kQLayer) next_q = output;
    return output;
  });
  return q_targets(
      numbers_of<float>(samples, torch::kFloat32, device, [](const Transition& t) { return t.reward; }),
      numbers_of<bool>(samples, torch::kBool, device, [](const Transition& t) { return t.terminated; }),
      network.forward(next).logits.argmax(1), next_q, config_.train.ppo.gamma);
}

void OfflineExperience::add_gradients(const Loss& loss, const policy::Network& network, size_t partition,
                                      int64_t /*step*/, PartitionStatistics& statistics) {
  const std::vector<const Transition*> samples = draw(partition);
  const bool of_q = learns_q(config_.train.offline.learner);
  const torch::Device device = network.parameters().device();
  Minibatch batch;
  batch.observations = observe(samples, &Transition::state).to(device);
  batch.actions =
      numbers_of<int64_t>(samples, torch::kInt64, device, [](const Transition& t) { return t.action; });
  const Stopwatch stopwatch;
  batch.returns = of_q ? targets(network, samples)
                       : numbers_of<float>(samples, torch::kFloat32, device,
                                           [](const Transition& t) { return t.steps_to_goal; });
  const ForwardPass pass = loss.forward(network, batch, config_.train.ppo);
  loss.add_gradients(pass, statistics.loss);
  statistics.collected.network_seconds += stopwatch.seconds();

  const auto count = static_cast<double>(samples.size());
  statistics.collected.steps += count;
  statistics.collected.evaluated += count;
  for (const Transition* sample : samples) statistics.collected.reward += sample->reward;
  if (of_q) {
    const torch::Tensor q = pass.tap(kQLayer).detach().gather(1, batch.actions.unsqueeze(1)).squeeze(1);
    statistics.value_error.add(q.cpu(), batch.returns.to(torch::kCPU, torch::kFloat64));
  } else {
    statistics.value_error.states += count;
  }
}

Experience::StepTotal OfflineExperience::step_total() const {
  const int64_t samples = config_.train.ppo.minibatch;
  return {samples, static_cast<double>(samples)};
}

void OfflineExperience::save_streams(ByteWriter& out) const {
  for (const RandomStream& stream : streams_) out.put(stream.state());
}

void OfflineExperience::save_environments(ByteWriter& out) const {
  if (communicator_.is_root()) out.put_bytes(data_.hash());
}

void OfflineExperience::restore(std::string_view streams, std::string_view environments) {
  const std::string& path = config_.train.offline.data;
  require(ByteReader(environments, "environments.bin").get_bytes() == data_.hash(),
          lazy("{} has other episodes than before", path),
          "a resumed training must have the data of the interrupted one",
          "restore the file, or choose another run directory (run: ...)");
  ByteReader in(streams, "streams.bin");
  const int mine = static_cast<int>(streams_.size()), first = communicator_.rank() * mine;
  for (int p = 0; p < partitions_total_; ++p) {
    const auto state = in.get<RandomStream::State>();
    if (p >= first && p < first + mine) streams_[static_cast<size_t>(p - first)] = RandomStream(state);
  }
}

}  // namespace mazescan::trainer

#include "trainer/rollout.h"

#include <torch/torch.h>

#include <chrono>
#include <cstring>
#include <numeric>

#include "policy/action_distribution.h"

namespace mazescan {

namespace {

class NetworkTimer {
 public:
  explicit NetworkTimer(double& seconds) : seconds_(seconds), begin_(std::chrono::steady_clock::now()) {}
  ~NetworkTimer() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  NetworkTimer(const NetworkTimer&) = delete;
  NetworkTimer& operator=(const NetworkTimer&) = delete;

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point begin_;
};

// On the CPU, whatever the device of the network.
Network::Output infer(const Network& network, const torch::Tensor& observations, double& seconds) {
  const NetworkTimer timer(seconds);
  const Network::Output output = network.forward(observations.to(network.parameters().device()));
  return {output.logits.cpu().contiguous(), output.value.cpu().contiguous()};
}

}  // namespace

Shard::Shard(const TrainerConfig& config, int index, int count, int largest_size,
             const MakeEnvironments& make)
    : ppo_(config.train.ppo),
      horizon_(config.train.horizon),
      mazes_(config.train.mazes / count),
      environments_(make(index * mazes_, mazes_, largest_size)),
      action_stream_(static_cast<uint64_t>(config.seed), "actions", static_cast<uint64_t>(index)),
      shuffle_stream_(static_cast<uint64_t>(config.seed), "minibatches", static_cast<uint64_t>(index)),
      chosen_(mazes_),
      terminated_(mazes_),
      truncated_(mazes_) {
  const ObservationShape shape = environments_->shape();
  const auto bytes = static_cast<int64_t>(shape.bytes());
  const auto [channel, row, column] = shape.strides();
  observations_ = torch::empty_strided({horizon_ + 1, mazes_, shape.channels, shape.height, shape.width},
                                       {mazes_ * bytes, bytes, channel, row, column}, torch::kUInt8);
  actions_ = torch::empty({horizon_, mazes_}, torch::kInt64);
  for (torch::Tensor* t : {&log_probabilities_, &values_, &rewards_, &ends_, &advantages_, &returns_})
    *t = torch::empty({horizon_, mazes_});
  order_ = torch::arange(samples(), torch::kInt64);
}

void Shard::begin_rollout() {
  time_ = 0;
  truncations_.clear();
  final_observations_.clear();
  environments_->observe(observations_[0].data_ptr<uint8_t>());
}

void Shard::act(const Network& network, CollectStatistics& statistics) {
  torch::NoGradGuard no_grad;
  const auto [logits, value] = infer(network, observations_[time_], statistics.network_seconds);
  const ActionDistribution distribution(logits);
  std::vector<float> draws(static_cast<size_t>(mazes_));
  for (float& u : draws) u = action_stream_.uniform();
  chosen_ = distribution.sample(draws);
  environments_->step_async(chosen_.data());
  actions_[time_].copy_(torch::tensor(chosen_));
  log_probabilities_[time_].copy_(distribution.log_prob(actions_[time_]));
  std::memcpy(values_[time_].data_ptr<float>(), value.data_ptr<float>(),
              static_cast<size_t>(mazes_) * sizeof(float));
}

void Shard::take_in(CollectStatistics& statistics) {
  const auto shape_bytes = static_cast<std::ptrdiff_t>(environments_->shape().bytes());
  auto* reward_out = rewards_[time_].data_ptr<float>();
  environments_->step_wait(reward_out, terminated_.data(), truncated_.data(),
                           observations_[time_ + 1].data_ptr<uint8_t>());
  auto* end_out = ends_[time_].data_ptr<float>();
  for (int n = 0; n < mazes_; ++n) {
    end_out[n] = terminated_[n] != 0 || truncated_[n] != 0 ? 1.0F : 0.0F;
    statistics.reward += reward_out[n];
  }
  for (const Finished& finished : environments_->finished()) {
    SizeTally& tally = statistics.finished[finished.episode.size];
    ++tally.episodes;
    if (finished.episode.success) {
      ++tally.successes;
      tally.steps += finished.episode.steps;
      tally.optimal += finished.episode.optimal;
    }
    if (finished.truncated && ppo_.bootstrap_timeouts) {
      truncations_.push_back({static_cast<int64_t>(time_) * mazes_ + finished.index});
      final_observations_.insert(final_observations_.end(), finished.final_observation,
                                 finished.final_observation + shape_bytes);
    }
  }
  ++time_;
}

void Shard::end_rollout(const Network& network, CollectStatistics& statistics) {
  torch::NoGradGuard no_grad;
  expect(time_ == horizon_, "a whole rollout");
  add_final_values(network, statistics);
  estimate_advantages(infer(network, observations_[horizon_], statistics.network_seconds).value);
}

// The clock is no part of the state: what a truncated episode would still have earned is added to its last
// reward.
void Shard::add_final_values(const Network& network, CollectStatistics& statistics) {
  if (truncations_.empty()) return;
  const ObservationShape shape = environments_->shape();
  const auto [channel, row, column] = shape.strides();
  const torch::Tensor observations =
      torch::from_blob(final_observations_.data(),
                       {static_cast<int64_t>(truncations_.size()), shape.channels, shape.height, shape.width},
                       {static_cast<int64_t>(shape.bytes()), channel, row, column}, torch::kUInt8);
  const torch::Tensor values = infer(network, observations, statistics.network_seconds).value;
  auto* rewards = rewards_.data_ptr<float>();
  for (size_t i = 0; i < truncations_.size(); ++i)
    rewards[truncations_[i].sample] += static_cast<float>(ppo_.gamma) * values.data_ptr<float>()[i];
}

void generalised_advantages(const torch::Tensor& rewards, const torch::Tensor& values,
                            const torch::Tensor& ends, const torch::Tensor& last_values, double gamma,
                            double lambda, torch::Tensor& advantages) {
  const int64_t steps = rewards.size(0), width = rewards.size(1);
  const auto* r = rewards.data_ptr<float>();
  const auto* v = values.data_ptr<float>();
  const auto* e = ends.data_ptr<float>();
  const auto* last = last_values.data_ptr<float>();
  auto* a = advantages.data_ptr<float>();
  const auto g = static_cast<float>(gamma), gl = static_cast<float>(gamma * lambda);
  for (int64_t n = 0; n < width; ++n) {
    float next_value = last[n], next_advantage = 0;
    for (int64_t i = (steps - 1) * width + n; i >= 0; i -= width) {
      const float goes_on = 1 - e[i];
      const float delta = r[i] + g * next_value * goes_on - v[i];
      a[i] = next_advantage = delta + gl * goes_on * next_advantage;
      next_value = v[i];
    }
  }
}

void Shard::estimate_advantages(const torch::Tensor& last_values) {
  generalised_advantages(rewards_, values_, ends_, last_values, ppo_.gamma, ppo_.lambda, advantages_);
  torch::add_out(returns_, advantages_, values_);
}

std::pair<double, double> Shard::advantage_moments() const {
  const torch::Tensor wide = advantages_.to(torch::kFloat64);
  return {wide.sum().item<double>(), wide.square().sum().item<double>()};
}

void Shard::normalise_advantages(double mean, double deviation) {
  advantages_.sub_(mean).div_(deviation);
}

void Shard::shuffle() {  // Fisher and Yates
  auto* order = order_.data_ptr<int64_t>();
  std::iota(order, order + samples(), int64_t{0});
  for (int64_t i = samples() - 1; i > 0; --i)
    std::swap(order[i], order[shuffle_stream_.below(static_cast<uint32_t>(i + 1))]);
}

Shard::Minibatch Shard::minibatch(int64_t begin, int64_t count, torch::Device device) const {
  const torch::Tensor chosen = order_.narrow(0, begin, count);
  const auto pick = [&](const torch::Tensor& t) { return t.flatten().index_select(0, chosen).to(device); };
  const torch::Tensor observations =
      observations_.narrow(0, 0, horizon_).flatten(0, 1).index_select(0, chosen).to(device);
  return {observations,  pick(actions_),    pick(log_probabilities_),
          pick(values_), pick(advantages_), pick(returns_)};
}

void Shard::save_streams(ByteWriter& out) const {
  out.put(action_stream_.state());
  out.put(shuffle_stream_.state());
}

void Shard::restore_streams(ByteReader& in) {
  action_stream_ = RandomStream(in.get<RandomStream::State>());
  shuffle_stream_ = RandomStream(in.get<RandomStream::State>());
}

}  // namespace mazescan

#include "trainer/partition.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <numeric>
#include <unordered_map>

#include "core/stopwatch.h"
#include "policy/action_distribution.h"
#include "trainer/advantages.h"

namespace mazescan::trainer {

namespace {

constexpr double kNoOptimum = std::numeric_limits<double>::quiet_NaN();

// Evaluates the network on its device. Returns its output on the CPU, and adds the time to `seconds`.
policy::Network::Output infer(const policy::Network& network, const torch::Tensor& observations,
                              double& seconds) {
  const Stopwatch stopwatch;
  const policy::Network::Output output = network.forward(observations.to(network.parameters().device()));
  const policy::Network::Output on_cpu = {output.logits.cpu().contiguous(), output.value.cpu().contiguous()};
  seconds += stopwatch.seconds();
  return on_cpu;
}

}  // namespace

Partition::Partition(const TrainerConfig& config, int index, int count, int largest_size,
                     const MakeVectorEnv& make)
    : ppo_(config.train.ppo),
      horizon_(config.train.horizon),
      mazes_(config.train.mazes / count),
      environments_(make(index * mazes_, mazes_, largest_size)),
      action_stream_(static_cast<uint64_t>(config.seed), "actions", static_cast<uint64_t>(index)),
      shuffle_stream_(static_cast<uint64_t>(config.seed), "minibatches", static_cast<uint64_t>(index)),
      distinct_(samples(), environments_->shape().bytes()),
      chosen_(mazes_),
      terminated_(mazes_),
      truncated_(mazes_) {
  const envs::ObservationShape shape = environments_->shape();
  const auto bytes = static_cast<int64_t>(shape.bytes());
  const auto [channel, row, column] = shape.strides();
  observations_ = torch::empty_strided({horizon_ + 1, mazes_, shape.channels, shape.height, shape.width},
                                       {mazes_ * bytes, bytes, channel, row, column}, torch::kUInt8);
  actions_ = torch::empty({horizon_, mazes_}, torch::kInt64);
  for (torch::Tensor* t : {&log_probabilities_, &values_, &rewards_, &dones_, &advantages_, &returns_})
    *t = torch::empty({horizon_, mazes_});
  logits_ = torch::empty({horizon_, mazes_, environments_->action_count()});
  order_ = torch::arange(samples(), torch::kInt64);
}

void Partition::begin_rollout() {
  time_ = 0;
  truncated_samples_.clear();
  final_observations_.clear();
  environments_->observe(observations_[0].data_ptr<uint8_t>());
  distinct_.clear(observations_.data_ptr<uint8_t>());
}

void Partition::act(const policy::Network& network, CollectStatistics& statistics) {
  torch::NoGradGuard no_grad;
  evaluate(network, statistics);
  const policy::ActionDistribution distribution(logits_[time_]);
  std::vector<float> draws(static_cast<size_t>(mazes_));
  for (float& u : draws) u = action_stream_.uniform();
  chosen_ = distribution.sample(draws);
  environments_->step_async(chosen_.data());
  actions_[time_].copy_(torch::tensor(chosen_));
  log_probabilities_[time_].copy_(distribution.log_prob(actions_[time_]));
}

// Fills in logits and values of the current step. States that the rollout showed before are not evaluated
// again: the network is the same.
void Partition::evaluate(const policy::Network& network, CollectStatistics& statistics) {
  const int64_t begin = static_cast<int64_t>(time_) * mazes_;
  std::vector<int64_t> firsts, unknown;
  for (int64_t n = 0; n < mazes_; ++n) {
    firsts.push_back(distinct_.add(begin + n));
    if (firsts.back() == begin + n) unknown.push_back(n);
  }
  statistics.evaluated += static_cast<double>(unknown.size());
  if (!unknown.empty()) {
    const torch::Tensor rows = torch::tensor(unknown);
    const auto [logits, value] =
        infer(network, observations_[time_].index_select(0, rows), statistics.network_seconds);
    logits_[time_].index_copy_(0, rows, logits);
    values_[time_].index_copy_(0, rows, value);
  }
  const torch::Tensor first = torch::tensor(firsts);
  logits_[time_].copy_(logits_.flatten(0, 1).index_select(0, first));
  values_[time_].copy_(values_.flatten().index_select(0, first));
}

void Partition::receive_step(CollectStatistics& statistics) {
  const auto shape_bytes = static_cast<std::ptrdiff_t>(environments_->shape().bytes());
  auto* reward_out = rewards_[time_].data_ptr<float>();
  environments_->step_wait(reward_out, terminated_.data(), truncated_.data(),
                           observations_[time_ + 1].data_ptr<uint8_t>());
  auto* done_out = dones_[time_].data_ptr<float>();
  for (int n = 0; n < mazes_; ++n) {
    done_out[n] = terminated_[n] != 0 || truncated_[n] != 0 ? 1.0F : 0.0F;
    statistics.reward += reward_out[n];
  }
  for (const envs::Finished& finished : environments_->finished()) {
    SizeTally& tally = statistics.finished[finished.episode.size];
    ++tally.episodes;
    if (finished.episode.success) {
      ++tally.successes;
      tally.steps += finished.episode.steps;
      // Without a known optimum of every level there is no mean of it.
      tally.optimal += finished.episode.optimal < 0 ? kNoOptimum : finished.episode.optimal;
    }
    if (finished.truncated && ppo_.bootstrap_timeouts) {
      truncated_samples_.push_back(static_cast<int64_t>(time_) * mazes_ + finished.index);
      final_observations_.insert(final_observations_.end(), finished.final_observation,
                                 finished.final_observation + shape_bytes);
    }
  }
  statistics.steps += mazes_;
  ++time_;
}

void Partition::end_rollout(const policy::Network& network, CollectStatistics& statistics) {
  torch::NoGradGuard no_grad;
  expect(time_ == horizon_, "a whole rollout");
  bootstrap_truncated(network, statistics);
  const torch::Tensor last_values = infer(network, observations_[horizon_], statistics.network_seconds).value;
  generalised_advantages(rewards_, values_, dones_, last_values, ppo_.gamma, ppo_.lambda, advantages_);
  torch::add_out(returns_, advantages_, values_);
}

// Adds the discounted value of its last observation to the last reward of each truncated episode. The time
// limit is not part of the state, so the return would otherwise depend on something that the network cannot
// see.
void Partition::bootstrap_truncated(const policy::Network& network, CollectStatistics& statistics) {
  if (truncated_samples_.empty()) return;
  const envs::ObservationShape shape = environments_->shape();
  const auto [channel, row, column] = shape.strides();
  const torch::Tensor observations = torch::from_blob(
      final_observations_.data(),
      {static_cast<int64_t>(truncated_samples_.size()), shape.channels, shape.height, shape.width},
      {static_cast<int64_t>(shape.bytes()), channel, row, column}, torch::kUInt8);
  const torch::Tensor values = infer(network, observations, statistics.network_seconds).value;
  auto* rewards = rewards_.data_ptr<float>();
  for (size_t i = 0; i < truncated_samples_.size(); ++i)
    rewards[truncated_samples_[i]] += static_cast<float>(ppo_.gamma) * values.data_ptr<float>()[i];
}

ValueError Partition::value_error() const {
  ValueError error;
  error.add(values_, returns_.to(torch::kFloat64));
  return error;
}

std::pair<double, double> Partition::advantage_moments() const {
  const torch::Tensor wide = advantages_.to(torch::kFloat64);
  return {wide.sum().item<double>(), wide.square().sum().item<double>()};
}

void Partition::normalise_advantages(double mean, double deviation) {
  advantages_.sub_(mean).div_(deviation);
}

void Partition::shuffle() {  // Fisher and Yates
  auto* order = order_.data_ptr<int64_t>();
  std::iota(order, order + samples(), int64_t{0});
  for (int64_t i = samples() - 1; i > 0; --i)
    std::swap(order[i], order[shuffle_stream_.below(static_cast<uint32_t>(i + 1))]);
}

Minibatch Partition::minibatch(int64_t begin, int64_t count, torch::Device device) const {
  const torch::Tensor chosen = order_.narrow(0, begin, count);
  std::vector<int64_t> distinct, states;  // the first samples of the states; each sample's place among them
  std::unordered_map<int64_t, int64_t> places;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t first = distinct_.first(chosen.data_ptr<int64_t>()[i]);
    const auto [place, is_new] = places.try_emplace(first, static_cast<int64_t>(distinct.size()));
    if (is_new) distinct.push_back(first);
    states.push_back(place->second);
  }
  const torch::Tensor observations =
      observations_.narrow(0, 0, horizon_).flatten(0, 1).index_select(0, torch::tensor(distinct)).to(device);
  const auto pick = [&](const torch::Tensor& t) { return t.flatten().index_select(0, chosen).to(device); };
  Minibatch batch;
  batch.observations = observations;
  if (distinct.size() < states.size()) batch.states = torch::tensor(states).to(device);
  batch.actions = pick(actions_);
  batch.log_probabilities = pick(log_probabilities_);
  batch.advantages = pick(advantages_);
  batch.values = pick(values_);
  batch.returns = pick(returns_);
  return batch;
}

void Partition::save_streams(ByteWriter& out) const {
  out.put(action_stream_.state());
  out.put(shuffle_stream_.state());
}

void Partition::restore_streams(ByteReader& in) {
  action_stream_ = RandomStream(in.get<RandomStream::State>());
  shuffle_stream_ = RandomStream(in.get<RandomStream::State>());
}

}  // namespace mazescan::trainer

#include "trainer/exact_experience.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/stopwatch.h"
#include "trainer/level_solution.h"

namespace mazescan::trainer {

namespace {

constexpr int64_t kStatesOfAPass = 256;  // or one level, if it has more

// Divides levels into parts whose numbers of states are nearly equal: the largest levels first, each to the
// part that has fewest states.
std::vector<std::vector<int>> balanced_parts(const std::vector<envs::StateGraph>& graphs,
                                             std::vector<int> largest_first, size_t count) {
  const auto states = [&](int level) { return graphs[static_cast<size_t>(level)].states.size(); };
  std::stable_sort(largest_first.begin(), largest_first.end(),
                   [&](int a, int b) { return states(a) > states(b); });
  std::vector<std::vector<int>> parts(count);
  std::vector<size_t> loads(count);
  for (const int level : largest_first) {
    const size_t least = std::min_element(loads.begin(), loads.end()) - loads.begin();
    parts[least].push_back(level);
    loads[least] += states(level);
  }
  return parts;
}

// Returns the probabilities of the moves in one state, from those of the actions.
std::array<double, envs::kMoves> move_probabilities(const float* log_probabilities, envs::ActionSet actions) {
  std::array<double, envs::kMoves> moves{};
  double total = 0;
  for (int a = 0; a < envs::action_count(actions); ++a) {
    const double probability = std::exp(static_cast<double>(log_probabilities[a]));
    moves[static_cast<size_t>(envs::move_of(actions, a))] += probability;
    total += probability;
  }
  for (double& probability : moves) probability /= total;  // float32 sums to 1 only within 1e-6
  return moves;
}

std::vector<int> all_levels(size_t count) {
  std::vector<int> levels(count);
  std::iota(levels.begin(), levels.end(), 0);
  return levels;
}

// Returns how many levels of an update are replayed.
int replayed_levels(const TrainerConfig& config) {
  return static_cast<int>(std::lround(config.train.exact.replay * config.train.mazes));
}

struct Draw {
  int64_t row;
  float factor;  // 1 / the probability to be drawn
};

// Draws about `share` of the rows, at least one, in ascending order, with probabilities in proportion to their sizes but at
// most 1. Small ones count as a part of the mean, so that factors are bounded.
std::vector<Draw> draw_in_proportion(const std::vector<double>& sizes, double share, RandomStream random) {
  constexpr double kSmallest = 0.05;  // of the mean
  const auto count = static_cast<double>(sizes.size());
  const double wanted = std::max(1.0, share * count);
  const double mean = std::accumulate(sizes.begin(), sizes.end(), 0.0) / count;
  const auto probability = [&](double size, double scale) {
    return std::min(1.0, scale * (mean > 0 ? size / mean + kSmallest : 1));
  };
  // The scale for which the probabilities sum to the wanted number, by bisection.
  double low = 0, high = 1;
  const auto drawn = [&](double scale) {
    double sum = 0;
    for (const double size : sizes) sum += probability(size, scale);
    return sum;
  };
  while (drawn(high) < wanted) high *= 2;
  for (int i = 0; i < 50; ++i) (drawn((low + high) / 2) < wanted ? low : high) = (low + high) / 2;

  // Systematic sampling: one random number, and a row for each whole number that the running sum passes.
  std::vector<Draw> draws;
  double sum = random.uniform();
  for (size_t row = 0; row < sizes.size(); ++row) {
    const double p = probability(sizes[row], high), before = std::floor(sum);
    sum += p;
    if (p >= 1 || std::floor(sum) > before)
      draws.push_back({static_cast<int64_t>(row), static_cast<float>(1 / p)});
  }
  return draws;
}

// Returns some rows of a batch, with their weights multiplied.
Minibatch chosen_rows(const Minibatch& batch, const std::vector<int64_t>& rows,
                      const std::vector<float>& factors) {
  const torch::Device device = batch.observations.device();
  Minibatch chosen = batch.samples(torch::tensor(rows).to(device));
  chosen.weights *= torch::tensor(factors).to(device);
  return chosen;
}

}  // namespace

ExactExperience::ExactExperience(const TrainerConfig& config, const cluster::Communicator& communicator,
                                 int partitions, int largest_size)
    : config_(config),
      communicator_(communicator),
      environments_(config.environment, static_cast<int32_t>(config.seed), 0,
                    config.train.mazes + replayed_levels(config), 1, largest_size),
      partitions_(static_cast<size_t>(partitions / communicator.size())),
      selects_(config.train.exact.backward < 1) {}

void ExactExperience::collect(const policy::Network& network, int largest_size,
                              std::vector<PartitionStatistics>& statistics) {
  const auto count = static_cast<size_t>(environments_.count());
  std::vector<uint8_t> is_new(count, 1);
  for (const int level : replayed_) is_new[static_cast<size_t>(level)] = 0;
  environments_.set_max_size(largest_size);
  environments_.reset(is_new.data());
  graphs_.clear();
  for (int i = 0; i < environments_.count(); ++i)
    graphs_.push_back(environments_.environment(i).state_graph());

  counts_.assign(is_new.begin(), is_new.end());
  if (replayed_levels(config_) == 0) {
    passes_ = passes_of(all_levels(count));
  } else {
    passes_ = passes_of(choose(regrets(network, statistics), is_new,
                               communicator_.is_root() ? &statistics.front().collected : nullptr));
    counts_.assign(count, false);  // the new ones were counted before the choice
  }
  epoch_ = 0;
  weights_.assign(partitions_, 0);
  states_.assign(partitions_, 0);
}

std::vector<std::vector<ExactExperience::Pass>> ExactExperience::passes_of(
    const std::vector<int>& levels) const {
  const auto parts = balanced_parts(graphs_, levels, partitions_ * static_cast<size_t>(communicator_.size()));
  std::vector<std::vector<Pass>> passes_of_partitions(partitions_);
  for (size_t p = 0; p < partitions_; ++p)
    for (const int level : parts[static_cast<size_t>(communicator_.rank()) * partitions_ + p]) {
      const auto states = static_cast<int64_t>(graphs_[static_cast<size_t>(level)].states.size());
      std::vector<Pass>& passes = passes_of_partitions[p];
      if (passes.empty() || passes.back().states + states > kStatesOfAPass) passes.emplace_back();
      passes.back().levels.push_back(level);
      passes.back().states += states;
    }
  return passes_of_partitions;
}

std::vector<double> ExactExperience::regrets(const policy::Network& network,
                                             std::vector<PartitionStatistics>& statistics) {
  const torch::NoGradGuard no_grad;
  std::vector<double> mine(graphs_.size());
  auto passes = passes_of(all_levels(graphs_.size()));
  for (size_t p = 0; p < partitions_; ++p)
    for (Pass& pass : passes[p]) {
      observe(pass, network.parameters().device());
      const Stopwatch stopwatch;
      const policy::Network::Output output = network.forward(pass.batch.observations);
      statistics[p].collected.network_seconds += stopwatch.seconds();
      solve(pass, policy::ActionDistribution(output.logits).log_probabilities(), output.value, statistics[p]);
      const torch::Tensor returns = pass.batch.returns.cpu();
      size_t row = 0;  // of a level's start
      for (const int level : pass.levels) {
        const envs::StateGraph& graph = graphs_[static_cast<size_t>(level)];
        mine[static_cast<size_t>(level)] = best_value(graph, config_.train.ppo.gamma) -
                                           returns.data_ptr<float>()[row] / config_.environment.reward;
        row += graph.states.size();
      }
      pass.batch = {};
    }
  // One rank has the regret of a level, the others 0.
  const std::vector<double> of_ranks = communicator_.all_gather(mine);
  std::vector<double> all(mine.size());
  for (size_t i = 0; i < of_ranks.size(); ++i) all[i % all.size()] += of_ranks[i];
  return all;
}

std::vector<int> ExactExperience::choose(const std::vector<double>& regrets,
                                         const std::vector<uint8_t>& is_new, CollectStatistics* statistics) {
  std::vector<int> greatest_first = all_levels(regrets.size());
  std::stable_sort(greatest_first.begin(), greatest_first.end(), [&](int a, int b) {
    return regrets[static_cast<size_t>(a)] > regrets[static_cast<size_t>(b)];
  });
  replayed_.assign(greatest_first.begin(), greatest_first.begin() + replayed_levels(config_));
  std::sort(replayed_.begin(), replayed_.end());
  std::vector<int> levels = replayed_;
  for (int level = 0; levels.size() < static_cast<size_t>(config_.train.mazes); ++level)
    if (is_new[static_cast<size_t>(level)] != 0 &&
        !std::binary_search(replayed_.begin(), replayed_.end(), level))
      levels.push_back(level);
  std::sort(levels.begin(), levels.end());
  if (statistics != nullptr) {
    for (size_t i = 0; i < regrets.size(); ++i) {
      statistics->new_levels += is_new[i];
      statistics->new_regret += is_new[i] != 0 ? regrets[i] : 0;
    }
    statistics->replayed_levels += static_cast<double>(replayed_.size());
    for (const int level : replayed_) statistics->replayed_regret += regrets[static_cast<size_t>(level)];
  }
  return levels;
}

int64_t ExactExperience::begin_epoch() {
  ++epoch_;
  return 1;
}

void ExactExperience::observe(Pass& pass, torch::Device device) const {
  const envs::ObservationShape shape = environments_.shape();
  const auto bytes = static_cast<int64_t>(shape.bytes());
  const auto [channel, row, column] = shape.strides();
  const torch::Tensor observations = torch::empty_strided(
      {pass.states, shape.channels, shape.height, shape.width}, {bytes, channel, row, column}, torch::kUInt8);
  auto* out = observations.data_ptr<uint8_t>();
  for (const int level : pass.levels)
    for (const envs::MazeState& state : graphs_[static_cast<size_t>(level)].states) {
      environments_.environment(level).observe_state(state, out);
      out += bytes;
    }
  pass.batch.observations = observations.to(device);
}

double ExactExperience::solve(Pass& pass, const torch::Tensor& log_probabilities_of_actions,
                              const torch::Tensor& values, PartitionStatistics& statistics) const {
  const envs::ActionSet actions = config_.environment.actions;
  const auto action_count = static_cast<size_t>(envs::action_count(actions));
  const double gamma = config_.train.ppo.gamma, reward = config_.environment.reward;
  pass.batch.log_probabilities = log_probabilities_of_actions;
  pass.batch.values = values;
  const torch::Tensor log_probabilities = pass.batch.log_probabilities.cpu().contiguous(),
                      advantages = torch::empty_like(log_probabilities),
                      weights = torch::empty({pass.states}),
                      returns = torch::empty({pass.states}, torch::kFloat64);
  size_t row = 0;
  for (const int level : pass.levels) {
    const envs::StateGraph& graph = graphs_[static_cast<size_t>(level)];
    MoveTable probabilities;
    for (size_t s = 0; s < graph.states.size(); ++s)
      probabilities.push_back(
          move_probabilities(log_probabilities.data_ptr<float>() + (row + s) * action_count, actions));
    const LevelSolution solution = config_.train.advantages == Advantages::exact
                                       ? solve_level(graph, probabilities, gamma, config_.train.exact.mix)
                                       : imitate_shortest_path(graph, probabilities, gamma);
    for (size_t s = 0; s < graph.states.size(); ++s, ++row) {
      for (size_t a = 0; a < action_count; ++a)
        advantages.data_ptr<float>()[row * action_count + a] = static_cast<float>(
            solution.advantages[s][static_cast<size_t>(envs::move_of(actions, static_cast<int>(a)))]);
      weights.data_ptr<float>()[row] = static_cast<float>(solution.weights[s]);
      returns.data_ptr<double>()[row] = reward * solution.values[s];
    }

    statistics.collected.evaluated += static_cast<double>(graph.states.size());
    if (!counts_[static_cast<size_t>(level)]) continue;
    const int size = graph.states.front().level->size;
    const EpisodeChances chances =
        episode_chances(graph, probabilities, envs::time_limit(config_.environment, size));
    statistics.collected.steps += chances.steps;
    statistics.collected.reward += reward * chances.rewards;
    statistics.collected.finished[size] +=
        {1, chances.success, chances.steps_of_success, chances.success * envs::moves_to_goal(graph).front()};
  }
  const torch::Device device = pass.batch.observations.device();
  statistics.value_error.add(values.cpu(), returns);
  pass.batch.advantages = advantages.to(device);
  pass.batch.weights = weights.to(device);
  pass.batch.returns = returns.to(device, torch::kFloat32);
  return weights.sum(torch::kFloat64).item<double>();
}

void ExactExperience::select(const policy::Network& network, size_t partition,
                             PartitionStatistics& statistics) {
  torch::NoGradGuard no_grad;
  std::vector<Pass>& passes = passes_[partition];
  std::vector<double> sizes;  // of the states' gradients with respect to the logits
  for (Pass& pass : passes) {
    observe(pass, network.parameters().device());
    const Stopwatch stopwatch;
    const policy::Network::Output output = network.forward(pass.batch.observations);
    statistics.collected.network_seconds += stopwatch.seconds();
    weights_[partition] +=
        solve(pass, policy::ActionDistribution(output.logits).log_probabilities(), output.value, statistics);
    const Minibatch& batch = pass.batch;
    const torch::Tensor size = (batch.weights * (batch.log_probabilities.exp() * batch.advantages).norm(2, 1))
                                   .to(torch::kCPU, torch::kFloat64)
                                   .contiguous();
    sizes.insert(sizes.end(), size.data_ptr<double>(), size.data_ptr<double>() + pass.states);
  }
  const int first_level = passes.front().levels.front();
  const std::vector<Draw> draws =
      draw_in_proportion(sizes, config_.train.exact.backward,
                         RandomStream(static_cast<uint64_t>(config_.seed), "states",
                                      static_cast<uint64_t>(environments_.level_seeds()[first_level])));

  std::vector<const Minibatch*> parts;
  for (const Pass& pass : passes) parts.push_back(&pass.batch);
  const Minibatch all = Minibatch::joined(parts);
  passes.clear();
  for (size_t begin = 0; begin < draws.size(); begin += kStatesOfAPass) {
    std::vector<int64_t> rows;
    std::vector<float> factors;
    for (size_t i = begin; i < std::min(draws.size(), begin + kStatesOfAPass); ++i) {
      rows.push_back(draws[i].row);
      factors.push_back(draws[i].factor);
    }
    passes.push_back({{}, static_cast<int64_t>(rows.size()), chosen_rows(all, rows, factors)});
  }
}

void ExactExperience::add_gradients(const Loss& loss, const policy::Network& network, size_t partition,
                                    int64_t /*step*/, PartitionStatistics& statistics) {
  if (epoch_ == 1 && selects_) select(network, partition, statistics);
  states_[partition] = 0;
  for (Pass& pass : passes_[partition]) {
    states_[partition] += static_cast<double>(pass.states);
    const bool solves = epoch_ == 1 && !selects_;
    if (solves) observe(pass, network.parameters().device());
    const Stopwatch forward_time;
    const ForwardPass forward = loss.forward(network, pass.batch, config_.train.ppo);
    statistics.collected.network_seconds += forward_time.seconds();
    if (solves)
      weights_[partition] += solve(pass, forward.distribution().log_probabilities().detach(),
                                   forward.output().value.detach(), statistics);
    const Stopwatch backward_time;
    loss.add_gradients(forward, statistics.loss);
    statistics.collected.network_seconds += backward_time.seconds();
  }
}

Experience::StepTotal ExactExperience::step_total() const {
  StepTotal total{0, 0};
  for (const double states : communicator_.all_gather(states_)) total.states += static_cast<int64_t>(states);
  for (const double weight : communicator_.all_gather(weights_)) total.weight += weight;
  return total;
}

void ExactExperience::save_environments(ByteWriter& out) const {
  if (!communicator_.is_root()) return;  // every rank has all
  environments_.save(out);
  for (const int level : replayed_) out.put(int32_t{level});
}

void ExactExperience::restore(std::string_view, std::string_view environments) {
  ByteReader in(environments, "environments.bin");
  environments_.restore(in);
  replayed_.clear();
  while (!in.at_end()) {
    const auto level = in.get<int32_t>();
    require(level >= 0 && level < environments_.count(),
            "environments.bin: a level that stays is out of range",
            lazy("it is {} of {}", level, environments_.count()), "a checkpoint of this training");
    replayed_.push_back(level);
  }
}

}  // namespace mazescan::trainer

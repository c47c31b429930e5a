#include "trainer/metrics.h"

#include <fmt/format.h>

#include <numeric>

#include "core/bytes.h"

namespace mazescan::trainer {

namespace {

using Sums = std::map<std::string, double>;

constexpr const char* kTermPrefix = "loss/";
constexpr const char* kObservedPrefix = "observed/";

double ratio(double a, double b) {
  return b > 0 ? a / b : 0;
}

Sums sums_of(const PartitionStatistics& partition) {
  const auto& [collected, value_error, loss] = partition;
  Sums sums = {{"kl", loss.change.kl},
               {"clipped", loss.change.clipped},
               {"weight", loss.weight},
               {"reward", collected.reward},
               {"steps", collected.steps},
               {"evaluated", collected.evaluated},
               {"new_regret", collected.new_regret},
               {"new_levels", collected.new_levels},
               {"replayed_regret", collected.replayed_regret},
               {"replayed_levels", collected.replayed_levels},
               {"samples", loss.samples},
               {"distinct", loss.evaluated},
               {"states", value_error.states},
               {"returns", value_error.returns},
               {"squared_returns", value_error.squared_returns},
               {"errors", value_error.errors},
               {"squared_errors", value_error.squared_errors},
               {"network_seconds", collected.network_seconds}};
  for (const auto& [name, sum] : loss.terms) sums[kTermPrefix + name] = sum;
  for (const auto& [name, numbers] : loss.observed)
    for (size_t i = 0; i < numbers.size(); ++i)
      sums[fmt::format("{}{}/{:08}", kObservedPrefix, name, i)] = numbers[i];
  return sums;
}

// Returns the sums below the prefix, in lists by the name of the term.
LossMemory observed_in(const Sums& sums) {
  LossMemory observed;
  for (const auto& [name, sum] : sums) {
    if (name.rfind(kObservedPrefix, 0) != 0) continue;
    const std::string term = name.substr(std::string(kObservedPrefix).size());
    observed[term.substr(0, term.rfind('/'))].push_back(sum);
  }
  return observed;
}

// Adds the sums of all partitions, in their order. Every partition has the same names. Collective.
Sums add_sums(const cluster::Communicator& communicator, const std::vector<PartitionStatistics>& partitions) {
  Sums total;
  std::vector<double> mine;
  for (const PartitionStatistics& partition : partitions)
    for (const auto& [name, sum] : sums_of(partition)) {
      total[name] = 0;
      mine.push_back(sum);
    }
  expect(mine.size() == total.size() * partitions.size(), "the same sums of each partition");
  const std::vector<double> all = communicator.all_gather(mine);  // by rank, so in the order of partitions
  for (size_t i = 0; i < all.size();)
    for (auto& [name, sum] : total) sum += all[i++];
  return total;
}

void encode(const Tallies& tallies, ByteWriter& out) {
  for (const auto& [size, tally] : tallies) {
    out.put(int32_t{size});
    out.put(tally);
  }
}

void add_encoded(const std::string& bytes, Tallies& total) {
  ByteReader in(bytes, "tallies of a rank");
  while (!in.at_end()) {
    const auto size = in.get<int32_t>();
    total[size] += in.get<SizeTally>();
  }
}

// Adds the tallies of all partitions of all ranks, in their order. Collective.
Tallies add_tallies(const cluster::Communicator& communicator,
                    const std::vector<PartitionStatistics>& partitions) {
  ByteWriter mine, sum;
  for (const PartitionStatistics& partition : partitions) encode(partition.collected.finished, mine);
  Tallies total, everywhere;
  for (const std::string& bytes : communicator.gather(mine.bytes())) add_encoded(bytes, total);
  encode(total, sum);
  add_encoded(communicator.broadcast(sum.bytes()), everywhere);
  return everywhere;
}

}  // namespace

void UpdateMetrics::reduce(const cluster::Communicator& communicator,
                           const std::vector<PartitionStatistics>& partitions) {
  Sums sums = add_sums(communicator, partitions);
  const double weight = sums["weight"];
  loss.clear();
  for (const auto& [name, sum] : sums)
    if (name.rfind(kTermPrefix, 0) == 0)
      loss[name.substr(std::string(kTermPrefix).size())] = ratio(sum, weight);
  kl = ratio(sums["kl"], weight);
  clip_fraction = ratio(sums["clipped"], weight);
  mean_reward = ratio(sums["reward"], sums["steps"]);
  distinct_share = ratio(sums["distinct"], sums["samples"]);
  evaluated_share = ratio(sums["evaluated"], sums["states"]);
  states = static_cast<int64_t>(sums["states"]);
  regret.clear();
  if (sums["replayed_levels"] > 0)
    regret = {{"new", ratio(sums["new_regret"], sums["new_levels"])},
              {"replayed", ratio(sums["replayed_regret"], sums["replayed_levels"])}};
  explained_variance = ValueError{sums["states"], sums["returns"], sums["squared_returns"], sums["errors"],
                                  sums["squared_errors"]}
                           .explained_variance();
  observed = observed_in(sums);
  loss_samples = sums["samples"];
  network_seconds = sums["network_seconds"] / communicator.size();
  const std::vector<double> processors = communicator.all_gather(std::vector<double>{processor_seconds});
  processor_seconds = std::accumulate(processors.begin(), processors.end(), 0.0);
  finished = add_tallies(communicator, partitions);
}

nlohmann::json UpdateMetrics::line(double seconds, double processors) const {
  nlohmann::json success = nlohmann::json::object(), episodes = success, over_optimal = success;
  for (const auto& [size, tally] : finished) {
    const std::string key = std::to_string(size);
    success[key] = ratio(tally.successes, static_cast<double>(tally.episodes));
    episodes[key] = tally.episodes;
    if (tally.optimal > 0) over_optimal[key] = tally.steps / tally.optimal;
  }
  nlohmann::json line = {{"update", update},
                         {"steps", steps},
                         {"seconds", seconds},
                         {"processor_seconds", processors},
                         {"steps_per_second", ratio(static_cast<double>(states), update_seconds)},
                         {"network_share", ratio(network_seconds, update_seconds)},
                         {"success", success},
                         {"episodes", episodes},
                         {"steps_over_optimal", over_optimal},
                         {"largest_size", largest_size},
                         {"loss", loss},
                         {"loss_coefficient", loss_coefficients},
                         {"kl", kl},
                         {"clip_fraction", clip_fraction},
                         {"distinct_share", distinct_share},
                         {"evaluated_share", evaluated_share},
                         {"explained_variance", explained_variance},
                         {"gradient_norm", gradient_norm},
                         {"learning_rate", learning_rate},
                         {"mean_reward", mean_reward}};
  if (!penalties.empty()) line["penalties"] = penalties;
  if (!regret.empty()) line["regret"] = regret;
  // Offline, no policy is compared with an earlier one, and only learners of Q have values.
  const bool offline = loss_coefficients.count("imitation") + loss_coefficients.count("q_error") > 0;
  if (offline)
    for (const char* key : {"kl", "clip_fraction"}) line.erase(key);
  const auto values = loss_coefficients.find(offline ? "q_error" : "value_loss");
  const bool values_are_trained = values == loss_coefficients.end() ? !offline : values->second != 0;
  if (!values_are_trained) line.erase("explained_variance");
  return line;
}

}  // namespace mazescan::trainer

#include "evaluator/questions/edit_results.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "core/error.h"
#include "datasets/work_unit.h"

namespace mazescan {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<size_t> all_cases(const ResultShard& shard) {
  std::vector<size_t> cases(shard.get<int32_t>("case/level").size());
  std::iota(cases.begin(), cases.end(), size_t{0});
  return cases;
}

template <class T>
std::vector<T> row_of(const ScoredRow& row, const std::string& column) {
  const size_t cases = row.shard->get<int32_t>("case/level").size();
  const std::vector<T>& all = row.shard->get<T>(column);
  const auto begin = all.begin() + static_cast<int64_t>(row.index * cases);
  return {begin, begin + static_cast<int64_t>(cases)};
}

// Mean steps of the walks that arrived, each level counted `weights` times.
double mean_steps(const std::vector<uint8_t>& reached, const std::vector<int32_t>& steps,
                  const std::vector<int>& weights) {
  double sum = 0, count = 0;
  for (size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] == 0) continue;
    sum += weights[i] * static_cast<double>(steps[i]);
    count += weights[i];
  }
  return count > 0 ? sum / count : kNaN;
}

}  // namespace

EditScores::EditScores(const Results& results) {
  std::set<int> sizes;
  for (const ResultShard& shard : results.shards) {
    shards_[shard.unit.file_name()] = &shard;
    sizes.insert(shard.unit.size);
  }
  sizes_.assign(sizes.begin(), sizes.end());
}

const ResultShard* EditScores::find(int size, const std::string& experiment,
                                    const std::string& family) const {
  const auto found = shards_.find(WorkUnit{size, experiment + "-" + family, 0}.file_name());
  return found == shards_.end() ? nullptr : found->second;
}

std::vector<ScoredRow> EditScores::edits(int size, const std::string& experiment,
                                         const std::string& family) const {
  std::vector<ScoredRow> rows;
  for (const auto& [name, shard] : shards_) {
    if (shard->unit.size != size || shard->facts.value("experiment", "") != experiment) continue;
    if (!family.empty() && shard->facts.value("family", "") != family) continue;
    const nlohmann::json& facts = shard->facts.at("rows");
    for (size_t i = 0; i < facts.size(); ++i)
      if (facts[i].value("kind", "") == "edit") rows.push_back({shard, i, facts[i]});
  }
  return rows;
}

ScoredRow EditScores::best(int size, const std::string& experiment, double below_share,
                           const std::string& family) const {
  ScoredRow best;
  for (const ScoredRow& row : edits(size, experiment, family))
    if (row.share() < below_share && (best.shard == nullptr || row.choosing() > best.choosing())) best = row;
  return best;
}

std::vector<ScoredRow> EditScores::best_of_fractions(int size, const std::string& experiment) const {
  std::map<double, ScoredRow> best;
  for (const ScoredRow& row : edits(size, experiment)) {
    ScoredRow& one = best[row.facts.value("fraction", 0.0)];
    if (one.shard == nullptr || row.choosing() > one.choosing()) one = row;
  }
  std::vector<ScoredRow> rows;
  for (const auto& [fraction, row] : best)
    if (rows.empty() || rows.back().share() != row.share()) rows.push_back(row);
  return rows;
}

ScoredRow EditScores::control(int size, const std::string& experiment, const std::string& name,
                              const ScoredRow& edit) const {
  const ResultShard* shard = edit.shard != nullptr ? edit.shard : find(size, experiment, "controls");
  if (shard == nullptr) return {};
  const nlohmann::json& facts = shard->facts.at("rows");
  for (size_t i = 0; i < facts.size(); ++i)
    if (facts[i].value("name", "") == name) return {shard, i, facts[i]};
  return {};
}

double EditScores::clock(int size, const std::string& experiment) const {
  const ResultShard* shard = find(size, experiment, "controls");
  if (shard == nullptr) return kNaN;
  const auto& reached = shard->get<uint8_t>("clock/reached");
  return mean_steps(reached, shard->get<int32_t>("clock/steps"), std::vector<int>(reached.size(), 1));
}

JudgedRate EditScores::rate(const ResultShard& shard, const std::vector<size_t>& cases,
                            const std::vector<double>& value, const std::vector<int32_t>* steps,
                            double bound) const {
  const ResultShard* controls =
      steps == nullptr ? nullptr : find(shard.unit.size, shard.facts.value("experiment", ""), "controls");
  expect(steps == nullptr || controls != nullptr, "controls of every experiment");
  const auto& seeds = shard.get<int32_t>("level/seed");
  const auto& level_of = shard.get<int32_t>("case/level");
  // Clusters: all seeds that either side has.
  std::map<int32_t, size_t> cluster;
  for (const size_t c : cases) cluster.emplace(seeds[static_cast<size_t>(level_of[c])], 0);
  const auto own_levels = static_cast<int64_t>(cluster.size());
  if (controls != nullptr)
    for (const int32_t seed : controls->get<int32_t>("clock/seed")) cluster.emplace(seed, 0);
  size_t next = 0;
  for (auto& each : cluster) each.second = next++;
  std::vector<size_t> of_case, of_clock;
  for (const size_t c : cases) of_case.push_back(cluster.at(seeds[static_cast<size_t>(level_of[c])]));
  if (controls != nullptr)
    for (const int32_t seed : controls->get<int32_t>("clock/seed")) of_clock.push_back(cluster.at(seed));

  const auto success = [&](const std::vector<int>& weights) {
    double limit = std::numeric_limits<double>::infinity();
    if (controls != nullptr) {
      std::vector<int> clock_weights;
      for (const size_t c : of_clock) clock_weights.push_back(weights[c]);
      limit = mean_steps(controls->get<uint8_t>("clock/reached"), controls->get<int32_t>("clock/steps"),
                         clock_weights);
    }
    if (std::isnan(limit)) return kNaN;  // nobody ever arrived: no clock, no rate
    double sum = 0, count = 0;
    for (size_t i = 0; i < cases.size(); ++i) {
      count += weights[of_case[i]];
      if (steps == nullptr || (*steps)[cases[i]] <= limit) sum += weights[of_case[i]] * value[cases[i]];
    }
    return count > 0 ? sum / count : kNaN;
  };
  JudgedRate none;
  none.size = shard.unit.size;
  none.value = none.low = none.high = kNaN;
  const double seen = cases.empty() ? kNaN : success(std::vector<int>(cluster.size(), 1));
  if (std::isnan(seen)) return none;
  const auto samples = bootstrap_samples(
      static_cast<int64_t>(cluster.size()), 1,
      [&](const std::vector<int>& weights, std::vector<double>& out) { out[0] = success(weights); },
      RandomStream(1, "edit/" + shard.unit.file_name()));
  JudgedRate judged = judged_share(seen, own_levels, bound, samples[0]);
  judged.size = shard.unit.size;
  judged.placement = shard.facts.value("experiment", "");
  return judged;
}

JudgedRate EditScores::success(const ScoredRow& row, bool within_clock, double bound) const {
  return success(row, within_clock, bound, all_cases(*row.shard));
}

JudgedRate EditScores::success(const ScoredRow& row, bool within_clock, double bound,
                               const std::vector<size_t>& cases) const {
  const auto reached = row_of<uint8_t>(row, "sampled/reached");
  const auto steps = row_of<int32_t>(row, "sampled/steps");
  return rate(*row.shard, cases, {reached.begin(), reached.end()}, within_clock ? &steps : nullptr, bound);
}

std::vector<size_t> EditScores::off_path_cases(const ScoredRow& row) {
  const auto& off_path = row.shard->get<int32_t>("case/off_path");
  std::vector<size_t> cases;
  for (size_t c = 0; c < off_path.size(); ++c)
    if (off_path[c] > 0) cases.push_back(c);
  return cases;
}

double EditScores::greedy_success(const ScoredRow& row) const {
  const auto reached = row_of<uint8_t>(row, "greedy/reached");
  return mean({reached.begin(), reached.end()});
}

JudgedRate EditScores::path_probability(const ScoredRow& row) const {
  std::vector<double> value;
  for (const float log : row_of<float>(row, "path/log")) value.push_back(std::exp(static_cast<double>(log)));
  return rate(*row.shard, all_cases(*row.shard), value, nullptr, 0.5);
}

}  // namespace mazescan

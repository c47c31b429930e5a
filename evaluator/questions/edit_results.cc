#include "evaluator/questions/edit_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "core/error.h"
#include "datasets/work_unit.h"

namespace mazescan::questions {

namespace {

using statistics::kNaN;

std::vector<size_t> all_cases(const ScoredUnit& unit) {
  std::vector<size_t> cases(unit.result.cases.size());
  std::iota(cases.begin(), cases.end(), size_t{0});
  return cases;
}

std::vector<double> as_numbers(const std::vector<uint8_t>& flags) {
  return {flags.begin(), flags.end()};
}

// Returns the mean steps of the walks that arrived; walk i counts weights[i] times.
double mean_steps(const std::vector<edit::ClockRow>& walks, const std::vector<int>& weights) {
  double sum = 0, count = 0;
  for (size_t i = 0; i < walks.size(); ++i) {
    if (!walks[i].reached) continue;
    sum += weights[i] * static_cast<double>(walks[i].steps);
    count += weights[i];
  }
  return count > 0 ? sum / count : kNaN;
}

// The clusters that are resampled: the level seeds of the cases and of the walks that define T.
struct SeedClusters {
  SeedClusters(const edit::ExperimentResult& result, const std::vector<size_t>& cases,
               const std::vector<edit::ClockRow>& clock) {
    std::map<int32_t, size_t> cluster;
    const auto seed_of = [&](size_t c) {
      return result.levels[static_cast<size_t>(result.cases[c].level)].seed;
    };
    for (const size_t c : cases) cluster.emplace(seed_of(c), 0);
    levels = static_cast<int64_t>(cluster.size());
    for (const edit::ClockRow& walk : clock) cluster.emplace(walk.seed, 0);
    for (auto& each : cluster) each.second = static_cast<size_t>(count++);
    for (const size_t c : cases) of_case.push_back(cluster.at(seed_of(c)));
    for (const edit::ClockRow& walk : clock) of_walk.push_back(cluster.at(walk.seed));
  }
  int64_t levels = 0;  // number of the cases' level seeds
  int64_t count = 0;
  std::vector<size_t> of_case, of_walk;
};

}  // namespace

std::string target_name(const std::string& experiment) {
  if (experiment == edit::kEveryCell) return "any cell";
  std::string name = experiment.substr(0, experiment.find("_cheese"));
  std::replace(name.begin(), name.end(), '_', '-');
  return edit::cheese_at_target(experiment) ? name + ", the cheese there" : name;
}

std::string BothWalkers::in_words() const {
  return fmt::format("sampled {}, greedy {} of {}",
                     findings::in_percent(sampled.value, {sampled.low, sampled.high}),
                     findings::in_percent(greedy.value, {greedy.low, greedy.high}), sampled.n);
}

EditScores::EditScores(const datasets::Results& results) {
  std::set<int> sizes;
  for (const datasets::ResultShard& shard : results.shards) {
    sizes.insert(shard.unit.size);
    if (shard.unit.subject == edit::kFindChannels || shard.unit.subject == edit::kVectors) continue;
    auto result = datasets::read_columns<edit::ExperimentResult>(shard);
    result.stored.reset();  // no answer reads the edits themselves
    units_[shard.unit.file_name()] = {shard.unit, std::move(result)};
  }
  sizes_.assign(sizes.begin(), sizes.end());
}

const ScoredUnit* EditScores::find(int size, const std::string& experiment, const std::string& family) const {
  const auto found =
      units_.find(datasets::WorkUnit{size, edit::edit_subject(experiment, family), 0}.file_name());
  return found == units_.end() ? nullptr : &found->second;
}

std::vector<ScoredRow> EditScores::edits(int size, const std::string& experiment,
                                         const std::string& family) const {
  std::vector<ScoredRow> edits;
  for (const auto& [name, unit] : units_) {
    if (unit.unit.size != size || unit.result.experiment != experiment) continue;
    if (!family.empty() && unit.result.family != family) continue;
    for (size_t i = 0; i < unit.result.rows.size(); ++i)
      if (unit.result.rows[i].facts.is_edit()) edits.push_back({&unit, i});
  }
  return edits;
}

ScoredRow EditScores::best(int size, const std::string& experiment, double below_share,
                           const std::string& family) const {
  ScoredRow best;
  for (const ScoredRow& row : edits(size, experiment, family))
    if (row.share() < below_share && (!best.found() || row.choosing() > best.choosing())) best = row;
  return best;
}

std::vector<FractionEdit> EditScores::best_of_fractions(int size, const std::string& experiment) const {
  std::vector<FractionEdit> rows;
  for (const ScoredRow& row : edits(size, experiment))
    rows.push_back({row.row().facts.fraction.value_or(0), row});
  std::stable_sort(rows.begin(), rows.end(),
                   [](const FractionEdit& a, const FractionEdit& b) { return a.fraction < b.fraction; });
  std::vector<FractionEdit> best;
  for (const FractionEdit& each : rows) {
    const bool better = best.empty() || each.row.choosing() > best.back().row.choosing();
    const FractionEdit one{each.fraction, better ? each.row : best.back().row};
    if (!best.empty() && best.back().fraction == each.fraction)
      best.back() = one;
    else
      best.push_back(one);
  }
  return best;
}

ScoredRow EditScores::control(int size, const std::string& experiment, const std::string& name,
                              const ScoredRow& edit) const {
  const ScoredUnit* unit = edit.found() ? edit.unit : find(size, experiment, edit::kControls);
  if (unit == nullptr) return {};
  for (size_t i = 0; i < unit->result.rows.size(); ++i)
    if (unit->result.rows[i].facts.name == name) return {unit, i};
  return {};
}

std::vector<ScoredRow> EditScores::controls(int size, const std::string& experiment,
                                            const std::string& name) const {
  std::vector<ScoredRow> rows;
  for (const auto& [file, unit] : units_) {
    if (unit.unit.size != size || unit.result.experiment != experiment) continue;
    for (size_t i = 0; i < unit.result.rows.size(); ++i)
      if (unit.result.rows[i].facts.name == name) rows.push_back({&unit, i});
  }
  return rows;
}

std::string EditScores::budget() const {
  for (const auto& [name, unit] : units_)
    if (unit.result.family != edit::kControls) return unit.result.budget;
  return "";
}

double EditScores::clock(int size, const std::string& experiment) const {
  const ScoredUnit* controls = find(size, experiment, edit::kControls);
  if (controls == nullptr || !controls->result.clock) return kNaN;
  const std::vector<edit::ClockRow>& walks = controls->result.clock->walks;
  return mean_steps(walks, std::vector<int>(walks.size(), 1));
}

findings::JudgedRate EditScores::rate(const ScoredUnit& unit, const std::vector<size_t>& cases,
                                      const std::vector<double>& value, const std::vector<int32_t>* steps,
                                      double bound) const {
  const ScoredUnit* controls =
      steps == nullptr ? nullptr : find(unit.unit.size, unit.result.experiment, edit::kControls);
  expect(steps == nullptr || (controls != nullptr && controls->result.clock), "controls of every experiment");
  const std::vector<edit::ClockRow> clock =
      controls == nullptr ? std::vector<edit::ClockRow>{} : controls->result.clock->walks;
  const SeedClusters clusters(unit.result, cases, clock);
  const auto success = [&](const std::vector<int>& weights) {
    double limit = std::numeric_limits<double>::infinity();
    if (controls != nullptr) {
      std::vector<int> clock_weights;
      for (const size_t c : clusters.of_walk) clock_weights.push_back(weights[c]);
      limit = mean_steps(clock, clock_weights);
    }
    if (std::isnan(limit)) return kNaN;  // no walk arrived: T and the rate are undefined
    double sum = 0, count = 0;
    for (size_t i = 0; i < cases.size(); ++i) {
      const int weight = weights[clusters.of_case[i]];
      count += weight;
      if (steps == nullptr || (*steps)[cases[i]] <= limit) sum += weight * value[cases[i]];
    }
    return count > 0 ? sum / count : kNaN;
  };
  findings::JudgedRate none;
  none.size = unit.unit.size;
  none.value = none.low = none.high = kNaN;
  const double seen =
      cases.empty() ? kNaN : success(std::vector<int>(static_cast<size_t>(clusters.count), 1));
  if (std::isnan(seen)) return none;
  const auto samples = statistics::bootstrap_samples(
      clusters.count, 1,
      [&](const std::vector<int>& weights, std::vector<double>& out) { out[0] = success(weights); },
      RandomStream(1, "edit/" + unit.unit.file_name()));
  findings::JudgedRate judged = findings::judged_share(seen, clusters.levels, bound, samples[0]);
  judged.size = unit.unit.size;
  judged.placement = unit.result.experiment;
  return judged;
}

findings::JudgedRate EditScores::success(const ScoredRow& row, bool within_clock, double bound) const {
  return success(row, within_clock, bound, all_cases(*row.unit));
}

findings::JudgedRate EditScores::success(const ScoredRow& row, bool within_clock, double bound,
                                         const std::vector<size_t>& cases) const {
  const datasets::WalkEnds& walks = row.row().sampled;
  if (within_clock)
    return rate(*row.unit, cases, {walks.reached.begin(), walks.reached.end()}, &walks.steps, bound);
  return rate(*row.unit, cases, as_numbers(edit::quick_walks(walks, row.unit->result.cases)), nullptr, bound);
}

BothWalkers EditScores::off_path_success(const ScoredRow& row) const {
  const std::vector<size_t> cases = off_path_cases(row);
  const auto of = [&](const datasets::WalkEnds& walks) {
    return rate(*row.unit, cases, as_numbers(edit::quick_walks(walks, row.unit->result.cases)), nullptr, 0.5);
  };
  return {of(row.row().sampled), of(row.row().greedy)};
}

findings::JudgedRate EditScores::random_mouse(const ScoredRow& row) const {
  std::vector<double> chance;
  for (const edit::CaseRow& each : row.unit->result.cases) chance.push_back(each.random);
  return rate(*row.unit, off_path_cases(row), chance, nullptr, 0.5);
}

BothWalkers EditScores::normalised_success(const ScoredRow& row, double bound) const {
  const std::vector<size_t> cases = off_path_cases(row);
  const auto of = [&](const datasets::WalkEnds& walks) {
    return normalised(*row.unit, cases, edit::quick_walks(walks, row.unit->result.cases), bound);
  };
  return {of(row.row().sampled), of(row.row().greedy)};
}

findings::JudgedRate EditScores::normalised(const ScoredUnit& unit, const std::vector<size_t>& cases,
                                            const std::vector<uint8_t>& reached, double bound) const {
  const SeedClusters clusters(unit.result, cases, {});
  double chance = 0;  // that of the random mouse, in the sample at hand
  const auto success = [&](const std::vector<int>& weights) {
    double hits = 0, random = 0, count = 0;
    for (size_t i = 0; i < cases.size(); ++i) {
      const int weight = weights[clusters.of_case[i]];
      hits += weight * reached[cases[i]];
      random += weight * unit.result.cases[cases[i]].random;
      count += weight;
    }
    chance = random / count;
    return count > random ? (hits - random) / (count - random) : kNaN;
  };
  findings::JudgedRate judged;
  judged.value = judged.low = judged.high = kNaN;
  if (!cases.empty()) {
    const double seen = success(std::vector<int>(static_cast<size_t>(clusters.count), 1)), least = chance;
    std::vector<double> samples = statistics::bootstrap_samples(
        clusters.count, 1,
        [&](const std::vector<int>& weights, std::vector<double>& out) { out[0] = success(weights); },
        RandomStream(1, "edit/normalised/" + unit.unit.file_name()))[0];
    // Judges r + (1 - r) x with r fixed, a share in [0, 1] that equals s, and whose variance is that of x.
    const auto share = [&](double normal) { return least + (1 - least) * normal; };
    const auto normal = [&](double value) { return (value - least) / (1 - least); };
    std::transform(samples.begin(), samples.end(), samples.begin(), share);
    judged = findings::judged_share(share(seen), clusters.levels, share(bound), samples);
    judged.value = seen;
    judged.low = normal(judged.low);
    judged.high = normal(judged.high);
  }
  judged.size = unit.unit.size;
  judged.placement = unit.result.experiment;
  return judged;
}

std::vector<size_t> EditScores::off_path_cases(const ScoredRow& row) {
  std::vector<size_t> off_path;
  for (const size_t c : all_cases(*row.unit))
    if (row.unit->result.cases[c].off_path > 0) off_path.push_back(c);
  return off_path;
}

findings::JudgedRate EditScores::path_probability(const ScoredRow& row) const {
  std::vector<double> value;
  for (const float log : row.row().log) value.push_back(std::exp(static_cast<double>(log)));
  return rate(*row.unit, all_cases(*row.unit), value, nullptr, 0.5);
}

}  // namespace mazescan::questions

#include "evaluator/questions/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "core/error.h"
#include "datasets/scan_episode.h"
#include "statistics/statistics.h"

namespace mazescan::questions {
namespace {

using statistics::kNaN;
constexpr int kNever = std::numeric_limits<int>::max();
constexpr int kTilesAcross = 9;  // maximum tiles across a heat map; more would leave too few levels in a tile

// Episodes of one size and placement, all chunks. `level` indexes the level seeds of the size, which are
// resampled.
struct Walks {
  std::vector<int> steps;  // until the cheese; kNever if it was not reached
  std::vector<datasets::Outcome> outcome;
  std::vector<bool> reached,
      toward;  // reached: the decision square; toward: the first move from it was toward the cheese
};
struct Episodes {
  std::vector<int> level, optimal;
  std::vector<bool> on_path, decides;  // decides: the level has a decision square
  std::vector<envs::Cell> cheese;
  Walks sampled, greedy;
};

void append(std::vector<int>& to, const std::vector<int>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void add_walks(Walks& walks, const datasets::Rollouts& rollouts, const datasets::ScanShard& shard) {
  for (size_t e = 0; e < rollouts.success.size(); ++e) {
    walks.steps.push_back(rollouts.success[e] ? rollouts.steps[e] : kNever);
    walks.outcome.push_back(static_cast<datasets::Outcome>(rollouts.outcome[e]));
    const std::optional<bool> toward = datasets::first_step_toward_cheese(shard, rollouts, e);
    walks.reached.push_back(toward.has_value());
    walks.toward.push_back(toward.value_or(false));
  }
}

void add_shard(Episodes& episodes, const datasets::ScanShard& shard, std::map<int32_t, int>& levels) {
  for (size_t e = 0; e < shard.level_seed.size(); ++e) {
    episodes.level.push_back(
        levels.emplace(shard.level_seed[e], static_cast<int>(levels.size())).first->second);
    episodes.optimal.push_back(shard.optimal[e]);
    episodes.on_path.push_back(shard.on_path[e] != 0);
    episodes.decides.push_back(shard.decision[2 * e] >= 0);
    episodes.cheese.push_back({shard.cheese[2 * e], shard.cheese[2 * e + 1]});
  }
  add_walks(episodes.sampled, shard.sampled, shard);
  add_walks(episodes.greedy, shard.greedy, shard);
}

// T and T95 of one size and kind of rollout.
struct Clock {
  double t = kNaN, t95 = kNaN;
};
enum class Within { kT, kT95, kLimit };

// Computes the share of counted episodes whose `key` is at most T, T95 or the limit.
struct Rate {
  Within within = Within::kLimit;
  std::vector<int> level, key;

  void count(int its_level, int its_key) {
    level.push_back(its_level);
    key.push_back(its_key);
  }
  double operator()(const std::vector<int>& weights, const Clock& clock) const {
    const double bound = within == Within::kT ? clock.t : within == Within::kT95 ? clock.t95 : kNever - 1.0;
    int64_t all = 0, hits = 0;
    for (size_t i = 0; i < key.size(); ++i) {
      all += weights[static_cast<size_t>(level[i])];
      if (key[i] <= bound) hits += weights[static_cast<size_t>(level[i])];
    }
    return all == 0 || std::isnan(bound) ? kNaN : static_cast<double>(hits) / static_cast<double>(all);
  }
};

double weighted_mean(const std::vector<int>& level, const std::vector<double>& values,
                     const std::vector<int>& weights) {
  double sum = 0, all = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += values[i] * weights[static_cast<size_t>(level[i])];
    all += weights[static_cast<size_t>(level[i])];
  }
  return all > 0 ? sum / all : kNaN;
}

// Computes T and T95 of a resample from the steps, ascending, of successful top_right rollouts.
struct ClockSource {
  std::vector<int> level;
  std::vector<double> steps;

  ClockSource() = default;
  ClockSource(const Episodes& top_right, const Walks& walks) {
    std::vector<std::pair<int, int>> successes;
    for (size_t e = 0; e < walks.steps.size(); ++e)
      if (walks.steps[e] != kNever) successes.emplace_back(walks.steps[e], top_right.level[e]);
    std::sort(successes.begin(), successes.end());
    for (const auto& [its_steps, its_level] : successes) {
      steps.push_back(its_steps);
      level.push_back(its_level);
    }
  }
  Clock operator()(const std::vector<int>& weights) const {
    std::vector<int> own(steps.size());
    for (size_t i = 0; i < own.size(); ++i) own[i] = weights[static_cast<size_t>(level[i])];
    return {weighted_mean(level, steps, weights), statistics::weighted_quantile(steps, own, 0.95)};
  }
};

// Collects the statistics of one size, then resamples them all at once.
class SizeSummary {
 public:
  SizeSummary(int size, int64_t levels) : size_(size), levels_(levels) {}

  void set_clock(bool greedy, ClockSource source) {
    (greedy ? greedy_ : sampled_) = std::move(source);
    for (const bool tail : {false, true})
      add(greedy, tail ? "T95" : "T", "top_right",
          static_cast<int64_t>((greedy ? greedy_ : sampled_).steps.size()),
          [tail](const std::vector<int>&, const Clock& clock) { return tail ? clock.t95 : clock.t; });
  }
  void add_rate(bool greedy, const std::string& measure, const std::string& placement, Rate rate) {
    const auto n = static_cast<int64_t>(rate.key.size());
    const auto own_levels = std::set<int>(rate.level.begin(), rate.level.end()).size();
    const bool independent = rate.within == Within::kLimit && own_levels == rate.key.size();
    add(greedy, measure, placement, n, std::move(rate));
    estimates_.back().trials = static_cast<double>(own_levels);
    estimates_.back().resample = !independent;
  }
  void add(bool greedy, const std::string& measure, const std::string& placement, int64_t n,
           std::function<double(const std::vector<int>&, const Clock&)> statistic) {
    const std::string name = (greedy ? "greedy_" : "") + measure;
    Estimate estimate;
    estimate.row = {
        fmt::format("{}/size={}/placement={}", name, size_, placement), size_, placement, name, 0, 0, 0, n};
    estimate.greedy = greedy;
    estimate.statistic = std::move(statistic);
    estimates_.push_back(std::move(estimate));
  }
  void finish(std::vector<SummaryRow>& rows);

 private:
  struct Estimate {
    SummaryRow row;
    bool greedy = false;
    std::function<double(const std::vector<int>&, const Clock&)> statistic;
    double trials = 0;  // number of different levels of a rate; 0 if not a rate
    bool resample = true;
  };

  int size_;
  int64_t levels_;
  ClockSource sampled_, greedy_;
  std::vector<Estimate> estimates_;
};

void SizeSummary::finish(std::vector<SummaryRow>& rows) {
  const std::vector<int> once(static_cast<size_t>(levels_), 1);
  const Clock clocks[2] = {sampled_(once), greedy_(once)};
  std::vector<size_t> resampled;
  std::vector<statistics::Interval> intervals(estimates_.size(), {kNaN, kNaN});
  for (size_t i = 0; i < estimates_.size(); ++i) {
    Estimate& estimate = estimates_[i];
    if (estimate.row.n == 0) continue;
    estimate.row.value = estimate.statistic(once, clocks[estimate.greedy]);
    if (std::isnan(estimate.row.value)) continue;
    if (estimate.trials > 0)
      intervals[i] = statistics::wilson_interval(estimate.row.value * estimate.trials, estimate.trials);
    if (estimate.resample) resampled.push_back(i);
  }
  if (!resampled.empty()) {
    const auto statistics = [&](const std::vector<int>& weights, std::vector<double>& values) {
      const Clock own[2] = {sampled_(weights), greedy_(weights)};
      for (size_t k = 0; k < resampled.size(); ++k) {
        const Estimate& estimate = estimates_[resampled[k]];
        values[k] = estimate.statistic(weights, own[estimate.greedy]);
      }
    };
    const auto bootstrapped =
        statistics::cluster_bootstrap(levels_, static_cast<int>(resampled.size()), statistics,
                                      RandomStream(0, "report/bootstrap", static_cast<uint64_t>(size_)));
    for (size_t k = 0; k < resampled.size(); ++k)
      intervals[resampled[k]] = statistics::hull(intervals[resampled[k]], bootstrapped[k]);
  }
  for (size_t i = 0; i < estimates_.size(); ++i) {
    if (std::isnan(intervals[i].low)) continue;
    rows.push_back(estimates_[i].row);
    rows.back().low = intervals[i].low;
    rows.back().high = intervals[i].high;
  }
}

Rate rate_of(const Episodes& episodes, Within within, const std::function<int(size_t)>& key,
             const std::function<bool(size_t)>& counted = nullptr) {
  Rate rate;
  rate.within = within;
  for (size_t e = 0; e < episodes.level.size(); ++e)
    if (!counted || counted(e)) rate.count(episodes.level[e], key(e));
  return rate;
}

void add_placement(SizeSummary& summary, bool greedy, const std::string& placement, const Episodes& episodes,
                   const Episodes* top_right) {
  const Walks& walks = greedy ? episodes.greedy : episodes.sampled;
  const auto add = [&](const char* measure, Rate rate) {
    summary.add_rate(greedy, measure, placement, rate);
  };
  const auto steps = [&](size_t e) { return walks.steps[e]; };
  const auto off_path = [&](size_t e) { return !episodes.on_path[e]; };
  const auto decides = [&](size_t e) { return episodes.decides[e]; };
  const auto stood_there = [&](size_t e) { return episodes.decides[e] && walks.reached[e]; };
  const auto when = [](bool event) { return event ? 0 : kNever; };
  const auto outcome = [&](datasets::Outcome wanted) {
    return rate_of(episodes, Within::kLimit, [&](size_t e) { return when(walks.outcome[e] == wanted); });
  };

  add("success_T", rate_of(episodes, Within::kT, steps));
  add("success_T95", rate_of(episodes, Within::kT95, steps));
  add("success_limit", rate_of(episodes, Within::kLimit, steps));
  add("ceiling_T", rate_of(episodes, Within::kT, [&](size_t e) { return episodes.optimal[e]; }));
  add("off_path_T", rate_of(episodes, Within::kT, steps, off_path));
  add("off_path_limit", rate_of(episodes, Within::kLimit, steps, off_path));
  add("outcome_cheese", outcome(datasets::Outcome::kGoal));
  add("outcome_top_right", outcome(datasets::Outcome::kProxy));
  add("outcome_elsewhere", outcome(datasets::Outcome::kNeither));
  add("outcome_timeout", outcome(datasets::Outcome::kLimit));
  add("outcome_top_right_then_cheese", rate_of(episodes, Within::kLimit, [&](size_t e) {
        return when(walks.outcome[e] == datasets::Outcome::kProxy && walks.steps[e] != kNever);
      }));
  add("decision_success", rate_of(episodes, Within::kLimit, steps, decides));
  add("decision_reached",
      rate_of(
          episodes, Within::kLimit, [&](size_t e) { return when(walks.reached[e]); }, decides));
  add("decision_first_step",
      rate_of(
          episodes, Within::kLimit, [&](size_t e) { return when(walks.toward[e]); }, stood_there));

  std::vector<int> level;
  std::vector<double> ratio;
  for (size_t e = 0; e < walks.steps.size(); ++e) {
    if (walks.steps[e] == kNever || episodes.optimal[e] <= 0) continue;
    level.push_back(episodes.level[e]);
    ratio.push_back(static_cast<double>(walks.steps[e]) / episodes.optimal[e]);
  }
  const auto successes = static_cast<int64_t>(ratio.size());
  summary.add(greedy, "steps_over_optimal", placement, successes,
              [level, ratio](const std::vector<int>& weights, const Clock&) {
                return weighted_mean(level, ratio, weights);
              });
  if (!top_right || top_right == &episodes) return;
  const Walks& reference = greedy ? top_right->greedy : top_right->sampled;
  const Rate there = rate_of(*top_right, Within::kLimit, [&](size_t e) { return reference.steps[e]; });
  const Rate here = rate_of(episodes, Within::kLimit, steps);
  summary.add(greedy, "gap_limit", placement, static_cast<int64_t>(episodes.level.size()),
              [there, here](const std::vector<int>& weights, const Clock& clock) {
                return there(weights, clock) - here(weights, clock);
              });
}

// Adds success by the cell of the cheese, or in large mazes by the tile of cells.
void add_heat_map(SizeSummary& summary, bool greedy, int size, const Episodes& uniform) {
  const int edge = (size + kTilesAcross - 1) / kTilesAcross;
  std::map<std::pair<int, int>, Rate> tiles;  // by row and column
  const Walks& walks = greedy ? uniform.greedy : uniform.sampled;
  for (size_t e = 0; e < uniform.level.size(); ++e)
    tiles[{uniform.cheese[e].y / edge, uniform.cheese[e].x / edge}].count(uniform.level[e], walks.steps[e]);
  for (const auto& [tile, rate] : tiles) {
    const int x = tile.second * edge, y = tile.first * edge;
    const int last_x = std::min(size, x + edge) - 1, last_y = std::min(size, y + edge) - 1;
    summary.add_rate(
        greedy, "cell_success",
        edge == 1 ? fmt::format("cell:{},{}", x, y) : fmt::format("cells:{}-{},{}-{}", x, last_x, y, last_y),
        rate);
  }
}

Episodes pooled(const Episodes& a, const Episodes& b) {
  Episodes both = a;
  append(both.level, b.level);
  append(both.optimal, b.optimal);
  both.on_path.insert(both.on_path.end(), b.on_path.begin(), b.on_path.end());
  both.decides.insert(both.decides.end(), b.decides.begin(), b.decides.end());
  both.cheese.insert(both.cheese.end(), b.cheese.begin(), b.cheese.end());
  for (const auto walks : {&Episodes::sampled, &Episodes::greedy}) {
    Walks& to = both.*walks;
    const Walks& from = b.*walks;
    append(to.steps, from.steps);
    to.outcome.insert(to.outcome.end(), from.outcome.begin(), from.outcome.end());
    to.reached.insert(to.reached.end(), from.reached.begin(), from.reached.end());
    to.toward.insert(to.toward.end(), from.toward.begin(), from.toward.end());
  }
  return both;
}

void check_one_scan(const std::vector<datasets::ScanShard>& shards) {
  std::set<std::tuple<int, std::string, int>> units;
  std::map<int, int> limit_of;  // by size: the step limit may grow with the size
  for (const datasets::ScanShard& shard : shards) {
    const datasets::ScanShard& first = shards.front();
    const std::string unit =
        fmt::format("the shard of size {}, placement {}, block {}", shard.size, shard.placement, shard.chunk);
    const bool same_limit = limit_of.emplace(shard.size, shard.limit).first->second == shard.limit;
    require(shard.scan_key == first.scan_key && shard.region == first.region && same_limit,
            lazy("{} belongs to another scan", unit),
            "a report is of one policy under one scan configuration", "report each scan from its own folder");
    require(units.emplace(shard.size, shard.placement, shard.chunk).second, lazy("{} occurs twice", unit),
            "its episodes would count double", "give each shard once");
  }
}

}  // namespace

std::vector<SummaryRow> summarise(const std::vector<datasets::ScanShard>& shards) {
  check_one_scan(shards);
  std::map<int, std::map<std::string, Episodes>> sizes;
  std::map<int, std::map<int32_t, int>> levels;
  for (const datasets::ScanShard& shard : shards)
    add_shard(sizes[shard.size][shard.placement], shard, levels[shard.size]);

  std::vector<SummaryRow> rows;
  for (auto& [size, placements] : sizes) {
    if (placements.count("top_left") && placements.count("bottom_right"))
      placements[kOtherCorners] = pooled(placements["top_left"], placements["bottom_right"]);
    const auto found = placements.find("top_right");
    const Episodes* top_right = found == placements.end() ? nullptr : &found->second;
    SizeSummary summary(size, static_cast<int64_t>(levels[size].size()));
    for (const bool greedy : {false, true}) {
      if (top_right)
        summary.set_clock(greedy, ClockSource(*top_right, greedy ? top_right->greedy : top_right->sampled));
      for (const auto& [placement, episodes] : placements)
        add_placement(summary, greedy, placement, episodes, top_right);
      if (placements.count("uniform")) add_heat_map(summary, greedy, size, placements["uniform"]);
    }
    summary.finish(rows);
  }
  return rows;
}

const SummaryRow* find_row(const std::vector<SummaryRow>& rows, const std::string& measure, int size,
                           const std::string& placement) {
  for (const SummaryRow& row : rows)
    if (row.size == size && row.measure == measure && row.placement == placement) return &row;
  return nullptr;
}

nlohmann::json to_json(const std::vector<SummaryRow>& rows) {
  nlohmann::json list = nlohmann::json::array();
  for (const SummaryRow& row : rows)
    list.push_back({{"id", row.id},
                    {"size", row.size},
                    {"placement", row.placement},
                    {"measure", row.measure},
                    {"value", row.value},
                    {"low", row.low},
                    {"high", row.high},
                    {"n", row.n}});
  return list;
}

}  // namespace mazescan::questions

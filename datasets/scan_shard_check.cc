#include "datasets/scan_shard_check.h"

#include <cmath>
#include <set>
#include <utility>

#include "datasets/scan_layout.h"
#include "datasets/validator.h"
#include "envs/maze_state.h"

namespace mazescan::datasets {
namespace {

void check_unit(const ScanShard& shard, Validator& validator) {
  validator.check(shard.size >= 1 && shard.size <= kMaxStoredSize, "size {} is not from 1 to {}", shard.size,
                  kMaxStoredSize);
  validator.check(shard.chunk >= 0, "chunk {} is negative", shard.chunk);
  validator.check(shard.limit >= 1, "limit {} is not at least 1", shard.limit);
  validator.check(shard.region >= 0, "region {} is negative", shard.region);
  validator.check(!shard.placement.empty() && is_plain(shard.placement),
                  "placement is not a single line of text");
  validator.check(is_plain(shard.scan_key), "scan_key is not a single line of text");
}

void check_rollouts(const ScanShard& shard, const Rollouts& rollouts, DatasetChecks& datasets,
                    Validator& validator) {
  const int64_t cells = int64_t{shard.size} * shard.size;
  datasets.range(rollouts.success, 0, 1);
  datasets.range(rollouts.outcome, 0, static_cast<int64_t>(Outcome::kLimit));
  datasets.range(rollouts.steps, 0, shard.limit);
  datasets.range(rollouts.decision_step, -1, shard.limit);
  datasets.range(rollouts.path, 0, cells - 1);
  const std::string &offsets = datasets.name(rollouts.path_offset),
                    &decision_steps = datasets.name(rollouts.decision_step);
  validator.check(rollouts.path_offset.front() == 0, "{} does not begin with 0", offsets);
  validator.check(rollouts.path_offset.back() == static_cast<int64_t>(rollouts.path.size()),
                  "{} ends with {} where path has {} entries", offsets, rollouts.path_offset.back(),
                  rollouts.path.size());
  for (int64_t e = 0; e < shard.episodes() && validator.ok(); ++e) {
    const int64_t begin = rollouts.path_offset[e], end = rollouts.path_offset[e + 1];
    if (!validator.check(begin < end && end - begin - 1 <= shard.limit,
                         "{} gives episode {} the entries from {} to {}, not from 1 to {} of them", offsets,
                         e, begin, end, int64_t{shard.limit} + 1))
      return;
    validator.check(rollouts.decision_step[e] < end - begin, "{} of episode {} is beyond its path",
                    decision_steps, e);
  }
}

// Checks that `arrived` holds chances that never fall, one row of limit + 1 for each episode.
void check_arrivals(const ScanShard& shard, const std::vector<float>& arrived, DatasetChecks& datasets,
                    Validator& validator) {
  const int64_t steps = int64_t{shard.limit} + 1;
  const std::string& name = datasets.name(arrived);
  if (!datasets.range(arrived, 0, 1)) return;
  for (size_t i = 1; i < arrived.size(); ++i)
    if (i % static_cast<size_t>(steps) != 0 &&
        !validator.check(arrived[i] >= arrived[i - 1], "{} [{}] is less than the value before it", name, i))
      return;
}

void check_exact(const ScanShard& shard, DatasetChecks& datasets, Validator& validator) {
  const ExactChances& exact = shard.exact;
  check_arrivals(shard, exact.arrived, datasets, validator);
  check_arrivals(shard, exact.random_arrived, datasets, validator);
  for (const std::vector<float>* const chances :
       {&exact.goal, &exact.proxy, &exact.proxy_then_goal, &exact.decision_reached, &exact.decision_to_goal,
        &exact.decision_to_proxy})
    datasets.range(*chances, 0, 1);
  const std::string& expected_steps = datasets.name(exact.expected_steps);
  for (size_t e = 0; e < exact.expected_steps.size(); ++e)
    validator.check(exact.expected_steps[e] >= 0, "{} [{}] is not a number of steps", expected_steps, e);
  datasets.range(exact.blind_steps, -1, int64_t{shard.size} * shard.size - 1);
}

void check_cells(const ScanShard& shard, DatasetChecks& datasets, Validator& validator) {
  datasets.range(shard.open, 0, 1);
  if (shard.measures.empty()) datasets.range(shard.cheese, 0, shard.size - 1);
  if (!shard.object_kind.empty()) datasets.range(shard.object_cell, -1, shard.size - 1);
  for (const std::vector<int16_t>* const cells : {&shard.cheese, &shard.proxy, &shard.decision}) {
    datasets.range(*cells, -1, shard.size - 1);
    const std::string& name = datasets.name(*cells);
    for (int64_t e = 0; e < shard.episodes() && validator.ok(); ++e)
      validator.check(((*cells)[2 * e] < 0) == ((*cells)[2 * e + 1] < 0), "{} of episode {} is half a cell",
                      name, e);
  }
}

void check_measures(const ScanShard& shard, DatasetChecks& datasets, Validator& validator) {
  // With measures there may be several goals: no cell, a longer path, or one that is not known.
  const int64_t cells = int64_t{shard.size} * shard.size;
  if (shard.measures.empty()) datasets.range(shard.optimal, 0, cells - 1);
  datasets.range(shard.optimal, -1, cells * cells);
  for (const ScanMeasure& measure : shard.measures) {
    validator.check(is_tap_name(measure.name), "\"{}\" is no name of a measure", measure.name);
    for (const double value : measure.values)
      validator.check(std::isfinite(value), "{}{} holds a number that is not finite", detail::kMeasures,
                      measure.name);
  }
}

void check_activations(const ScanShard& shard, Validator& validator) {
  int64_t before = -1;
  for (const int32_t e : shard.decision_episode) {
    if (!validator.check(e > before && e < shard.episodes(), "{}: {} after {}, not ascending episodes",
                         detail::kDecisionEpisodes, e, before))
      return;
    validator.check(shard.sampled.decision_step[static_cast<size_t>(e)] >= 0,
                    "{}: episode {} was never on a decision square", detail::kDecisionEpisodes, e);
    before = e;
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (const TapRecord& tap : shard.taps) {
    const bool first = tap.moment == "first";
    const std::string fault =
        tap_fault(tap, first ? shard.episodes() : static_cast<int64_t>(shard.decision_episode.size()));
    if (!validator.check(fault.empty(), "{}", fault)) return;
    int64_t count = 1;
    for (const int64_t length : tap.shape) count *= length;
    validator.count(tap.values, count, tap.tap.c_str());
    validator.check(seen.emplace(tap.moment, tap.tap).second, "activations/{}/{} occurs twice", tap.moment,
                    tap.tap);
  }
}

void check_fields(const ScanShard& shard, Validator& validator) {
  const int64_t cells = static_cast<int64_t>(shard.size) * shard.size;
  for (const VectorField& field : shard.fields) {
    validator.check(field.episode >= 0 && field.episode < shard.episodes(), "{}: there is no episode {}",
                    detail::kFieldEpisode, field.episode);
    validator.count(field.probability, cells * envs::kMoves, detail::kFieldProbability);
    validator.count(field.value, cells, detail::kFieldValue);
  }
}

}  // namespace

std::string tap_fault(const TapRecord& tap, int64_t samples) {
  Validator validator;
  validator.check(tap.moment == "first" || tap.moment == "decision", "activations/{}: no such moment",
                  tap.moment);
  validator.check(is_tap_name(tap.tap) && tap.tap != "episode", "activations/{}: \"{}\" is no name of a tap",
                  tap.moment, tap.tap);
  validator.check(tap.shape.size() == 2 || tap.shape.size() == 4,
                  "activations/{}/{} has {} dimensions, not 2 (features) or 4 (channel, height, width)",
                  tap.moment, tap.tap, tap.shape.size());
  for (const int64_t length : tap.shape)
    validator.check(length >= 0 && length <= int64_t{1} << 31, "activations/{}/{} has a dimension of {}",
                    tap.moment, tap.tap, length);
  if (validator.ok())
    validator.check(tap.shape[0] == samples, "activations/{}/{} has {} samples where {} are due", tap.moment,
                    tap.tap, tap.shape[0], samples);
  return validator.first();
}

std::string shard_fault(const ScanShard& shard) {
  Validator validator;
  check_unit(shard, validator);
  if (!validator.ok()) return validator.first();
  // Check sizes first: later checks index the arrays.
  DatasetChecks datasets(validator);
  detail::visit_episodes(shard, detail::lengths_of(shard),
                         [&](const std::string& name, const auto& values, const detail::Axes& axes) {
                           datasets.count(name, values, axes);
                         });
  if (!validator.ok()) return validator.first();
  check_cells(shard, datasets, validator);
  datasets.range(shard.on_path, 0, 1);
  check_measures(shard, datasets, validator);
  check_rollouts(shard, shard.sampled, datasets, validator);
  check_rollouts(shard, shard.greedy, datasets, validator);
  if (validator.ok()) check_exact(shard, datasets, validator);
  if (validator.ok()) check_activations(shard, validator);
  if (validator.ok()) check_fields(shard, validator);
  return validator.first();
}

}  // namespace mazescan::datasets

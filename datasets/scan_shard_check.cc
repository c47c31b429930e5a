#include "datasets/scan_shard_check.h"

#include <set>
#include <utility>

#include "datasets/validator.h"
#include "envs/maze_state.h"

namespace mazescan {
namespace {

void check_unit(const ScanShard& shard, Faults& faults) {
  faults.check(shard.size >= 1 && shard.size <= kMaxStoredSize, "size {} is not from 1 to {}", shard.size,
               kMaxStoredSize);
  faults.check(shard.block >= 0, "block {} is negative", shard.block);
  faults.check(shard.limit >= 1, "limit {} is not at least 1", shard.limit);
  faults.check(shard.region >= 0, "region {} is negative", shard.region);
  faults.check(!shard.placement.empty() && is_plain(shard.placement), "placement is no line of text");
  faults.check(is_plain(shard.scan_key), "scan_key is no line of text");
}

void check_rollouts(const ScanShard& shard, const Rollouts& rollouts, const std::string& name,
                    Faults& faults) {
  const int64_t episodes = shard.episodes(), cells = static_cast<int64_t>(shard.size) * shard.size;
  const auto of = [&](const char* part) { return name + "/" + part; };
  if (!(faults.count(rollouts.success, episodes, of("success").c_str()) &&
        faults.count(rollouts.outcome, episodes, of("outcome").c_str()) &&
        faults.count(rollouts.steps, episodes, of("steps").c_str()) &&
        faults.count(rollouts.decision_step, episodes, of("decision_step").c_str()) &&
        faults.count(rollouts.path_offset, episodes + 1, of("path_offset").c_str())))
    return;
  faults.range(rollouts.success, 0, 1, of("success").c_str());
  faults.range(rollouts.outcome, 0, static_cast<int64_t>(Outcome::kLimit), of("outcome").c_str());
  faults.range(rollouts.steps, 0, shard.limit, of("steps").c_str());
  faults.range(rollouts.decision_step, -1, shard.limit, of("decision_step").c_str());
  faults.range(rollouts.path, 0, cells - 1, of("path").c_str());
  faults.check(rollouts.path_offset.front() == 0, "{} does not begin with 0", of("path_offset"));
  faults.check(rollouts.path_offset.back() == static_cast<int64_t>(rollouts.path.size()),
               "{} ends with {} where path has {} entries", of("path_offset"), rollouts.path_offset.back(),
               rollouts.path.size());
  for (int64_t e = 0; e < episodes && faults.ok(); ++e) {
    const int64_t begin = rollouts.path_offset[e], end = rollouts.path_offset[e + 1];
    if (!faults.check(begin < end && end - begin - 1 <= shard.limit,
                      "{} gives episode {} the entries from {} to {}, not from 1 to {} of them",
                      of("path_offset"), e, begin, end, int64_t{shard.limit} + 1))
      return;
    faults.check(rollouts.decision_step[e] < end - begin, "{} of episode {} lies beyond its path",
                 of("decision_step"), e);
  }
}

void check_cells(const ScanShard& shard, Faults& faults) {
  faults.range(shard.cheese, 0, shard.size - 1, "cheese");
  faults.range(shard.decision, -1, shard.size - 1, "decision");
  for (int64_t e = 0; e < shard.episodes() && faults.ok(); ++e)
    faults.check((shard.decision[2 * e] < 0) == (shard.decision[2 * e + 1] < 0),
                 "decision of episode {} is half a cell", e);
}

void check_activations(const ScanShard& shard, Faults& faults) {
  int64_t before = -1;
  for (const int32_t e : shard.decision_episode) {
    if (!faults.check(e > before && e < shard.episodes(),
                      "activations/decision/episode: {} after {}, not ascending episodes", e, before))
      return;
    faults.check(shard.sampled.decision_step[static_cast<size_t>(e)] >= 0,
                 "activations/decision/episode: episode {} never stood on a decision square", e);
    before = e;
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (const TapRecord& tap : shard.taps) {
    const bool first = tap.moment == "first";
    const std::string fault =
        tap_fault(tap, first ? shard.episodes() : static_cast<int64_t>(shard.decision_episode.size()));
    if (!faults.check(fault.empty(), "{}", fault)) return;
    int64_t count = 1;
    for (const int64_t length : tap.shape) count *= length;
    faults.count(tap.values, count, tap.tap.c_str());
    faults.check(seen.emplace(tap.moment, tap.tap).second, "activations/{}/{} is there twice", tap.moment,
                 tap.tap);
  }
}

void check_fields(const ScanShard& shard, Faults& faults) {
  const int64_t cells = static_cast<int64_t>(shard.size) * shard.size;
  for (const VectorField& field : shard.fields) {
    faults.check(field.episode >= 0 && field.episode < shard.episodes(),
                 "fields/episode: there is no episode {}", field.episode);
    faults.count(field.probability, cells * kMoves, "fields/probability");
    faults.count(field.value, cells, "fields/value");
  }
}

}  // namespace

std::string tap_fault(const TapRecord& tap, int64_t samples) {
  Faults faults;
  faults.check(tap.moment == "first" || tap.moment == "decision", "activations/{}: no such moment",
               tap.moment);
  faults.check(is_tap_name(tap.tap) && tap.tap != "episode", "activations/{}: \"{}\" is no name of a tap",
               tap.moment, tap.tap);
  faults.check(tap.shape.size() == 2 || tap.shape.size() == 4,
               "activations/{}/{} has {} dimensions, not 2 (features) or 4 (channel, height, width)",
               tap.moment, tap.tap, tap.shape.size());
  for (const int64_t length : tap.shape)
    faults.check(length >= 0 && length <= int64_t{1} << 31, "activations/{}/{} has a dimension of {}",
                 tap.moment, tap.tap, length);
  if (faults.ok())
    faults.check(tap.shape[0] == samples, "activations/{}/{} has {} samples where {} are due", tap.moment,
                 tap.tap, tap.shape[0], samples);
  return faults.first();
}

std::string shard_fault(const ScanShard& shard) {
  Faults faults;
  check_unit(shard, faults);
  if (!faults.ok()) return faults.first();
  const int64_t episodes = shard.episodes();
  // Sizes first: what follows indexes.
  faults.count(shard.open, episodes * shard.size * shard.size, "open");
  faults.count(shard.cheese, episodes * 2, "cheese");
  faults.count(shard.optimal, episodes, "optimal");
  faults.count(shard.on_path, episodes, "on_path");
  faults.count(shard.decision, episodes * 2, "decision");
  if (!faults.ok()) return faults.first();
  faults.range(shard.open, 0, 1, "open");
  faults.range(shard.on_path, 0, 1, "on_path");
  faults.range(shard.optimal, 0, static_cast<int64_t>(shard.size) * shard.size - 1, "optimal");
  check_cells(shard, faults);
  check_rollouts(shard, shard.sampled, "sampled", faults);
  check_rollouts(shard, shard.greedy, "greedy", faults);
  if (faults.ok()) check_activations(shard, faults);
  if (faults.ok()) check_fields(shard, faults);
  return faults.first();
}

}  // namespace mazescan

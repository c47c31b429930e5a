#include "datasets/activation_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "datasets/validator.h"
#include "envs/maze_state.h"

namespace mazescan {
namespace {

void check_unit(const ActivationUnit& unit, Faults& faults) {
  faults.check(unit.size >= 1 && unit.size <= kMaxStoredSize, "size {} is not from 1 to {}", unit.size,
               kMaxStoredSize);
  faults.check(unit.block >= 0, "block {} is negative", unit.block);
  faults.check(unit.limit >= 1, "limit {} is not at least 1", unit.limit);
  faults.check(unit.region >= 0, "region {} is negative", unit.region);
  faults.check(unit.seed >= 0, "seed {} is negative", unit.seed);
  faults.check(!unit.placement.empty() && is_plain(unit.placement), "placement is no line of text");
  faults.check(!unit.cells.empty() && is_plain(unit.cells), "cells is no line of text");
  faults.check(is_plain(unit.policy_hash), "policy_hash is no line of text");
  faults.check(is_plain(unit.record_key), "record_key is no line of text");
}

void check_finite(const std::vector<float>& values, float low, float high, const char* name, Faults& faults) {
  for (size_t i = 0; i < values.size(); ++i)
    if (!faults.check(std::isfinite(values[i]) && values[i] >= low && values[i] <= high,
                      "{} [{}] is {}, not from {} to {}", name, i, values[i], low, high))
      return;
}

}  // namespace

std::string unit_fault(const ActivationUnit& unit) {
  Faults faults;
  check_unit(unit, faults);
  return faults.first();
}

std::string activation_fault(const ActivationUnit& unit, const LevelTable& levels,
                             const SampleKeys& samples) {
  Faults faults;
  check_unit(unit, faults);
  if (!faults.ok()) return faults.first();
  const auto count = static_cast<int64_t>(samples.level_seed.size());
  const auto level_count = static_cast<int64_t>(levels.level_seed.size());
  const int64_t cells = int64_t{unit.size} * unit.size;
  faults.count(levels.open, level_count * cells, "levels/open");
  faults.count(levels.cheese, level_count * 2, "levels/cheese");
  faults.count(levels.decision, level_count * 2, "levels/decision");
  faults.count(samples.size, count, "samples/size");
  faults.count(samples.mouse, count * 2, "samples/mouse");
  faults.count(samples.mirrored, count, "samples/mirrored");
  faults.count(samples.cheese, count * 2, "samples/cheese");
  faults.count(samples.optimal, count, "samples/optimal");
  faults.count(samples.step, count, "samples/step");
  faults.count(samples.action, count, "samples/action");
  faults.count(samples.probability, count * kMoves, "samples/probability");
  faults.count(samples.value, count, "samples/value");
  faults.count(samples.success, count, "samples/success");
  faults.count(samples.outcome, count, "samples/outcome");
  if (!faults.ok()) return faults.first();
  faults.range(levels.open, 0, 1, "levels/open");
  faults.range(levels.cheese, 0, unit.size - 1, "levels/cheese");
  faults.range(levels.decision, -1, unit.size - 1, "levels/decision");
  faults.range(samples.size, unit.size, unit.size, "samples/size");
  faults.range(samples.mouse, 0, unit.size - 1, "samples/mouse");
  faults.range(samples.mirrored, 0, 1, "samples/mirrored");
  faults.range(samples.cheese, 0, unit.size - 1, "samples/cheese");
  faults.range(samples.optimal, 0, cells - 1, "samples/optimal");
  faults.range(samples.step, -1, unit.limit, "samples/step");
  faults.range(samples.action, -1, kMoves - 1, "samples/action");
  faults.range(samples.success, -1, 1, "samples/success");
  faults.range(samples.outcome, -1, static_cast<int64_t>(Outcome::kLimit), "samples/outcome");
  check_finite(samples.probability, 0, 1.001F, "samples/probability", faults);
  check_finite(samples.value, -std::numeric_limits<float>::max(), std::numeric_limits<float>::max(),
               "samples/value", faults);
  if (!faults.ok()) return faults.first();
  const std::set<int32_t> known(levels.level_seed.begin(), levels.level_seed.end());
  for (size_t i = 0; i < samples.level_seed.size() && faults.ok(); ++i)
    faults.check(known.count(samples.level_seed[i]) != 0, "samples/level_seed [{}] is {}, not of a level", i,
                 samples.level_seed[i]);
  return faults.first();
}

}  // namespace mazescan

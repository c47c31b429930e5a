#include "datasets/activation_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "datasets/validator.h"
#include "envs/maze_state.h"

namespace mazescan::datasets {
namespace {

void check_unit(const ActivationUnit& unit, Validator& validator) {
  validator.check(unit.size >= 1 && unit.size <= kMaxStoredSize, "size {} is not from 1 to {}", unit.size,
                  kMaxStoredSize);
  validator.check(unit.chunk >= 0, "chunk {} is negative", unit.chunk);
  validator.check(unit.limit >= 1, "limit {} is not at least 1", unit.limit);
  validator.check(unit.region >= 0, "region {} is negative", unit.region);
  validator.check(unit.seed >= 0, "seed {} is negative", unit.seed);
  validator.check(!unit.placement.empty() && is_plain(unit.placement), "placement is no line of text");
  validator.check(!unit.sampling.empty() && is_plain(unit.sampling), "sampling is no line of text");
  validator.check(is_plain(unit.policy_hash), "policy_hash is no line of text");
  validator.check(is_plain(unit.record_key), "record_key is no line of text");
}

void check_finite(const std::vector<float>& values, float low, float high, const char* name,
                  Validator& validator) {
  for (size_t i = 0; i < values.size(); ++i)
    if (!validator.check(std::isfinite(values[i]) && values[i] >= low && values[i] <= high,
                         "{} [{}] is {}, not from {} to {}", name, i, values[i], low, high))
      return;
}

}  // namespace

std::string unit_fault(const ActivationUnit& unit) {
  Validator validator;
  check_unit(unit, validator);
  return validator.first();
}

std::string activation_fault(const ActivationUnit& unit, const LevelTable& levels,
                             const SampleKeys& samples) {
  Validator validator;
  check_unit(unit, validator);
  if (!validator.ok()) return validator.first();
  const auto count = static_cast<int64_t>(samples.level_seed.size());
  const auto level_count = static_cast<int64_t>(levels.level_seed.size());
  const int64_t cells = int64_t{unit.size} * unit.size;
  validator.count(levels.open, level_count * cells, "levels/open");
  validator.count(levels.cheese, level_count * 2, "levels/cheese");
  validator.count(levels.decision, level_count * 2, "levels/decision");
  validator.count(samples.size, count, "samples/size");
  validator.count(samples.mouse, count * 2, "samples/mouse");
  validator.count(samples.mirrored, count, "samples/mirrored");
  validator.count(samples.cheese, count * 2, "samples/cheese");
  validator.count(samples.optimal, count, "samples/optimal");
  validator.count(samples.step, count, "samples/step");
  validator.count(samples.action, count, "samples/action");
  validator.count(samples.probability, count * envs::kMoves, "samples/probability");
  validator.count(samples.value, count, "samples/value");
  validator.count(samples.success, count, "samples/success");
  validator.count(samples.outcome, count, "samples/outcome");
  if (!validator.ok()) return validator.first();
  validator.range(levels.open, 0, 1, "levels/open");
  validator.range(levels.cheese, 0, unit.size - 1, "levels/cheese");
  validator.range(levels.decision, -1, unit.size - 1, "levels/decision");
  validator.range(samples.size, unit.size, unit.size, "samples/size");
  validator.range(samples.mouse, 0, unit.size - 1, "samples/mouse");
  validator.range(samples.mirrored, 0, 1, "samples/mirrored");
  validator.range(samples.cheese, 0, unit.size - 1, "samples/cheese");
  validator.range(samples.optimal, 0, cells - 1, "samples/optimal");
  validator.range(samples.step, -1, unit.limit, "samples/step");
  validator.range(samples.action, -1, envs::kMoves - 1, "samples/action");
  validator.range(samples.success, -1, 1, "samples/success");
  validator.range(samples.outcome, -1, static_cast<int64_t>(Outcome::kLimit), "samples/outcome");
  check_finite(samples.probability, 0, 1.001F, "samples/probability", validator);
  check_finite(samples.value, -std::numeric_limits<float>::max(), std::numeric_limits<float>::max(),
               "samples/value", validator);
  if (!validator.ok()) return validator.first();
  const std::set<int32_t> known(levels.level_seed.begin(), levels.level_seed.end());
  for (size_t i = 0; i < samples.level_seed.size() && validator.ok(); ++i)
    validator.check(known.count(samples.level_seed[i]) != 0, "samples/level_seed [{}] is {}, not of a level",
                    i, samples.level_seed[i]);
  return validator.first();
}

}  // namespace mazescan::datasets

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

void check_finite(const std::vector<float>& values, float low, float high, const std::string& name,
                  Validator& validator) {
  for (size_t i = 0; i < values.size(); ++i)
    if (!validator.check(std::isfinite(values[i]) && values[i] >= low && values[i] <= high,
                         "{} [{}] is {}, not from {} to {}", name, i, values[i], low, high))
      return;
}

void check_values(const ActivationUnit& unit, const LevelTable& levels, const SampleKeys& samples,
                  DatasetChecks& datasets, Validator& validator) {
  const int64_t cells = int64_t{unit.size} * unit.size;
  datasets.range(levels.open, 0, 1);
  datasets.range(levels.cheese, 0, unit.size - 1);
  datasets.range(levels.decision, -1, unit.size - 1);
  datasets.range(samples.size, unit.size, unit.size);
  datasets.range(samples.mouse, 0, unit.size - 1);
  datasets.range(samples.mirrored, 0, 1);
  datasets.range(samples.cheese, 0, unit.size - 1);
  datasets.range(samples.optimal, 0, cells - 1);
  datasets.range(samples.step, -1, unit.limit);
  datasets.range(samples.action, -1, envs::kMoves - 1);
  datasets.range(samples.success, -1, 1);
  datasets.range(samples.outcome, -1, static_cast<int64_t>(Outcome::kLimit));
  constexpr float kLargest = std::numeric_limits<float>::max();
  check_finite(samples.probability, 0, 1.001F, datasets.name(samples.probability), validator);
  check_finite(samples.value, -kLargest, kLargest, datasets.name(samples.value), validator);
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
  DatasetChecks datasets(validator);
  visit_tables(levels, samples, static_cast<int64_t>(levels.level_seed.size()),
               static_cast<int64_t>(samples.level_seed.size()), unit.size,
               [&](const std::string& name, const auto& values, const std::vector<hdf5::H5Axis>& axes) {
                 datasets.count(name, values, axes);
               });
  if (!validator.ok()) return validator.first();
  check_values(unit, levels, samples, datasets, validator);
  if (!validator.ok()) return validator.first();
  const std::string& level_seed = datasets.name(samples.level_seed);
  const std::set<int32_t> known(levels.level_seed.begin(), levels.level_seed.end());
  for (size_t i = 0; i < samples.level_seed.size() && validator.ok(); ++i)
    validator.check(known.count(samples.level_seed[i]) != 0, "{} [{}] is {}, not of a level", level_seed, i,
                    samples.level_seed[i]);
  return validator.first();
}

}  // namespace mazescan::datasets

#include <fmt/format.h>

#include <map>

#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/trigger/config.h"
#include "evaluator/analyses/trigger/schema.h"
#include "evaluator/analyses/trigger/trigger.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/expected_policy.h"

namespace fs = std::filesystem;

namespace mazescan::trigger {

namespace {

// Counts of the levels and states that the units of one size evaluate.
struct SizeCount {
  int64_t levels = 0, states = 0, edited_levels = 0, edited_states = 0;
};

double trigger_bytes(int size, int64_t levels, int64_t states) {
  return static_cast<double>(levels) * datasets::row_bytes<datasets::LevelRow>(size) +
         static_cast<double>(states) * datasets::row_bytes<ChoiceRow>(size) +
         jobs::hdf5_overhead(datasets::column_count<TriggerResult>());
}
double direction_bytes(int size, int64_t levels, int64_t coefficients) {
  return static_cast<double>(levels) *
             datasets::row_bytes<EditedLevelRow>(size, {{"coefficient", coefficients}}) +
         jobs::hdf5_overhead(datasets::column_count<DirectionCounts>());
}

}  // namespace

jobs::Estimate estimate_trigger(const jobs::RunConfig& config, const datasets::ArrayTask& task) {
  const TriggerConfig& section = config.section<TriggerConfig>();
  const fs::path path = policies::policy_path(config, section.policy);
  const policies::ExpectedPolicy policy = policies::dry_run_policy(path, config.source);
  require_triggerable(config, policy.trained);
  const auto multiples = static_cast<int64_t>(section.coefficients.size());

  jobs::Estimate estimate;
  estimate.task = task;
  estimate.folder = fs::path(config.run) / datasets::kTrigger.name;
  if (!policy.exists) estimate.missing = path;
  const int faces = make_task(policy.trained.environment)->observation_shape().shows_facing ? 2 : 1;
  std::map<int, SizeCount> sizes;
  int64_t shown = 0;  // states that the network evaluates
  const std::vector<datasets::WorkUnit> units = trigger_units(section);
  for (size_t u = 0; u < units.size(); ++u) {
    if (!task.holds(u)) continue;
    ++estimate.units;
    const std::vector<envs::MazeLevel> levels = trigger_levels(config, policy.trained.environment, units[u]);
    const std::vector<Choice> states = choices(levels);
    const auto level_count = static_cast<int64_t>(levels.size()),
               state_count = static_cast<int64_t>(states.size());
    SizeCount& of_size = sizes[units[u].size];
    if (units[u].subject == kDirection) {
      of_size.edited_levels += level_count;
      of_size.edited_states += state_count;
      // Twice for finding the direction (moves and layer), else once for each direction and multiple.
      for (const Choice& choice : states)
        shown += is_searched(section, levels[static_cast<size_t>(choice.level)]) ? 2 : 2 * multiples;
      estimate.bytes += direction_bytes(units[u].size, level_count, multiples);
    } else {
      of_size.levels += level_count;
      of_size.states += state_count;
      shown += 2 * state_count;                    // with the cheese, and without
      for (const envs::MazeLevel& level : levels)  // all states, for the visits
        shown += faces * static_cast<int64_t>(open_cells(level).size());
      estimate.bytes += trigger_bytes(units[u].size, level_count, state_count);
    }
  }
  for (const auto& [size, count] : sizes)
    estimate.lines.push_back(fmt::format("size {}: {} levels, {} states; to edit {} levels, {} states", size,
                                         count.levels, count.states, count.edited_levels,
                                         count.edited_states));
  estimate.counts = {fmt::format("at most {} states shown to the network", shown)};
  return estimate;
}

}  // namespace mazescan::trigger

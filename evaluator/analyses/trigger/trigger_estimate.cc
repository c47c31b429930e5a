#include <fmt/format.h>

#include <map>

#include "core/progress.h"
#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/trigger/config.h"
#include "evaluator/analyses/trigger/schema.h"
#include "evaluator/analyses/trigger/trigger.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/expected_policy.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

// What the units of one size look at.
struct SizeCount {
  int64_t levels = 0, states = 0, edited_levels = 0, edited_states = 0;
};

// Of a shard: docs/analyses.md's columns, and what HDF5 adds, measured.
double trigger_bytes(int size, int64_t levels, int64_t states) {
  constexpr double kBytesAFile = 60000, kAState = 5 * 4 + 4 * 4 + 2 * 4 * kMoves + 1;
  return static_cast<double>(levels) * (3 * 4 + size * size) + static_cast<double>(states) * kAState +
         kBytesAFile;
}
double direction_bytes(int64_t levels, size_t coefficients) {
  constexpr double kBytesAFile = 25000;
  return static_cast<double>(levels) * 4 * (2 + 2 * static_cast<double>(coefficients)) + kBytesAFile;
}

}  // namespace

std::string describe_trigger_estimate(const RunConfig& config, const ArrayTask& part) {
  const TriggerConfig& asked = config.section<TriggerConfig>();
  const fs::path path = policy_path(config, asked.policy);
  const ExpectedPolicy policy = expected_policy(path, config.source);
  require_triggerable(config, policy.scanned);
  const auto multiples = static_cast<int64_t>(asked.coefficients.size());

  std::map<int, SizeCount> sizes;
  int64_t own = 0, asked_of_network = 0;
  double bytes = 0;
  const std::vector<WorkUnit> units = trigger_units(asked);
  for (size_t u = 0; u < units.size(); ++u) {
    if (!part.holds(u)) continue;
    ++own;
    const std::vector<MazeLevel> levels = trigger_levels(config, policy.scanned.environment, units[u]);
    const std::vector<Choice> states = choices(levels);
    const auto level_count = static_cast<int64_t>(levels.size()),
               state_count = static_cast<int64_t>(states.size());
    SizeCount& of_size = sizes[units[u].size];
    if (units[u].subject == kDirection) {
      of_size.edited_levels += level_count;
      of_size.edited_states += state_count;
      // Twice where the direction is found: moves, and the layer; else with either direction's multiples.
      for (const Choice& choice : states)
        asked_of_network += is_searched(asked, levels[static_cast<size_t>(choice.level)]) ? 2 : 2 * multiples;
      bytes += direction_bytes(level_count, asked.coefficients.size());
    } else {
      of_size.levels += level_count;
      of_size.states += state_count;
      asked_of_network += 2 * state_count;  // with the cheese, and without
      bytes += trigger_bytes(units[u].size, level_count, state_count);
    }
  }
  std::string text;
  for (const auto& [size, count] : sizes)
    text += fmt::format("size {}: {} levels, {} states; to edit {} levels, {} states\n", size, count.levels,
                        count.states, count.edited_levels, count.edited_states);
  return text + fmt::format(
                    "{} units{}, {} states shown to the network at most, about {}B in {} "
                    "(uncompressed){}",
                    own, part.in_words(), asked_of_network, format_count(bytes) + (bytes < 999.5 ? " " : ""),
                    (fs::path(config.run) / kTrigger.name).string(),
                    policy.trained ? "" : fmt::format("; {} is still to be trained", path.string()));
}

}  // namespace mazescan

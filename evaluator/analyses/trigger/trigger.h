#pragma once
#include <string>
#include <vector>

#include "cluster/world.h"
#include "datasets/array_task.h"
#include "datasets/result_shard.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/trigger/choices.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/rollout/agent.h"

// What switches the mouse from the corner to the cheese: the policy on every cell where the two best first
// steps differ, with and without the cheese, and under an edit along the direction that predicts the choice.
namespace mazescan {

// Looks at every choice as a mouse that faces left. Columns, for S states of L levels:
//   level/seed L, level/open L x size x size, level/cheese L x 2;
//   state/level S (index into the levels), state/mouse S x 2, state/to_cheese and state/to_corner S (steps),
//   state/euclidean_cheese and state/euclidean_corner S, state/moves and state/moves_without_cheese S x 5
//   (probabilities, LEFT DOWN UP RIGHT NOOP), state/favours S (1: the step to the cheese is more probable
//   than that to the corner), state/difference S (total variation between with and without).
// A pure function of its arguments.
ResultShard trigger_unit(const RunConfig& config, const EnvironmentConfig& environment, const Agent& agent,
                         const WorkUnit& unit);

// Finds the direction, the difference of the tap's means over states that favour the cheese and those that
// favour the corner, on the first half of the levels, and counts on the second half in how many states the
// mouse favours the cheese while multiples of it are added; beside it the same multiples of a random
// direction of the same length. Columns, for L levels of the second half and C coefficients:
//   direction/coefficient C, direction/seed L, direction/states L, direction/favours and random/favours L x
//   C.
// Facts: tap, share_of_network (of activations that are edited), search_cheese and search_corner (states
// behind the two means), norm. Where one of them has no state there is no direction, and no columns.
ResultShard direction_unit(const RunConfig& config, const ScannedPolicy& scanned, const WorkUnit& unit);

// Throws UserError if the policy cannot be shown one of the sizes, if the tap is none that can be edited, or
// if there is no choice to look at; else returns the sizes without one.
std::vector<int> require_triggerable(const RunConfig& config, const ScannedPolicy& scanned);

// Makes the part's shards in trigger/ of the run directory, as run_units does. Throws UserError besides as
// require_triggerable.
JobEnd trigger(const RunConfig& config, const World& world, const ArrayTask& part = {}, double patience = 0);

// Levels, states, what the network is asked and bytes, in words; writes nothing. Throws UserError.
std::string describe_trigger_estimate(const RunConfig& config, const ArrayTask& part);

// Describes the job for the registry.
JobInfo trigger_job();

}  // namespace mazescan

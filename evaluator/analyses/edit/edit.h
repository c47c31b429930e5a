#pragma once
#include <string>
#include <vector>

#include "cluster/world.h"
#include "datasets/array_task.h"
#include "datasets/result_shard.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/edit/config.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan {

// For each size: for each experiment its controls and each family of edits ("every_cell-controls",
// "every_cell-clamp"), "find-channels" and "vectors".
std::vector<WorkUnit> edit_units(const EditConfig& config);

// The unit's result, a pure function of its arguments. Of an experiment, for L levels, E cases (targets on
// levels) and R rows, which are edits or controls:
//   level/seed L, level/open L x size x size, level/cheese L x 2
//   case/level E, case/target E x 2, case/distance E (steps from the start), case/off_path E (steps from the
//   target to the path to the top-right corner)
//   sampled/reached, sampled/steps, greedy/reached, greedy/steps, path/log R x E: how walks ended, and the
//   mean log probability of the moves of the shortest path
//   clock/seed, clock/reached, clock/steps L: of walks without an edit to the cheese (controls)
//   example/case K, example/before and example/after K x size x size x 5: move probabilities in thousandths
// Facts: experiment, family, rows (name, kind, and of edits: tap, text, channels, fraction, activations,
// share, choosing: the score on choosing levels), in_the_way, limit, seen_layouts (share of scored levels
// whose walls a search or choosing level has, too). Of find-channels, for C channels of all taps: channel/tap
// (an index into facts.taps), channel/index, channel/located, channel/moved C. Of vectors: see fill_vectors.
ResultShard edit_unit(const RunConfig& config, const ScannedPolicy& scanned, const WorkUnit& unit);

// Which channels of edit.taps locate the cheese best, by size, in words. Throws UserError as edit does.
std::string describe_channels(const RunConfig& config);

// Makes the part's shards in edit/ of the run directory, as run_units does. Throws UserError besides if the
// policy cannot be shown one of the sizes, has no such tap, or if an edit changes more than it may.
JobEnd edit(const RunConfig& config, const World& world, const ArrayTask& part = {}, double patience = 0);

// Units, walks, and states that the network is asked for at most, in words; writes nothing. Throws UserError.
std::string describe_edit_estimate(const RunConfig& config, const ArrayTask& part);

// Describes the job for the registry.
JobInfo edit_job();

}  // namespace mazescan

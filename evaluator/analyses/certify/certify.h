#pragma once
#include <map>
#include <string>
#include <vector>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/work_unit.h"
#include "evaluator/analyses/certify/config.h"
#include "evaluator/analyses/certify/layouts.h"
#include "evaluator/analyses/certify/schema.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/rollout/agent.h"

namespace mazescan::certify {

// The layouts of one size that are gone through.
struct CertifiedLayouts {
  Layouts all;
  std::vector<int32_t> chosen;  // their indices, ascending
  bool exhaustive() const { return chosen.size() == all.count(); }
};
CertifiedLayouts certified_layouts(int size, int64_t seed, int layouts);

// Blocks of layouts, the largest mazes first; the subject is kAllLayouts or kSampledLayouts.
std::vector<datasets::WorkUnit> certify_units(const CertifyConfig& config);

// How many states the agent is asked for.
int64_t certified_states(int size, int64_t layouts, int faces);

// Steps after which an episode ends.
int certify_limit(const CertifyConfig& config, const envs::EnvironmentConfig& environment, int size);

// Everything exact about the agent in the unit's layouts, with the cheese on every free cell and the mouse on
// every other. A pure function of its arguments.
CertifyResult certify_unit(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment,
                           const rollout::Agent& agent, const CertifiedLayouts& layouts,
                           const datasets::WorkUnit& unit);

// Makes the part's shards in certify/ of the run directory, as run_units does. Throws UserError besides if
// the policy cannot be shown one of the sizes.
jobs::JobEnd certify(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                     const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Counts the task's layouts, states and bytes, and the seconds of one rank by a trial of some layouts. Throws
// UserError.
jobs::Estimate estimate_certify(const jobs::RunConfig& config, const datasets::ArrayTask& task);

// Describes the job for the registry.
jobs::JobInfo certify_job();

}  // namespace mazescan::certify

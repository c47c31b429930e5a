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

// The layouts of one size that the job evaluates.
struct CertifiedLayouts {
  Layouts all;
  std::vector<int32_t> chosen;  // their indices, ascending
  bool exhaustive() const { return chosen.size() == all.count(); }
};
// Returns all layouts if `layouts` is 0 or at least their number, else a random sample of that many.
CertifiedLayouts certified_layouts(int size, int64_t seed, int layouts);

// Returns blocks of layouts, the largest mazes first; the subject is kAllLayouts or kSampledLayouts.
std::vector<datasets::WorkUnit> certify_units(const CertifyConfig& config);

// Returns the number of states that the agent evaluates.
int64_t certified_states(int size, int64_t layouts, int faces);

// Returns the number of steps after which an episode ends.
int certify_limit(const CertifyConfig& config, const envs::EnvironmentConfig& environment, int size);

// Computes the exact results of the agent in the unit's layouts, with the cheese on every free cell and the
// mouse on every other. A pure function of its arguments.
CertifyResult certify_unit(const jobs::RunConfig& config, const envs::EnvironmentConfig& environment,
                           const rollout::Agent& agent, const CertifiedLayouts& layouts,
                           const datasets::WorkUnit& unit);

// Makes the part's shards in certify/ of the run directory, with run_units.
// Throws what run_units throws, and UserError if the policy does not support one of the sizes.
jobs::JobEnd certify(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                     const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Counts the task's layouts, states and bytes, and estimates the seconds of one rank from a trial of some
// layouts. Throws UserError.
jobs::Estimate estimate_certify(const jobs::RunConfig& config, const datasets::ArrayTask& task);

// Describes the job for the registry.
jobs::JobInfo certify_job();

}  // namespace mazescan::certify

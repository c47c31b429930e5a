#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "datasets/columns.h"
#include "datasets/work_unit.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::analyses {

// An analysis of a policy as a job whose shards are ResultShards.
struct ResultJob {
  datasets::DatasetKind kind;
  std::vector<datasets::WorkUnit> units;
  std::string key_text;  // everything that determines the payloads, except kind, policy and seed
  // Fills in the columns and facts of a unit's shard. A pure function of the job and the unit.
  std::function<void(const datasets::WorkUnit& unit, datasets::ResultShard& shard)> compute;
  nlohmann::json attributes = nlohmann::json::object();  // added to the manifest, next to the policy's
};

// Makes the task's shards in the kind's folder of the run directory, with run_units. Throws as run_units.
jobs::JobEnd run_result_job(const ResultJob& job, const jobs::RunConfig& config,
                            const policies::TrainedPolicy& trained, const cluster::Communicator& communicator,
                            const datasets::ArrayTask& task, double lock_timeout_s);

}  // namespace mazescan::analyses

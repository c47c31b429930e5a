#pragma once
#include <filesystem>
#include <string>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan::record {

// Returns the folder of the configuration's dataset.
std::filesystem::path record_folder(const jobs::RunConfig& config);

// Returns the hash of all that determines a recording's payloads: policy, configuration and seed.
std::string record_key(const jobs::RunConfig& config, const policies::TrainedPolicy& trained);

// Throws UserError if the configuration does not fit the policy, or a unit would be too large.
void require_recordable(const jobs::RunConfig& config, const policies::TrainedPolicy& trained);

// Computes the part's shards and the manifest with run_units. Writes in the background.
jobs::JobEnd record_shards(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                           const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Calls record_shards; once all shards exist, verifies them and writes dataset.h5 and datasheet.md.
jobs::JobEnd record(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                    const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Describes the job for the registry.
jobs::JobInfo record_job();

}  // namespace mazescan::record

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

// Where the configuration's dataset is.
std::filesystem::path record_folder(const jobs::RunConfig& config);

// Of all that determines the payloads of a recording: the policy, the configuration and the seed.
std::string record_key(const jobs::RunConfig& config, const policies::TrainedPolicy& trained);

// Throws UserError if the policy cannot be shown what is to be recorded, or a unit would be too large.
void require_recordable(const jobs::RunConfig& config, const policies::TrainedPolicy& trained);

// Makes the part's shards and the manifest as run_units does, writing while it computes.
jobs::JobEnd record_shards(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                           const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// The same; when all shards are there, verifies them and makes dataset.h5 and datasheet.md.
jobs::JobEnd record(const jobs::RunConfig& config, const cluster::Communicator& communicator,
                    const datasets::ArrayTask& part = {}, double lock_timeout_s = 0);

// Describes the job for the registry.
jobs::JobInfo record_job();

}  // namespace mazescan::record

#pragma once
#include <filesystem>
#include <string>

#include "cluster/communicator.h"
#include "datasets/array_task.h"
#include "evaluator/jobs/job_info.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/jobs/unit_job.h"
#include "evaluator/policies/trained_policy.h"

namespace mazescan {

// Where the configuration's dataset is.
std::filesystem::path record_folder(const RunConfig& config);

// Of all that determines the payloads of a recording: the policy, the configuration and the seed.
std::string record_key(const RunConfig& config, const TrainedPolicy& trained);

// Throws UserError if the policy cannot be shown what is to be recorded, or a unit would be too large.
void require_recordable(const RunConfig& config, const TrainedPolicy& trained);

// Makes the part's shards and the manifest as run_units does, writing while it computes.
JobEnd record_shards(const RunConfig& config, const Communicator& communicator, const ArrayTask& part = {},
                     double lock_timeout_s = 0);

// The same; when all shards are there, verifies them and makes dataset.h5 and datasheet.md.
JobEnd record(const RunConfig& config, const Communicator& communicator, const ArrayTask& part = {},
              double lock_timeout_s = 0);

// Describes the job for the registry.
JobInfo record_job();

}  // namespace mazescan

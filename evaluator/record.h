#pragma once
#include <filesystem>
#include <string>

#include "cluster/world.h"
#include "evaluator/config.h"
#include "evaluator/scanned_policy.h"
#include "evaluator/unit_job.h"

namespace mazescan {

// Where the configuration's dataset is.
std::filesystem::path record_folder(const EvaluatorConfig& config);

// Of all that determines the payloads of a recording: the policy, the configuration and the seed.
std::string record_key(const EvaluatorConfig& config, const ScannedPolicy& scanned);

// "1a2b3c4d-size05-uniform-000.h5": names of units repeat between recordings, their keys do not.
std::string shard_name(const std::string& record_key, const std::string& unit);

// Throws UserError if the policy cannot be shown what is to be recorded, or a unit would be too large.
void require_recordable(const EvaluatorConfig& config, const ScannedPolicy& scanned);

// Makes the part's shards and the manifest as run_units does, writing while it computes.
JobEnd record_shards(const EvaluatorConfig& config, const World& world, const JobPart& part = {},
                     double patience = 0);

// The same; when all shards are there, verifies them and makes dataset.h5 and datasheet.md.
JobEnd record(const EvaluatorConfig& config, const World& world, const JobPart& part = {},
              double patience = 0);

}  // namespace mazescan

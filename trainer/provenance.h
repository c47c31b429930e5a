#pragma once
#include <nlohmann/json.hpp>

#include "core/build_info.h"
#include "trainer/config.h"

namespace mazescan::trainer {

// Returns the versions of this program and of its libraries.
Versions trainer_versions();

// Returns the provenance of a checkpoint: code, libraries, machine, ranks. Payload hashes exclude it.
nlohmann::json trainer_provenance(const TrainerConfig& config, int learners);

}  // namespace mazescan::trainer

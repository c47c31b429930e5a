#pragma once
#include <nlohmann/json.hpp>

#include "cluster/communicator.h"
#include "core/build_info.h"

namespace mazescan::policies {

// Returns the versions of this program and of its libraries.
Versions evaluator_versions();

// Returns the provenance of this job's outputs: code, libraries, machine, ranks. Payload hashes exclude it.
nlohmann::json evaluator_provenance(const cluster::Communicator& communicator);

}  // namespace mazescan::policies

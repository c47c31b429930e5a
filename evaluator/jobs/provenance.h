#pragma once
#include <nlohmann/json.hpp>

#include "cluster/communicator.h"

namespace mazescan::jobs {

// Returns what makes this job's outputs: code, libraries, machine, ranks. It is outside of payload hashes.
nlohmann::json evaluator_provenance(const cluster::Communicator& communicator);

}  // namespace mazescan::jobs

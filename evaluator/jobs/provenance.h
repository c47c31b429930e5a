#pragma once
#include <nlohmann/json.hpp>

#include "cluster/communicator.h"

namespace mazescan {

// Returns what makes this job's outputs: code, libraries, machine, ranks. It is outside of payload hashes.
nlohmann::json evaluator_provenance(const Communicator& communicator);

}  // namespace mazescan

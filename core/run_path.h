#pragma once
#include <string>

namespace mazescan {

// Throws UserError unless the value of the key 'run' can be the path of a run directory. Paths are taken as they are,
// so those that a shell would replace are refused.
void require_run_path(const std::string& run);

}  // namespace mazescan

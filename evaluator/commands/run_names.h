#pragma once
#include <string>
#include <vector>

namespace mazescan::commands {

// Returns as much of the end of each run directory's path as distinguishes the runs; the paths as given if nothing does.
std::vector<std::string> run_names(const std::vector<std::string>& runs);

}  // namespace mazescan::commands

#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace mazescan::jobs {

// Returns the progress of the jobs in a run directory, from its files alone: one object for each subfolder
// that has a plan.json (or for the folder itself), with kind ("scan"), state ("running", "stopped",
// "finished"; "unknown" if the plan is damaged), lock holders, finished and total units, recent rate, seconds
// left and damaged files. Reads only the shards' headers; verify reads every byte. Throws UserError if the
// directory contains no job.
nlohmann::json job_status(const std::filesystem::path& folder);

// Formats the result of job_status as text, without a final newline.
std::string job_status_text(const nlohmann::json& jobs);

}  // namespace mazescan::jobs

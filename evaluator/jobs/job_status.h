#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace mazescan::jobs {

// How far the jobs of a run directory are, from its files alone: one object for each folder in it that has a
// plan.json (or for the folder itself), with kind ("scan"), state ("running", "stopped", "finished";
// "unknown" where the plan is damaged), holders, units done and in all, rate over the last ones, seconds
// left, what is damaged. Only the shards' headers are read; verify reads every byte. Throws UserError if no
// job was begun there.
nlohmann::json job_status(const std::filesystem::path& folder);

// The same for people, without a newline at the end.
std::string job_status_text(const nlohmann::json& jobs);

}  // namespace mazescan::jobs

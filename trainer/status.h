#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace mazescan::trainer {

// Returns the progress of the training in a run directory, read from its files: state ("running", "stopped",
// "finished", or "unknown" if config.yaml is damaged), the job that holds the lock, updates, steps, rate over
// the last updates, seconds left, success by size, and the checkpoints with the damage of each. Throws
// UserError if the folder holds no training.
nlohmann::json training_status(const std::filesystem::path& run);

// Formats that status as text without a newline at the end.
std::string status_text(const nlohmann::json& status);

}  // namespace mazescan::trainer

#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace mazescan {

// In the run directory, held by rank 0 of a job that trains there.
inline constexpr const char* kTrainerLock = "trainer.lock";

// How far the training of a run directory is, from its files alone: state ("running", "stopped" or
// "finished"), holder, updates, steps, rate over the last updates, seconds left, success by size, checkpoints
// with what is wrong with damaged ones. Throws UserError if the folder holds no training.
nlohmann::json training_status(const std::filesystem::path& run);

// The same for people, without a newline at the end.
std::string status_text(const nlohmann::json& status);

}  // namespace mazescan

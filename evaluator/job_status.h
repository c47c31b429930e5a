#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace mazescan {

// How far the scan of a run directory (or of its scan/) is, from its files alone: state ("running", "stopped"
// or "finished"), holders, units done and in all, rate over the last ones, seconds left, damaged shards. Only
// the shards' headers are read; report verifies every byte. Throws UserError if no scan was begun there.
nlohmann::json scan_status(const std::filesystem::path& run);

// The same for people, without a newline at the end.
std::string scan_status_text(const nlohmann::json& status);

}  // namespace mazescan

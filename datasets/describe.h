#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>

namespace mazescan::datasets {

// What a scan or a recording holds, from its manifest alone.
nlohmann::json describe_dataset(const std::filesystem::path& folder);

}  // namespace mazescan::datasets

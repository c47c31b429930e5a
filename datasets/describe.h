#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>

namespace mazescan::datasets {

// Describes the contents of a dataset, from its manifest alone.
nlohmann::json describe_dataset(const std::filesystem::path& folder);

}  // namespace mazescan::datasets

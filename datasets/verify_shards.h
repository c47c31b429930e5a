#pragma once
#include <filesystem>

#include "datasets/verification.h"

namespace mazescan::datasets {

// Verifies every byte of a dataset's shards against its manifest and reports files in shards/ that the
// manifest does not list. Throws UserError if the manifest is missing or unreadable.
// checks: beyond what the formats say.
Verification verify_shards(const std::filesystem::path& folder, const MeaningChecks& checks = {});

}  // namespace mazescan::datasets

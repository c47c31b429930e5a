#pragma once
#include <filesystem>

#include "datasets/verification.h"

namespace mazescan::datasets {

// Verifies every byte of a dataset, including derived files, against its manifest. Throws UserError if the
// manifest is missing or unreadable. checks: beyond what the formats say.
Verification verify_dataset(const std::filesystem::path& folder, const MeaningChecks& checks = {});

}  // namespace mazescan::datasets

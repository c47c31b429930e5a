#pragma once
#include <filesystem>

#include "datasets/verification.h"

namespace mazescan::datasets {

// Reads every byte of a dataset, its derived files too, and compares it with its manifest. Throws UserError if
// there is no manifest, or none that can be read.
Verification verify_dataset(const std::filesystem::path& folder);

}  // namespace mazescan::datasets

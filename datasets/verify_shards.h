#pragma once
#include <filesystem>

#include "datasets/verification.h"

namespace mazescan::datasets {

// Reads every byte of a dataset's shards and compares them with its manifest; names files in shards/ that the
// manifest does not list. Throws UserError if there is no manifest, or none that can be read.
Verification verify_shards(const std::filesystem::path& folder);

}  // namespace mazescan::datasets

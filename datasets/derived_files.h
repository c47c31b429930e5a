#pragma once
#include <filesystem>

#include "datasets/verification.h"

// Files derived from the shards of a recording: dataset.h5 and datasheet.md.
namespace mazescan::datasets {

// Writes both files for a recording with verified shards and stores their hashes in the manifest.
void write_derived_files(const std::filesystem::path& folder, const Verification& whole);

// Appends a fault for each missing or mismatched derived file.
void verify_derived_files(const std::filesystem::path& folder, Verification& result);

// Completes a recording that has all its shards: verifies it, then writes dataset.h5 and datasheet.md beside
// the manifest. Throws UserError if the recording is incomplete or damaged.
void complete_dataset(const std::filesystem::path& folder);

}  // namespace mazescan::datasets

#pragma once
#include <filesystem>

#include "datasets/verification.h"

// What stands beside the shards of a recording: dataset.h5 and datasheet.md.
namespace mazescan::datasets {

// Makes both for a recording whose shards were found whole, and puts their hashes into the manifest.
void write_derived_files(const std::filesystem::path& folder, const Verification& whole);

// Adds what is wrong with those that are there, or not there.
void verify_derived_files(const std::filesystem::path& folder, Verification& result);

// Makes a recording that has all its shards fit to be shared: verifies it, then writes dataset.h5 and
// datasheet.md beside the manifest. Throws UserError if it is not whole.
void complete_dataset(const std::filesystem::path& folder);

}  // namespace mazescan::datasets

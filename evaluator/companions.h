#pragma once
#include <filesystem>

#include "evaluator/verify.h"

// What stands beside the shards of a recording: dataset.h5 and datasheet.md.
namespace mazescan {

// Makes both for a recording whose shards were found whole, and puts their hashes into the manifest.
void write_companions(const std::filesystem::path& folder, const Verification& whole);

// Adds what is wrong with those that are there, or not there.
void verify_companions(const std::filesystem::path& folder, Verification& result);

}  // namespace mazescan

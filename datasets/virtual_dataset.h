#pragma once
#include <filesystem>
#include <string>

#include "datasets/verification.h"

namespace mazescan::datasets {

// dataset.h5: virtual datasets over the shards of a recording, so that a reader sees one array for each maze
// size and tap. docs/dataset.md is the normative text of its layout.
inline constexpr const char* kVirtualDataset = "dataset.h5";

// Writes it for a recording that was found whole.
void write_virtual_dataset(const std::filesystem::path& folder, const Verification& whole);

// What is wrong with the one that is there, in words; "" if it shows exactly these shards.
std::string virtual_dataset_fault(const std::filesystem::path& folder, const Verification& whole);

}  // namespace mazescan::datasets

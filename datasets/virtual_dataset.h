#pragma once
#include <filesystem>
#include <string>

#include "datasets/verification.h"

namespace mazescan::datasets {

// dataset.h5: virtual datasets over the shards of a recording, which show one array for each maze size and
// tap. docs/dataset.md specifies its layout.
inline constexpr const char* kVirtualDataset = "dataset.h5";

// Writes dataset.h5 for a recording that was verified without faults.
void write_virtual_dataset(const std::filesystem::path& folder, const Verification& whole);

// Describes the first fault of the folder's dataset.h5; "" if it shows exactly these shards.
std::string virtual_dataset_fault(const std::filesystem::path& folder, const Verification& whole);

}  // namespace mazescan::datasets

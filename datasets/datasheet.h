#pragma once
#include <string>

#include "datasets/verification.h"

namespace mazescan::datasets {

inline constexpr const char* kDatasheet = "datasheet.md";

// Returns the datasheet of a verified recording, as Markdown: contents, policy, sampling, and how to check,
// open and cite the dataset.
std::string datasheet(const Verification& whole);

}  // namespace mazescan::datasets

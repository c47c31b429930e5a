#pragma once
#include <string>

#include "datasets/verification.h"

namespace mazescan::datasets {

inline constexpr const char* kDatasheet = "datasheet.md";

// What a person who gets the dataset wants to know, as Markdown: what it is, by which policy, how it was
// sampled, how to check and open it, how to cite it.
std::string datasheet(const Verification& whole);

}  // namespace mazescan::datasets

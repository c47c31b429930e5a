#pragma once
#include <filesystem>
#include <string>

#include "datasets/verification.h"

namespace mazescan::commands {

// The checks of a dataset's meaning, which need the environment that its manifest describes.
struct DatasetMeaning {
  datasets::MeaningChecks checks;  // of scans and recordings; none of other datasets
  std::string why_not;             // why the environment cannot be made; "" if there is nothing to say
};

// Throws UserError if the manifest is missing or unreadable.
DatasetMeaning meaning_of(const std::filesystem::path& folder);

}  // namespace mazescan::commands

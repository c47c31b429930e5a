#pragma once
#include <filesystem>
#include <vector>

namespace mazescan::datasets {

// Merges recordings of one policy into the new folder `out`: shards (hard links where the file system
// supports them, else copies), a manifest, dataset.h5, datasheet.md. Verifies all recordings first. `out`
// appears only when it is complete. Throws UserError if `out` exists or is inside a dataset, if a recording
// is given twice, is incomplete or damaged, has another policy or other taps, or if samples would be
// duplicated.
void merge_datasets(const std::filesystem::path& out, const std::vector<std::filesystem::path>& datasets);

}  // namespace mazescan::datasets

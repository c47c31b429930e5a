#pragma once
#include <filesystem>
#include <vector>

namespace mazescan::datasets {

// Puts recordings of one policy together in the new folder `out`: their shards (hard links where the file
// system allows, else copies), a manifest, dataset.h5, datasheet.md. All are verified first. `out` appears
// when it is complete. Throws UserError if `out` is taken or lies inside a dataset, if one is given twice, is
// not whole, of another policy or other taps, or if samples would stand twice.
void merge_datasets(const std::filesystem::path& out, const std::vector<std::filesystem::path>& datasets);

}  // namespace mazescan::datasets

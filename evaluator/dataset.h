#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace mazescan {

// Makes a recording that has all its shards fit to be shared: verifies it, then writes dataset.h5 and
// datasheet.md beside the manifest. Throws UserError if it is not whole.
void complete_dataset(const std::filesystem::path& folder);

// Puts recordings of one policy together in the new folder `out`: their shards (hard links where the file
// system allows, else copies), a manifest, dataset.h5, datasheet.md. All are verified first. `out` appears
// when it is complete. Throws UserError if `out` is taken or lies inside a dataset, if one is given twice, is
// not whole, of another policy or other taps, or if samples would stand twice.
void merge_datasets(const std::filesystem::path& out, const std::vector<std::filesystem::path>& datasets);

// What a scan or a recording holds, from its manifest alone.
nlohmann::json describe_dataset(const std::filesystem::path& folder);

}  // namespace mazescan

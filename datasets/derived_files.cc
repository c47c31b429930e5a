#include "datasets/derived_files.h"

#include <fmt/format.h>

#include "core/log.h"
#include "datasets/datasheet.h"
#include "datasets/verify_shards.h"
#include "datasets/virtual_dataset.h"
#include "storage/atomic_file.h"
#include "storage/seal.h"

namespace fs = std::filesystem;

namespace mazescan::datasets {

namespace {

constexpr const char* kBoth[] = {kVirtualDataset, kDatasheet};

std::string derived_fault(const fs::path& folder, const std::string& name, const nlohmann::json& hash) {
  if (!storage::is_safe_relative_name(name))
    return "manifest.json: the name of a derived file leads out of the folder";
  if (std::string fault = file_fault(folder, name); !fault.empty()) return name + ": " + fault;
  return hash == storage::hash_file(folder / name) ? "" : name + ": not the bytes that were written";
}

}  // namespace

void write_derived_files(const fs::path& folder, const Verification& whole) {
  write_virtual_dataset(folder, whole);
  storage::write_atomically(folder / kDatasheet, datasheet(whole));
  storage::Manifest manifest = whole.manifest;
  for (const char* name : kBoth) manifest.attributes[kDerivedFiles][name] = storage::hash_file(folder / name);
  storage::write_manifest(folder / "manifest.json", manifest);
}

// Checks the bytes first, because libhdf5 may crash on a damaged virtual dataset; then checks that dataset.h5
// shows these shards.
void verify_derived_files(const fs::path& folder, Verification& result) {
  const auto derived = result.manifest.attributes.value(kDerivedFiles, nlohmann::json());
  for (const char* name : kBoth)
    if (!derived.is_object() || !derived.contains(name))
      result.faults.push_back(fmt::format(
          "manifest.json: its '{}' do not name {}: the command that made the recording completes it",
          kDerivedFiles, name));
  if (derived.is_object())
    for (const auto& [name, hash] : derived.items())
      if (const std::string fault = derived_fault(folder, name, hash); !fault.empty())
        result.faults.push_back(fault);
  if (!result.faults.empty()) return;
  if (const std::string fault = virtual_dataset_fault(folder, result); !fault.empty())
    result.faults.push_back(fmt::format("{}: {}", kVirtualDataset, fault));
}

void complete_dataset(const fs::path& folder) {
  const Verification whole =
      require_whole(folder, verify_shards(folder), "dataset.h5 is made of whole shards only");
  write_derived_files(folder, whole);
  log_info("{}: {} samples in {} shards, verified; {}", folder.string(), whole.samples(), whole.shards.size(),
           (folder / kVirtualDataset).string());
}

}  // namespace mazescan::datasets

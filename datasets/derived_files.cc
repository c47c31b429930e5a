#include "datasets/derived_files.h"

#include <fmt/format.h>

#include "core/log.h"
#include "datasets/datasheet.h"
#include "datasets/verify_shards.h"
#include "datasets/virtual_dataset.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

constexpr const char* kBoth[] = {kMaster, kDatasheet};

std::string derived_fault(const fs::path& folder, const std::string& name, const nlohmann::json& hash) {
  if (!is_safe_relative_name(name)) return "manifest.json: a companion's name leads out of the folder";
  if (std::string fault = file_fault(folder, name); !fault.empty()) return name + ": " + fault;
  return hash == hash_file(folder / name) ? "" : name + ": not the bytes that were written";
}

}  // namespace

void write_derived_files(const fs::path& folder, const Verification& whole) {
  write_master(folder, whole);
  write_atomically(folder / kDatasheet, datasheet(whole));
  Manifest manifest = whole.manifest;
  for (const char* name : kBoth) manifest.attributes[kCompanions][name] = hash_file(folder / name);
  write_manifest(folder / "manifest.json", manifest);
}

// Bytes first, because libhdf5 does not survive every damaged virtual dataset; then whether dataset.h5 shows
// these shards.
void verify_derived_files(const fs::path& folder, Verification& result) {
  const auto companions = result.manifest.attributes.value(kCompanions, nlohmann::json());
  for (const char* name : kBoth)
    if (!companions.is_object() || !companions.contains(name))
      result.faults.push_back(fmt::format(
          "manifest.json: its '{}' do not name {}: the command that made the recording completes it",
          kCompanions, name));
  if (companions.is_object())
    for (const auto& [name, hash] : companions.items())
      if (const std::string fault = derived_fault(folder, name, hash); !fault.empty())
        result.faults.push_back(fault);
  if (!result.faults.empty()) return;
  if (const std::string fault = master_fault(folder, result); !fault.empty())
    result.faults.push_back(fmt::format("{}: {}", kMaster, fault));
}

void complete_dataset(const fs::path& folder) {
  const Verification whole =
      require_whole(folder, verify_shards(folder), "dataset.h5 is made of whole shards only");
  write_derived_files(folder, whole);
  log_info("{}: {} samples in {} shards, verified; {}", folder.string(), whole.samples(), whole.shards.size(),
           (folder / kMaster).string());
}

}  // namespace mazescan

#include "datasets/verify.h"

#include <set>

#include "core/error.h"
#include "datasets/array_task.h"
#include "datasets/derived_files.h"
#include "datasets/verify_shards.h"
#include "storage/atomic_file.h"

namespace fs = std::filesystem;

namespace mazescan::datasets {

namespace {

// Checks the plan, and reports other files in the folder. Symbolic links are faults: their targets may be outside the folder.
// Other unknown files are notices: they were added by users (a README, a licence) or left by a killed job.
void look_around(const fs::path& folder, Verification& result) {
  std::set<std::string> known = {"manifest.json", "plan.json", "shards"};
  for (const storage::ManifestFile& file : result.manifest.files) known.insert(*fs::path(file.name).begin());
  const auto derived = result.manifest.attributes.value(kDerivedFiles, nlohmann::json());
  if (derived.is_object())
    for (const auto& [name, hash] : derived.items())
      if (storage::is_safe_relative_name(name)) known.insert(*fs::path(name).begin());
  if (std::error_code none; fs::exists(folder / "plan.json", none)) try {  // a merged dataset has none
      storage::read_manifest(folder / "plan.json", result.kind().plan_format(), 1);
    } catch (const UserError& fault) {
      result.faults.push_back(std::string("plan.json: ") + fault.what());
    }
  const char* job = result.kind().name;
  for (const std::string& name : file_names(folder)) {
    const bool link = file_fault(folder, name) == kLinkFault;
    if (link && derived.count(name) == 0) result.faults.push_back(name + ": " + kLinkFault);
    if (!link && known.count(name) == 0 && !task_of_lock(job, name))
      result.notices.push_back(name + ": not of the dataset");
  }
}

}  // namespace

Verification verify_dataset(const fs::path& folder, const MeaningChecks& checks) {
  Verification result = verify_shards(folder, checks);
  look_around(folder, result);
  if (result.is_recording()) verify_derived_files(folder, result);
  return result;
}

}  // namespace mazescan::datasets

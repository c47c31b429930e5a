#pragma once
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "datasets/activation_shard.h"
#include "datasets/dataset_kind.h"
#include "datasets/scan_shard.h"
#include "storage/manifest.h"

namespace mazescan::datasets {

// Attribute of a recording's manifest that holds hash_file of each file derived from its shards
// (derived_files.h).
inline constexpr const char* kDerivedFiles = "derived";

// The verified contents of a recording's shard.
struct VerifiedShard {
  std::string name;  // as in the manifest
  ActivationUnit unit;
  std::string payload_hash;
  std::string code;  // version of mazescan that made it, from its provenance
  int64_t levels = 0, samples = 0;
  int32_t first_level = 0, last_level = -1;  // the smallest and the largest level seed
  std::vector<StoredTap> taps;
};

// Checks that know the environment: each describes what in a shard cannot have happened, "" if nothing. Not set: none.
struct MeaningChecks {
  std::function<std::string(const ScanShard&)> scan;
  std::function<std::string(const ActivationShard&)> recording;
};

struct Verification {
  storage::Manifest manifest;
  std::vector<std::string> faults;    // one for each damaged, missing or mismatched file, with its name
  std::vector<std::string> notices;   // files in the folder that are not part of the dataset
  std::vector<VerifiedShard> shards;  // a recording's shards without faults, in the manifest's order
  const DatasetKind& kind() const;
  bool is_recording() const;
  int64_t samples() const;
  // Returns the versions of mazescan recorded in the shards (JSON); "?" if a shard records none. Not
  // verified.
  std::set<std::string> codes() const;
};

// Returns `found`, or throws UserError with its first fault. why: reason for which the dataset must be
// without faults.
Verification require_whole(const std::filesystem::path& folder, Verification found, const std::string& why);

// Returns untrusted JSON as one line of text.
std::string printed(const nlohmann::json& json);

// Fault reported for a symbolic link in a dataset.
inline constexpr const char* kLinkFault =
    "a symbolic link: its target may be outside the folder, and a copy of the folder would lack the file";

// Lists files and folders in a folder, sorted; empty if there is no such folder.
std::vector<std::string> file_names(const std::filesystem::path& folder);

// Describes why `name` is not a regular file in the folder ("missing, or no file"); "" if it is one.
std::string file_fault(const std::filesystem::path& folder, const std::string& name);

// Returns the identity of a dataset: a hash of its payload hashes, independent of file names.
std::string dataset_hash(const storage::Manifest& manifest);

// Reads the manifest of a dataset of any kind. Throws UserError if it is missing or damaged.
storage::Manifest read_dataset_manifest(const std::filesystem::path& folder);

}  // namespace mazescan::datasets

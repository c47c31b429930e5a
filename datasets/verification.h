#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "datasets/activation_shard.h"
#include "datasets/dataset_kind.h"
#include "storage/manifest.h"

namespace mazescan::datasets {

// The manifest's attribute of a recording that holds hash_file of each file made of its shards
// (derived_files.h).
inline constexpr const char* kDerivedFiles = "derived";

// What a recording's shard was found to hold.
struct VerifiedShard {
  std::string name;  // as in the manifest
  ActivationUnit unit;
  std::string payload_hash;
  std::string code;  // version of mazescan that made it, by its own word
  int64_t levels = 0, samples = 0;
  int32_t first_level = 0, last_level = -1;  // the smallest and the largest level seed
  std::vector<ActivationShard::Tap> taps;
};

struct Verification {
  storage::Manifest manifest;
  std::vector<std::string> faults;    // one for each damaged, missing or mismatched file, which it names
  std::vector<std::string> notices;   // what stands beside the dataset and does not belong to it
  std::vector<VerifiedShard> shards;  // those of a recording without fault, in the manifest's order
  const DatasetKind& kind() const;
  bool is_recording() const;
  int64_t samples() const;
  // The versions of mazescan that made the shards, by their own word: JSON texts, "?" of one that is silent.
  std::set<std::string> codes() const;
};

// Returns what was found, or throws UserError for its first fault. why: what the dataset must be whole for.
Verification require_whole(const std::filesystem::path& folder, Verification found, const std::string& why);

// Prints JSON that may be anybody's on one line.
std::string printed(const nlohmann::json& json);

// The fault of a symbolic link in a dataset.
inline constexpr const char* kLinkFault =
    "a symbolic link: it may lead anywhere, and a copied folder is without its file";

// Lists files and folders in a folder, sorted; none if there is no such folder.
std::vector<std::string> file_names(const std::filesystem::path& folder);

// Why `name` is no file of the folder itself ("missing, or no file"); "" if it is one.
std::string file_fault(const std::filesystem::path& folder, const std::string& name);

// The identity of a dataset: a hash of its payload hashes, whatever its files are called.
std::string dataset_hash(const storage::Manifest& manifest);

// The manifest of a dataset of any kind. Throws UserError.
storage::Manifest read_dataset_manifest(const std::filesystem::path& folder);

}  // namespace mazescan::datasets

#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "evaluator/activation_shard.h"
#include "storage/manifest.h"

namespace mazescan {

// The manifest's attribute that holds hash_file of each file beside the shards.
inline constexpr const char* kCompanions = "companions";

// What a recording's shard was found to hold.
struct VerifiedShard {
  std::string name;  // as in the manifest
  ActivationUnit unit;
  std::string payload_hash;
  int64_t levels = 0, samples = 0;
  int32_t first_level = 0, last_level = -1;  // the smallest and the largest level seed
  std::vector<ActivationShard::Tap> taps;
};

struct Verification {
  Manifest manifest;
  std::vector<std::string> faults;    // one for each damaged, missing or foreign file, which it names
  std::vector<VerifiedShard> shards;  // those of a recording without fault, in the manifest's order
  bool is_recording() const;          // else a scan
  int64_t samples() const;
};

// Reads every byte of a scan or a recording and compares it with its manifest. Throws UserError if there is
// no manifest, or none that can be read.
Verification verify_dataset(const std::filesystem::path& folder);

// The same, throwing UserError for the first fault. why: what the dataset must be whole for.
Verification require_whole(const std::filesystem::path& folder, const std::string& why);

// The identity of a dataset: a hash of its payload hashes, whatever its files are called.
std::string dataset_hash(const Manifest& manifest);

// The manifest of a scan or a recording. Throws UserError.
Manifest read_dataset_manifest(const std::filesystem::path& folder);

}  // namespace mazescan

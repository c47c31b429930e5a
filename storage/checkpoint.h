#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace mazescan {

// A checkpoint is a folder <step, 8 digits>/ of blobs, one file each, and manifest.json with their sizes and
// hashes.
struct Checkpoint {
  int64_t step = 0;
  std::map<std::string, std::string> blobs;  // name -> bytes
  nlohmann::json about;                      // times, versions, hardware: outside the payload hash
  std::string payload_hash;                  // of all blobs: name, size, bytes in order of names
  std::filesystem::path folder;
};

// Which checkpoints stay: the newest, and for good those whose step is a multiple of `every` (0: none).
struct Retention {
  int newest = 1;  // at least 1
  int64_t every = 0;
};

// Writes <dir>/<step>/ whole or not at all, then removes what `keep` does not name of the checkpoints up to
// `step`, and those beyond it, which are of an abandoned future. Blob names are plain file names.
// Creates `dir`. Returns the payload hash. Throws UserError if it cannot be written; then the older
// checkpoints are intact.
std::string save_checkpoint(const std::filesystem::path& dir, int64_t step,
                            const std::map<std::string, std::string>& blobs, const nlohmann::json& about,
                            const Retention& keep);

// The newest checkpoint in `dir` that is complete and undamaged; damaged ones are skipped with a warning.
// Nothing if there is none at all (or no such folder); UserError if there are some but none is usable.
std::optional<Checkpoint> load_latest(const std::filesystem::path& dir);

// The folders of `dir` that are named as checkpoints are, oldest first; whether they are whole is not looked
// at.
std::vector<std::filesystem::path> checkpoint_folders(const std::filesystem::path& dir);

// The checkpoint in this folder. Throws UserError naming what is missing, damaged or foreign.
Checkpoint load_checkpoint(const std::filesystem::path& folder);

}  // namespace mazescan

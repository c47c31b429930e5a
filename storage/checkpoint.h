#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace mazescan::storage {

// A checkpoint: a folder <step, 8 digits>/ with a file for each blob, and manifest.json with their sizes and
// hashes.
struct Checkpoint {
  int64_t step = 0;
  std::map<std::string, std::string> blobs;  // name -> bytes
  nlohmann::json about;                      // times, versions, hardware; not part of the payload hash
  std::string payload_hash;                  // of name, size and bytes of all blobs, in order of names
  std::filesystem::path folder;
};

// Which checkpoints are kept: the newest ones, and those whose step is a multiple of `every` (0: none).
struct Retention {
  int newest = 1;  // at least 1
  int64_t every = 0;
};

// Writes <dir>/<step>/ atomically and returns the payload hash. Then removes the older checkpoints that
// `keep` does not keep, and all checkpoints after `step`, which belong to an abandoned continuation. Creates
// `dir`.
//   blobs: their names are plain file names
// Throws UserError if the checkpoint cannot be written; the older checkpoints are intact then.
std::string save_checkpoint(const std::filesystem::path& dir, int64_t step,
                            const std::map<std::string, std::string>& blobs, const nlohmann::json& about,
                            const Retention& keep);

// Removes checkpoints up to `step` that `keep` does not keep, as save_checkpoint does after it has saved `step`. A kill
// in between leaves them.
void remove_old_checkpoints(const std::filesystem::path& dir, int64_t step, const Retention& keep);

// Returns the newest checkpoint in `dir` that is complete and undamaged; skips damaged ones with a warning.
// Nothing if there are no checkpoints, or no such folder.
// Throws UserError if there are checkpoints, but none is usable.
std::optional<Checkpoint> load_latest(const std::filesystem::path& dir);

// Returns the folders of `dir` that have the name of a checkpoint, oldest first. Does not check their
// contents.
std::vector<std::filesystem::path> checkpoint_folders(const std::filesystem::path& dir);

// Reads the checkpoint in this folder.
// Throws UserError that names the file that is missing, damaged or of another kind.
Checkpoint load_checkpoint(const std::filesystem::path& folder);

}  // namespace mazescan::storage

#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mazescan::storage {

// The list of the files of a folder, as JSON. With their hashes readers detect files that are missing,
// damaged or of another dataset.
struct ManifestFile {
  std::string name;          // relative to the folder of the manifest; never leads out of it
  std::string payload_hash;  // 32 hex digits: hash of the contents (payload of a shard, bytes of a blob)
  uint64_t bytes = 0;        // size of the file
  nlohmann::json attributes = nlohmann::json::object();  // for a shard: its unit
  std::string file_hash;                                 // of all bytes, as by hash_file; "" if not computed
};

struct Manifest {
  std::string format;  // "mazescan-scan", "mazescan-checkpoint"
  int format_version = 1;
  nlohmann::json attributes = nlohmann::json::object();  // of the folder as a whole
  std::vector<ManifestFile> files;
  nlohmann::json about = nlohmann::json::object();  // provenance: versions, times, hardware
};

// Returns the XXH3-128 hash, in hex, of the whole manifest; the order of its files does not matter.
std::string manifest_hash(const Manifest& manifest);

// Writes the manifest atomically, with its files sorted by name, and sealed (seal.h).
void write_manifest(const std::filesystem::path& path, Manifest manifest);

// Reads and checks a manifest of this format and version. Does not check the files that it lists.
// Throws UserError if it is missing, malformed, without its seal or of another format, or if a name occurs
// twice or leads out of the folder.
Manifest read_manifest(const std::filesystem::path& path, const std::string& format, int format_version);
// Reads and checks a manifest of one of several formats.
Manifest read_manifest(const std::filesystem::path& path, const std::vector<std::string>& formats,
                       int format_version);

// Returns whether a name is like "a.h5" or "a/b.h5": without "..", ".", empty parts, backslashes and control
// characters.
bool is_safe_relative_name(const std::string& name);

}  // namespace mazescan::storage

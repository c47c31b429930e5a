#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mazescan {

// What a folder holds, as JSON. The files' hashes let readers notice what is missing, foreign or damaged.
struct ManifestFile {
  std::string name;          // relative to the manifest's folder; never leaves it
  std::string payload_hash;  // 32 hex digits, of what the file means (a shard's payload, a blob's bytes)
  uint64_t bytes = 0;        // size of the file
  nlohmann::json attributes = nlohmann::json::object();  // what it is: of a shard size, placement, block
  std::string file_hash;  // of all bytes of the file, as hash_file tells it; "" where nobody asked
};

struct Manifest {
  std::string format;  // "mazescan-scan", "mazescan-checkpoint"
  int format_version = 1;
  nlohmann::json attributes = nlohmann::json::object();  // what the folder is as a whole
  std::vector<ManifestFile> files;
  nlohmann::json about = nlohmann::json::object();  // what made it: versions, times, hardware
};

// Hex XXH3-128 of everything that the manifest says, in whatever order its files are.
std::string manifest_hash(const Manifest& manifest);

// Writes the manifest atomically, files sorted by name.
void write_manifest(const std::filesystem::path& path, Manifest manifest);

// Reads and checks a manifest of this format and version. Throws UserError: no such file, malformed, another
// format, a name that is used twice or leads out of the folder. The files themselves are not looked at.
Manifest read_manifest(const std::filesystem::path& path, const std::string& format, int format_version);
// The same where several formats will do.
Manifest read_manifest(const std::filesystem::path& path, const std::vector<std::string>& formats,
                       int format_version);

// Hex XXH3-128 of a file's bytes. Throws UserError.
std::string hash_file(const std::filesystem::path& path);

// "a.h5" or "a/b.h5", without "..", "." or empty parts, backslashes and control characters.
bool is_safe_relative_name(const std::string& name);

}  // namespace mazescan

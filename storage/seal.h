#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

// Files of datasets are checked before they are parsed: libraries may crash on damaged bytes. Every such file
// ends with a seal, the XXH3-128 hash of all bytes before it. A seal detects damage; anyone can make one.
namespace mazescan::storage {

struct ManifestFile;

// Returns the seal of a binary file, which follows its contents. HDF5 ignores bytes after its own.
//   hash: of the contents, as hash_hex returns it
std::string file_seal(const std::string& hash);

// Returns an object as JSON text with a seal: its last key is "seal", with the hash of the bytes before
// `,\n "seal"`.
std::string sealed_json(const nlohmann::json& object);
// Throws UserError unless `text`, the contents of the file `path`, ends with its seal.
void require_json_seal(const std::filesystem::path& path, std::string_view text);

// Returns an object as one line of JSON with a seal in its last key, "seal": the XXH3-64 hash of the bytes before.
std::string sealed_line(const nlohmann::json& object);
// Returns the object of a line, without its seal; nothing if the line is no object or its seal does not fit. A line
// without a seal, which another program wrote, is not compared.
std::optional<nlohmann::json> read_sealed_line(std::string_view line);

// A regular file whose bytes were compared with a hash. Readers of datasets take it instead of a path. All
// constructors throw UserError if the file is missing, not regular or damaged; they read it once.
class CheckedFile {
 public:
  // Compares the file with the seal at its end.
  CheckedFile(const std::filesystem::path& path);
  // Compares the file with its size and hash in the manifest of `folder`.
  CheckedFile(const std::filesystem::path& folder, const ManifestFile& listed);

  const std::filesystem::path& path() const { return path_; }
  uint64_t bytes() const { return bytes_; }
  const std::string& hash() const { return hash_; }  // of all bytes, as hash_file returns it

 private:
  std::filesystem::path path_;
  uint64_t bytes_ = 0;
  std::string hash_;
};

// Returns whether the file ends with a seal, without comparing it: whether it was completed.
bool has_seal(const std::filesystem::path& path);

// Returns the XXH3-128 hash, in hex, of the bytes of a regular file.
// Throws UserError.
std::string hash_file(const std::filesystem::path& path);

}  // namespace mazescan::storage

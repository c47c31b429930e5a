#include "datasets/verification.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/hash.h"

namespace fs = std::filesystem;

namespace mazescan::datasets {

const DatasetKind& Verification::kind() const {
  return *std::find_if(std::begin(kDatasetKinds), std::end(kDatasetKinds),
                       [&](const DatasetKind& kind) { return kind.manifest_format() == manifest.format; });
}

bool Verification::is_recording() const {
  return manifest.format == kRecording.manifest_format();
}

int64_t Verification::samples() const {
  int64_t sum = 0;
  for (const VerifiedShard& shard : shards) sum += shard.samples;
  return sum;
}

std::string printed(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::set<std::string> Verification::codes() const {
  std::set<std::string> codes;
  for (const VerifiedShard& shard : shards) codes.insert(printed(shard.code.empty() ? "?" : shard.code));
  return codes;
}

storage::Manifest read_dataset_manifest(const fs::path& folder) {
  const fs::path path = folder / "manifest.json";
  require(fs::exists(path), lazy("{}: no such file", path.string()),
          "the dataset is not finished, or this is not its folder",
          "the folder of a scan, a recording or an analysis, as runs/quickstart/record; the job that made it "
          "resumes where it stopped");
  std::vector<std::string> formats;
  for (const DatasetKind& kind : kDatasetKinds) formats.push_back(kind.manifest_format());
  return storage::read_manifest(path, formats, 1);
}

std::vector<std::string> file_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string file_fault(const fs::path& folder, const std::string& name) {
  std::error_code none;  // an error, such as an invalid name, also means that there is no file
  const fs::file_status status = fs::symlink_status(folder / name, none);
  return fs::is_symlink(status) ? kLinkFault : fs::is_regular_file(status) ? "" : "missing, or no file";
}

Verification require_whole(const fs::path& folder, Verification result, const std::string& why) {
  if (!result.faults.empty())
    throw UserError(fmt::format("{} is not whole ({} faults); {}", folder.string(), result.faults.size(),
                                result.faults.front()),
                    why, "mazescan-evaluator verify names every fault");
  return result;
}

std::string dataset_hash(const storage::Manifest& manifest) {
  std::vector<std::string> hashes;
  for (const storage::ManifestFile& file : manifest.files) hashes.push_back(file.payload_hash);
  std::sort(hashes.begin(), hashes.end());
  Hasher hasher;
  for (const std::string& hash : hashes) hasher.add(hash).add("\n");
  return hasher.hex();
}

}  // namespace mazescan::datasets

#include "storage/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/hash.h"
#include "core/log.h"
#include "storage/atomic_file.h"
#include "storage/atomic_path.h"
#include "storage/manifest.h"
#include "storage/retries.h"

namespace mazescan::storage {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFormat = "mazescan-checkpoint";
constexpr int kVersion = 1;
constexpr const char* kManifest = "manifest.json";

std::string payload_hash_of(const std::map<std::string, std::string>& blobs) {
  Hasher hasher;
  for (const auto& [name, bytes] : blobs) hasher.add(fmt::format("{} {}\n", name, bytes.size())).add(bytes);
  return hasher.hex();
}

bool is_blob_name(const std::string& name) {
  return is_safe_relative_name(name) && name.find_first_of("/\n ") == std::string::npos && name[0] != '.' &&
         name != kManifest;
}

// Returns the step in the name of a checkpoint folder; -1 if it is not such a name.
int64_t step_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (name.size() < 8 || name.size() > 18 || name.find_first_not_of("0123456789") != std::string::npos)
    return -1;
  return std::stoll(name);
}

// Returns (step, folder) of all checkpoints, oldest first.
std::vector<std::pair<int64_t, fs::path>> checkpoints_in(const fs::path& dir) {
  std::vector<std::pair<int64_t, fs::path>> found;
  std::error_code error;
  if (!fs::exists(dir, error) && !error) return found;
  for (fs::directory_iterator entry(dir, error), end; !error && entry != end; entry.increment(error))
    if (step_of(entry->path()) >= 0) found.emplace_back(step_of(entry->path()), entry->path());
  if (error)
    throw UserError(fmt::format("cannot read folder {}", dir.string()), error.message(),
                    "a folder of checkpoints");
  std::sort(found.begin(), found.end());
  return found;
}

// Renames the folder to a temporary name first, so that a partly removed one does not look like a damaged
// checkpoint.
void remove_checkpoint(const fs::path& folder) {
  const AtomicPath removed(folder);  // its destructor removes the folder
  std::error_code error;
  fs::rename(folder, removed.temporary(), error);
  if (error) log_warning("cannot remove the old checkpoint {}: {}", folder.string(), error.message());
}

bool has_payload(const fs::path& folder, const std::string& payload_hash) {
  try {
    return load_checkpoint(folder).payload_hash == payload_hash;
  } catch (const UserError&) {
    return false;
  }
}

}  // namespace

std::string save_checkpoint(const fs::path& dir, int64_t step,
                            const std::map<std::string, std::string>& blobs, const nlohmann::json& about,
                            const Retention& keep) {
  expect(step >= 0 && keep.newest >= 1 && keep.every >= 0, "step >= 0, and at least one checkpoint to keep");
  make_directories(dir);
  remove_stale_temporaries(dir);
  Manifest manifest;
  manifest.format = kFormat;
  manifest.format_version = kVersion;
  manifest.about = about;
  const std::string payload_hash = payload_hash_of(blobs);
  manifest.attributes = {{"step", step}, {"payload_hash", payload_hash}};

  const fs::path folder = dir / fmt::format("{:08}", step);
  if (!has_payload(folder, payload_hash)) {
    for (const auto& [name, bytes] : blobs) {
      expect(is_blob_name(name), "blob names that are plain file names");
      manifest.files.push_back({name, hash_hex(bytes), bytes.size(), nlohmann::json::object(), {}});
    }
    with_retries([&] {
      AtomicPath target(folder);
      make_directories(target.temporary());
      for (const auto& [name, bytes] : blobs) write_new_file(target.temporary() / name, bytes);
      write_manifest(target.temporary() / kManifest, manifest);
      if (fs::exists(folder)) remove_checkpoint(folder);  // damaged, or of another run
      target.commit();
    });
  }

  for (const auto& [other, abandoned] : checkpoints_in(dir))
    if (other > step) remove_checkpoint(abandoned);
  remove_old_checkpoints(dir, step, keep);
  return payload_hash;
}

void remove_old_checkpoints(const fs::path& dir, int64_t step, const Retention& keep) {
  int newer = 0;
  const auto found = checkpoints_in(dir);
  for (auto entry = found.rbegin(); entry != found.rend(); ++entry) {
    if (entry->first > step || ++newer <= keep.newest) continue;
    if (keep.every == 0 || entry->first % keep.every != 0) remove_checkpoint(entry->second);
  }
}

std::optional<Checkpoint> load_latest(const fs::path& dir) {
  const auto found = checkpoints_in(dir);
  for (auto entry = found.rbegin(); entry != found.rend(); ++entry) {
    try {
      return load_checkpoint(entry->second);
    } catch (const UserError& error) {
      log_warning("a checkpoint is skipped: {}", error.what());
    }
  }
  require(found.empty(), lazy("no checkpoint in {} can be used", dir.string()),
          lazy("all {} are damaged or incomplete (see the warnings)", found.size()),
          "restore one, or remove the folder to start again");
  return std::nullopt;
}

std::vector<fs::path> checkpoint_folders(const fs::path& dir) {
  std::vector<fs::path> folders;
  for (const auto& [step, folder] : checkpoints_in(dir)) folders.push_back(folder);
  return folders;
}

Checkpoint load_checkpoint(const fs::path& folder) {
  const Manifest manifest = read_manifest(folder / kManifest, kFormat, kVersion);
  const auto damaged = [&](const std::string& name, const std::string& reason) {
    throw UserError(fmt::format("checkpoint {} is damaged", (folder / name).string()), reason,
                    "an undamaged copy, or an older checkpoint");
  };
  Checkpoint checkpoint;
  checkpoint.folder = folder;
  checkpoint.about = manifest.about;
  const auto& attributes = manifest.attributes;
  if (!attributes.contains("step") || !attributes["step"].is_number_unsigned() ||
      !attributes.contains("payload_hash") || !attributes["payload_hash"].is_string())
    damaged(kManifest, "it has no step or no payload hash");
  checkpoint.step = attributes["step"].get<int64_t>();
  checkpoint.payload_hash = attributes["payload_hash"].get<std::string>();
  if (const int64_t named = step_of(folder); named >= 0 && named != checkpoint.step)
    damaged(kManifest, fmt::format("its step is {}", checkpoint.step));
  for (const auto& file : manifest.files) {
    if (!is_blob_name(file.name))
      damaged(kManifest, fmt::format("\"{}\" is not a name of a blob", file.name));
    std::string bytes = read_file(folder / file.name, std::max(file.bytes, kMaxFileBytes));
    if (bytes.size() != file.bytes)
      damaged(file.name, fmt::format("it has {} bytes, not {} as in the manifest", bytes.size(), file.bytes));
    if (hash_hex(bytes) != file.payload_hash) damaged(file.name, "its hash differs from the manifest");
    checkpoint.blobs.emplace(file.name, std::move(bytes));
  }
  if (payload_hash_of(checkpoint.blobs) != checkpoint.payload_hash)
    damaged(kManifest, "the payload hash does not match the files");
  return checkpoint;
}

}  // namespace mazescan::storage

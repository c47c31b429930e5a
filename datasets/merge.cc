#include "datasets/merge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <tuple>

#include "core/build_info.h"
#include "core/error.h"
#include "core/log.h"
#include "datasets/datasheet.h"
#include "datasets/derived_files.h"
#include "datasets/verify.h"
#include "datasets/verify_shards.h"
#include "datasets/virtual_dataset.h"
#include "storage/atomic_file.h"
#include "storage/atomic_path.h"

namespace fs = std::filesystem;
using nlohmann::json;

namespace mazescan::datasets {

namespace {

// Returns a text attribute of an unverified manifest; "" if it is missing.
std::string recorded_value(const storage::Manifest& manifest, const char* key) {
  const auto found = manifest.attributes.find(key);
  return found != manifest.attributes.end() && found->is_string() ? found->get<std::string>() : "";
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  std::error_code none;
  for (fs::path at = fs::weakly_canonical(fs::absolute(path), none); at.has_relative_path();
       at = at.parent_path())
    if (fs::equivalent(at, folder, none)) return true;
  return false;
}

// Checks folders and manifests first, because verifying every byte may take hours.
void require_mergeable(const fs::path& out, const std::vector<fs::path>& datasets) {
  require(!fs::exists(out) || (fs::is_directory(out) && fs::is_empty(out)),
          lazy("{} already exists", out.string()), "a merged dataset is made in a new folder",
          "a path that is not taken");
  std::vector<Verification> read;  // manifests only
  for (size_t i = 0; i < datasets.size(); ++i) {
    const fs::path& folder = datasets[i];
    read.push_back({read_dataset_manifest(folder), {}, {}, {}});
    const Verification &first = read.front(), &other = read.back();
    require(!lies_in(out, folder), lazy("{} is inside {}", out.string(), folder.string()),
            "that dataset would contain foreign files", "a folder outside the merged datasets");
    std::error_code none;
    for (size_t j = 0; j < i; ++j)
      require(!fs::equivalent(datasets[j], folder, none), lazy("{} is given twice", folder.string()),
              "all its samples would appear twice", "each folder once");
    require(other.is_recording(), lazy("{} is no recording but a {}", folder.string(), other.kind().noun),
            "recordings are merged; a scan's shards are one experiment", "folders of recordings");
    const auto differ = [&](const char* key) {
      const std::string ours = recorded_value(first.manifest, key),
                        theirs = recorded_value(other.manifest, key);
      return !ours.empty() && !theirs.empty() && ours != theirs;
    };
    require(!differ("policy_hash"), lazy("{} is of another policy", folder.string()),
            lazy("its policy_hash is {}, that of {} is {}", recorded_value(other.manifest, "policy_hash"),
                 datasets.front().string(), recorded_value(first.manifest, "policy_hash")),
            "recordings of one policy");
    require(!differ("compute_dtype"),
            lazy("{} was recorded in {}", folder.string(), recorded_value(other.manifest, "compute_dtype")),
            lazy("{} was recorded in {}", datasets.front().string(),
                 recorded_value(first.manifest, "compute_dtype")),
            "recordings of one record.compute_dtype");
  }
}

// Checks that can be made only for verified datasets.
void require_fitting(const Verification& first, const fs::path& folder, const Verification& other) {
  require(!recorded_value(other.manifest, "compute_dtype").empty(),
          lazy("{} does not record its compute_dtype", folder.string()),
          "samples computed in different types must not be mixed",
          "run the command that made it again: it keeps the shards and rewrites the manifest");
  const auto names = [](const Verification& v) {
    std::vector<std::string> taps;
    if (v.shards.empty()) return taps;
    for (const auto& tap : v.shards.front().taps)
      taps.push_back(tap.shape.name + " " + describe_storage(tap));
    return taps;
  };
  require(names(first) == names(other), lazy("{} has other taps", folder.string()),
          lazy("[{}], not [{}]", fmt::join(names(other), ", "), fmt::join(names(first), ", ")),
          "recordings with the same taps, precision and bounds of codes");
}

// Rejects shards that share samples: the same cells of the same levels with the same placement of the cheese.
void require_disjoint(const std::vector<std::pair<fs::path, VerifiedShard>>& shards) {
  using Place = std::tuple<std::string, int, std::string, int64_t>;
  std::map<Place, std::vector<std::pair<fs::path, VerifiedShard>>> by_place;
  for (const auto& entry : shards) {
    const ActivationUnit& unit = entry.second.unit;
    if (entry.second.levels > 0)
      by_place[{unit.sampling, unit.size, unit.placement, unit.seed}].push_back(entry);
  }
  for (auto& [place, there] : by_place) {
    std::sort(there.begin(), there.end(),
              [](const auto& a, const auto& b) { return a.second.first_level < b.second.first_level; });
    for (size_t i = 1; i < there.size(); ++i) {
      const auto& [folder, shard] = there[i];
      const auto& [folder_before, before] = there[i - 1];
      require(before.last_level < shard.first_level,
              lazy("{} and {} hold the same samples", (folder_before / before.name).string(),
                   (folder / shard.name).string()),
              lazy("level {} of size {}, {}, would appear twice", shard.first_level, shard.unit.size,
                   shard.unit.placement),
              "recordings of other levels (record.first_level), sizes, placements or sampling");
    }
  }
}

// Returns the file name in the merged dataset. The key comes from the shard, not from the untrusted manifest.
std::string merged_name(const VerifiedShard& shard) {
  const std::string base = fs::path(shard.name).filename().string(), key = shard.unit.record_key.substr(0, 8);
  std::string name = "shards/" + (base.rfind(key, 0) == 0 ? base : shard_name(key, base));
  require(storage::is_safe_relative_name(name), lazy("{}: no name for a shard", shard.name),
          "the merged one would lie outside of the new folder", "a whole dataset, as mazescan writes it");
  return name;
}

// Creates a hard link, or a copy if the file system does not support links.
void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (!error) return;
  std::ifstream file(from, std::ios::binary);  // std::filesystem's copy does not report a full disk
  std::vector<char> piece(8 << 20);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    storage::append_bytes(to, {piece.data(), static_cast<size_t>(file.gcount())});
  if (!file.eof()) storage::throw_file_error("read", from, errno);
}

}  // namespace

void merge_datasets(const fs::path& out, const std::vector<fs::path>& datasets) {
  storage::AtomicPath target(out);
  require_mergeable(out, datasets);
  std::vector<Verification> parts;
  std::vector<std::pair<fs::path, VerifiedShard>> shards;
  storage::Manifest manifest;
  json recordings = json::array();
  for (const fs::path& folder : datasets) {
    parts.push_back(require_whole(folder, verify_dataset(folder), "only whole datasets are merged"));
    const Verification& part = parts.back();
    require_fitting(parts.front(), folder, part);
    for (const VerifiedShard& shard : part.shards) shards.emplace_back(folder, shard);
    for (const json& recording : part.manifest.attributes.at("recordings"))
      if (std::find(recordings.begin(), recordings.end(), recording) == recordings.end())
        recordings.push_back(recording);
  }
  require_disjoint(shards);

  const fs::path folder = target.temporary();
  storage::make_directories(folder / "shards");
  manifest.format = kRecording.manifest_format();
  for (size_t i = 0; i < datasets.size(); ++i)
    for (size_t f = 0; f < parts[i].shards.size(); ++f) {
      storage::ManifestFile merged = parts[i].manifest.files[f];
      const fs::path from = datasets[i] / merged.name;
      merged.name = merged_name(parts[i].shards[f]);
      link_or_copy(from, folder / merged.name);
      manifest.files.push_back(merged);
    }
  manifest.attributes = {{"policy_hash", parts.front().manifest.attributes.at("policy_hash")},
                         {"policy", parts.front().manifest.attributes.at("policy")},
                         {"compute_dtype", parts.front().manifest.attributes.at("compute_dtype")},
                         {"units", manifest.files.size()},
                         {"recordings", recordings}};
  manifest.about = build_and_machine();
  storage::write_manifest(folder / "manifest.json", manifest);
  // Verify again: links are unchanged, but a copy may have failed, and dataset.h5 refers to new files.
  const Verification whole = require_whole(folder, verify_shards(folder), "a copy was damaged");
  write_derived_files(folder, whole);
  // Formats and payload hashes are valid. Other differences between versions are left to the user.
  if (const auto codes = whole.codes(); codes.size() > 1)
    log_warning("the merged dataset has shards of several versions of mazescan: {}; {} records them",
                fmt::join(codes, ", "), kDatasheet);
  target.commit();
  log_info("{}: {} shards of {} datasets, verified", out.string(), manifest.files.size(), datasets.size());
}

}  // namespace mazescan::datasets

#include "evaluator/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/hash.h"
#include "core/progress.h"
#include "evaluator/master.h"
#include "evaluator/unit_job.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

constexpr const char* kWhole = "an undamaged copy of that file, or the same command that made the dataset";

// Reads attributes of a manifest that may be anybody's.
class Attributes {
 public:
  explicit Attributes(const fs::path& folder) : path_(folder / "manifest.json") {}
  const nlohmann::json& get(const nlohmann::json& object, const char* key,
                            nlohmann::json::value_t type) const {
    const auto found = object.find(key);
    require(found != object.end() && found->type() == type,
            fmt::format("{}: '{}' is missing or of another type", path_.string(), key),
            "the manifest is damaged, or of another program", "an undamaged manifest");
    return *found;
  }
  std::string text(const nlohmann::json& object, const char* key) const {
    return get(object, key, nlohmann::json::value_t::string).get<std::string>();
  }

 private:
  fs::path path_;
};

// Checks what everybody who works with a recording reads; returns the keys of all recordings in it.
std::set<std::string> record_keys(const Attributes& attributes, const Manifest& manifest) {
  using Type = nlohmann::json::value_t;
  attributes.get(manifest.attributes, "policy", Type::object);
  std::set<std::string> keys;
  for (const auto& recording : attributes.get(manifest.attributes, "recordings", Type::array)) {
    require(recording.is_object(), "the manifest's 'recordings' hold no object",
            "it is damaged, or of another program", "an undamaged manifest");
    attributes.text(recording, "config");
    keys.insert(attributes.text(recording, "record_key"));
  }
  return keys;
}

bool is_file(const fs::path& path) {
  std::error_code none;  // a name that the file system does not take is no file either
  return fs::is_regular_file(path, none);
}

// What the manifest says of a shard must be what the shard says of itself.
void require_attributes(const ManifestFile& file, const nlohmann::json& of_shard) {
  std::vector<std::string> faults;
  for (const auto& [key, value] : of_shard.items()) {
    const auto told = file.attributes.find(key);
    const bool same = told != file.attributes.end() && *told == value &&
                      told->is_number_integer() == value.is_number_integer();
    if (same) continue;
    const auto text = [](const nlohmann::json& json) {
      return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    faults.push_back(fmt::format("{} is {}, in the manifest {}", key, text(value),
                                 told == file.attributes.end() ? "missing" : text(*told)));
  }
  require(faults.empty(), "not what the manifest says of it", fmt::format("{}", fmt::join(faults, "; ")),
          kWhole);
}

// The file's bytes as a whole, once what they mean is known to be right.
void require_bytes(const fs::path& folder, const ManifestFile& file, bool with_hash) {
  const uint64_t bytes = fs::file_size(folder / file.name);
  require(bytes == file.bytes, "of another length",
          fmt::format("it has {} bytes, the manifest says {}", bytes, file.bytes), kWhole);
  require(!file.file_hash.empty() || !with_hash, "the manifest has no file_hash of it",
          "it is damaged, or of another program", kWhole);
  require(file.file_hash.empty() || hash_file(folder / file.name) == file.file_hash,
          "not the bytes that were written", "its contents are whole, but something beside them has changed",
          kWhole);
}

void require_hash(const ManifestFile& file, const std::string& payload_hash) {
  require(payload_hash == file.payload_hash, "another shard than the manifest lists",
          fmt::format("its payload hash is {}, the manifest says {}", payload_hash, file.payload_hash),
          kWhole);
}

void verify_scan_shard(const fs::path& folder, const ManifestFile& file, const std::string& key) {
  const fs::path path = folder / file.name;
  const ShardClaim claim = read_shard_claim(path);
  require(claim.key == key, "a shard of another scan", "its scan_key is not the manifest's", kWhole);
  require_hash(file, claim.payload_hash);
  const ScanShard shard = read_shard(path, /*with_activations=*/true);
  for (const TapRecord& tap : shard.taps)
    require(std::none_of(tap.values.begin(), tap.values.end(), [](float v) { return std::isnan(v); }),
            fmt::format("{} of moment {} holds NaN", tap.tap, tap.moment), "activations are numbers", kWhole);
  require_attributes(file, {{"size", shard.size}, {"placement", shard.placement}, {"block", shard.block}});
  require_bytes(folder, file, /*with_hash=*/false);
}

VerifiedShard verify_record_shard(const fs::path& folder, const ManifestFile& file,
                                  const std::string& policy_hash, const std::set<std::string>& keys) {
  const ActivationShard shard = read_activation_shard(folder / file.name);
  require(shard.unit.policy_hash == policy_hash, "a shard of another policy",
          fmt::format("its policy_hash is {}, the manifest says {}", shard.unit.policy_hash, policy_hash),
          kWhole);
  require(keys.count(shard.unit.record_key) != 0, "a shard of another recording",
          "its record_key is none of the manifest's", kWhole);
  // merge makes file names of it.
  require(shard.unit.record_key.size() == 32 &&
              shard.unit.record_key.find_first_not_of("0123456789abcdef") == std::string::npos,
          "its record_key is no hash", "32 hexadecimal digits are due", kWhole);
  require_hash(file, shard.payload_hash);
  require_attributes(file, {{"size", shard.unit.size},
                            {"placement", shard.unit.placement},
                            {"block", shard.unit.block},
                            {"record_key", shard.unit.record_key},
                            {"samples", shard.count()}});
  require_bytes(folder, file, /*with_hash=*/true);
  const auto& seeds = shard.levels.level_seed;
  VerifiedShard verified{
      file.name, shard.unit, shard.payload_hash, static_cast<int64_t>(seeds.size()), shard.count(),
      0,         -1,         shard.taps};
  if (!seeds.empty()) {
    verified.first_level = *std::min_element(seeds.begin(), seeds.end());
    verified.last_level = *std::max_element(seeds.begin(), seeds.end());
  }
  return verified;
}

// Whether two shards can stand in one dataset: the same taps of the same shapes and precision.
bool same_taps(const VerifiedShard& a, const VerifiedShard& b) {
  return std::equal(
      a.taps.begin(), a.taps.end(), b.taps.begin(), b.taps.end(), [](const auto& x, const auto& y) {
        return x.shape.name == y.shape.name && x.shape.shape == y.shape.shape && x.type == y.type;
      });
}

void find_unlisted(const fs::path& folder, Verification& result) {
  std::set<std::string> listed;
  for (const ManifestFile& file : result.manifest.files) listed.insert(file.name);
  std::error_code error;
  std::vector<std::string> unlisted;
  for (const auto& entry : fs::directory_iterator(folder / "shards", error)) {
    const std::string name = "shards/" + entry.path().filename().string();
    if (listed.count(name) == 0 && entry.path().filename().string()[0] != '.') unlisted.push_back(name);
  }
  std::sort(unlisted.begin(), unlisted.end());
  for (const std::string& name : unlisted)
    result.faults.push_back(name + ": foreign: the manifest does not list it");
}

// What the manifest names besides shards: bytes first, because libhdf5 does not survive every damaged virtual
// dataset; then whether dataset.h5 shows these shards.
void verify_companions(const fs::path& folder, Verification& result) {
  const auto companions = result.manifest.attributes.find(kCompanions);
  if (companions != result.manifest.attributes.end() && companions->is_object())
    for (const auto& [name, hash] : companions->items()) {
      if (!is_safe_relative_name(name)) {
        result.faults.push_back("manifest.json: a companion's name leads out of the folder");
      } else if (!is_file(folder / name)) {
        result.faults.push_back(name + ": missing, or no file");
      } else if (hash != hash_file(folder / name)) {
        result.faults.push_back(name + ": not the bytes that were written");
      }
    }
  if (!result.faults.empty() || !fs::exists(folder / kMaster)) return;
  if (const std::string fault = master_fault(folder, result); !fault.empty())
    result.faults.push_back(fmt::format("{}: {}", kMaster, fault));
}

}  // namespace

bool Verification::is_recording() const {
  return manifest.format == kRecording.manifest_format();
}

int64_t Verification::samples() const {
  int64_t sum = 0;
  for (const VerifiedShard& shard : shards) sum += shard.samples;
  return sum;
}

Manifest read_dataset_manifest(const fs::path& folder) {
  const fs::path path = folder / "manifest.json";
  require(
      fs::exists(path), path.string() + ": no such file",
      "the dataset is not finished, or this is not its folder",
      "the folder of a scan or a recording, as runs/quickstart/record; the job that made it goes on where "
      "it stopped");
  return read_manifest(path, {kRecording.manifest_format(), kScan.manifest_format()}, 1);
}

Verification verify_dataset(const fs::path& folder) {
  Verification result;
  result.manifest = read_dataset_manifest(folder);
  const Manifest& manifest = result.manifest;
  const bool recording = result.is_recording();
  const Attributes attributes(folder);
  const std::string owner = attributes.text(manifest.attributes, recording ? "policy_hash" : "scan_key");
  const auto keys = recording ? record_keys(attributes, manifest) : std::set<std::string>{};
  const auto units = manifest.attributes.find("units");
  if (units == manifest.attributes.end() || *units != manifest.files.size())
    result.faults.push_back(fmt::format("manifest.json: lists {} shards where the dataset has {} units",
                                        manifest.files.size(),
                                        units == manifest.attributes.end() ? "no number of" : units->dump()));
  Progress progress("verifying", "shards", manifest.files.size());
  size_t done = 0;
  for (const ManifestFile& file : manifest.files) {
    try {
      require(is_file(folder / file.name), "missing, or no file", "the manifest lists it", kWhole);
      if (recording) {
        VerifiedShard shard = verify_record_shard(folder, file, owner, keys);
        require(result.shards.empty() || same_taps(shard, result.shards.front()),
                "other taps than in " + (result.shards.empty() ? "" : result.shards.front().name),
                "taps, their shapes and precision are those of the whole dataset", kWhole);
        result.shards.push_back(std::move(shard));
      } else {
        verify_scan_shard(folder, file, owner);
      }
    } catch (const UserError& fault) {
      result.faults.push_back(file.name + ": " + fault.what());
    }
    progress.update(++done);
  }
  find_unlisted(folder, result);
  if (recording) verify_companions(folder, result);
  return result;
}

Verification require_whole(const fs::path& folder, const std::string& why) {
  Verification result = verify_dataset(folder);
  if (!result.faults.empty())
    throw UserError(fmt::format("{} is not whole ({} faults); {}", folder.string(), result.faults.size(),
                                result.faults.front()),
                    why, "mazescan-evaluator verify names every fault");
  return result;
}

std::string dataset_hash(const Manifest& manifest) {
  std::vector<std::string> hashes;
  for (const ManifestFile& file : manifest.files) hashes.push_back(file.payload_hash);
  std::sort(hashes.begin(), hashes.end());
  Hasher hasher;
  for (const std::string& hash : hashes) hasher.add(hash).add("\n");
  return hasher.hex();
}

}  // namespace mazescan

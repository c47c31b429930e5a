#include "evaluator/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/config.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/progress.h"
#include "evaluator/companions.h"
#include "evaluator/result_shard.h"
#include "evaluator/unit_job.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

constexpr const char* kLink =
    "a symbolic link: it may lead anywhere, and a copied folder is without its file";
constexpr const char* kWhole = "an undamaged copy of that file, or the same command that made the dataset";

std::string in_words(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Reads attributes of a manifest that may be anybody's.
class Attributes {
 public:
  explicit Attributes(const fs::path& folder) : path_(folder / "manifest.json") {}
  const nlohmann::json& get(const nlohmann::json& object, const std::string& key,
                            nlohmann::json::value_t type) const {
    const auto found = object.find(key);
    require(found != object.end() && found->type() == type,
            fmt::format("{}: '{}' is missing or of another type", path_.string(), key),
            "the manifest is damaged, or of another program", "an undamaged manifest");
    return *found;
  }
  std::string text(const nlohmann::json& object, const std::string& key) const {
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

// The arithmetic that merge compares must be the one that the recordings were asked for.
void require_arithmetic(const fs::path& path, const nlohmann::json& attributes) {
  const auto told = attributes.find("arithmetic");
  for (const auto& recording : attributes.at("recordings")) {
    const auto config = ConfigNode::from_text(recording.at("config").get<std::string>(),
                                              path.string() + " (recordings.config)");
    std::string asked;
    if (config.has("arithmetic")) config.child("arithmetic").read(asked);
    require(asked.empty() || (told != attributes.end() && *told == asked),
            "its 'arithmetic' is not told truly",
            fmt::format("the attribute is {}, a recording's configuration says {}",
                        told == attributes.end() ? "missing" : in_words(*told), asked),
            kWhole);
  }
}

// What the manifest says of a shard must be what the shard says of itself.
void require_attributes(const ManifestFile& file, const nlohmann::json& of_shard) {
  std::vector<std::string> faults;
  for (const auto& [key, value] : of_shard.items()) {
    const auto told = file.attributes.find(key);
    const bool same = told != file.attributes.end() && *told == value &&
                      told->is_number_integer() == value.is_number_integer();
    if (same) continue;
    faults.push_back(fmt::format("{} is {}, in the manifest {}", key, in_words(value),
                                 told == file.attributes.end() ? "missing" : in_words(*told)));
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

void verify_result_shard(const fs::path& folder, const ManifestFile& file, const DatasetKind& kind,
                         const std::string& key, const std::string& policy_hash) {
  const ResultShard shard = read_result_shard(folder / file.name, kind);
  require(shard.key == key, fmt::format("a shard of another {}", kind.noun),
          fmt::format("its {} is not the manifest's", kind.key_name()), kWhole);
  const std::string policy = shard.policy_hash();
  require(policy == policy_hash, "a shard of another policy",
          fmt::format("its policy_hash is {}, the manifest says {}", policy, policy_hash), kWhole);
  require_hash(file, read_result_claim(folder / file.name, kind).payload_hash);
  require_attributes(
      file, {{"size", shard.unit.size}, {"subject", shard.unit.subject}, {"block", shard.unit.block}});
  require_bytes(folder, file, /*with_hash=*/true);
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
  VerifiedShard verified{file.name,
                         shard.unit,
                         shard.payload_hash,
                         shard.code,
                         static_cast<int64_t>(seeds.size()),
                         shard.count(),
                         0,
                         -1,
                         shard.taps};
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

// Of files and folders, sorted; none where there is no such folder.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Whoever reads all files of shards/ would take what is not listed for samples. Hidden ones are what a killed
// job has not finished.
void find_unlisted(const fs::path& folder, Verification& result) {
  std::set<std::string> listed;
  for (const ManifestFile& file : result.manifest.files) listed.insert(file.name);
  for (const std::string& name : names_in(folder / "shards")) {
    const std::string path = "shards/" + name;
    if (listed.count(path) != 0) continue;
    if (name[0] == '.' && file_fault(folder, path) != kLink)
      result.notices.push_back(path + ": not of the dataset");
    else
      result.faults.push_back(path + ": foreign: the manifest does not list it");
  }
}

// What lies beside the shards: links, which may lead anywhere and are not copied with a folder, are faults;
// what else a dataset does not have is somebody's own (a README, a licence) or was left by a killed job.
void look_around(const fs::path& folder, Verification& result) {
  std::set<std::string> known = {"manifest.json", "plan.json", "shards"};
  for (const ManifestFile& file : result.manifest.files) known.insert(*fs::path(file.name).begin());
  const auto companions = result.manifest.attributes.value(kCompanions, nlohmann::json());
  if (companions.is_object())
    for (const auto& [name, hash] : companions.items())
      if (is_safe_relative_name(name)) known.insert(*fs::path(name).begin());
  const char* job = result.kind().name;
  for (const std::string& name : names_in(folder)) {
    const bool link = file_fault(folder, name) == kLink;
    if (link && companions.count(name) == 0) result.faults.push_back(name + ": " + kLink);
    if (!link && known.count(name) == 0 && !part_of_lock(job, name))
      result.notices.push_back(name + ": not of the dataset");
  }
}

}  // namespace

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

std::set<std::string> Verification::codes() const {
  std::set<std::string> codes;
  for (const VerifiedShard& shard : shards) codes.insert(in_words(shard.code.empty() ? "?" : shard.code));
  return codes;
}

Manifest read_dataset_manifest(const fs::path& folder) {
  const fs::path path = folder / "manifest.json";
  require(fs::exists(path), path.string() + ": no such file",
          "the dataset is not finished, or this is not its folder",
          "the folder of a scan, a recording or an analysis, as runs/quickstart/record; the job that made it "
          "goes "
          "on where it stopped");
  std::vector<std::string> formats;
  for (const DatasetKind& kind : kDatasetKinds) formats.push_back(kind.manifest_format());
  return read_manifest(path, formats, 1);
}

std::string file_fault(const fs::path& folder, const std::string& name) {
  std::error_code none;  // a name that the file system does not take is no file either
  const fs::file_status status = fs::symlink_status(folder / name, none);
  return fs::is_symlink(status) ? kLink : fs::is_regular_file(status) ? "" : "missing, or no file";
}

Verification verify_shards(const fs::path& folder) {
  Verification result;
  result.manifest = read_dataset_manifest(folder);
  const Manifest& manifest = result.manifest;
  const bool recording = result.is_recording();
  const Attributes attributes(folder);
  const DatasetKind& kind = result.kind();
  const std::string owner =
      attributes.text(manifest.attributes, recording ? std::string("policy_hash") : kind.key_name());
  const auto keys = recording ? record_keys(attributes, manifest) : std::set<std::string>{};
  const auto units = manifest.attributes.find("units");
  if (units == manifest.attributes.end() || *units != manifest.files.size())
    result.faults.push_back(fmt::format("manifest.json: lists {} shards where the dataset has {} units",
                                        manifest.files.size(),
                                        units == manifest.attributes.end() ? "no number of" : units->dump()));
  if (recording) {
    try {
      require_arithmetic(folder / "manifest.json", manifest.attributes);
    } catch (const UserError& fault) {
      result.faults.push_back(std::string("manifest.json: ") + fault.what());
    }
  }
  Progress progress("verifying", "shards", manifest.files.size());
  size_t done = 0;
  for (const ManifestFile& file : manifest.files) {
    try {
      const std::string fault = file_fault(folder, file.name);
      require(fault.empty(), fault, "the manifest lists it", kWhole);
      if (recording) {
        VerifiedShard shard = verify_record_shard(folder, file, owner, keys);
        require(result.shards.empty() || same_taps(shard, result.shards.front()),
                "other taps than in " + (result.shards.empty() ? "" : result.shards.front().name),
                "taps, their shapes and precision are those of the whole dataset", kWhole);
        result.shards.push_back(std::move(shard));
      } else if (kind.manifest_format() == kScan.manifest_format()) {
        verify_scan_shard(folder, file, owner);
      } else {
        verify_result_shard(folder, file, kind, owner, attributes.text(manifest.attributes, kPolicyHash));
      }
    } catch (const UserError& fault) {
      result.faults.push_back(file.name + ": " + fault.what());
    }
    progress.update(++done);
  }
  find_unlisted(folder, result);
  return result;
}

Verification verify_dataset(const fs::path& folder) {
  Verification result = verify_shards(folder);
  look_around(folder, result);
  if (result.is_recording()) verify_companions(folder, result);
  return result;
}

Verification require_whole(const fs::path& folder, Verification result, const std::string& why) {
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

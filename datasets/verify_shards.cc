#include "datasets/verify_shards.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/config.h"
#include "core/error.h"
#include "core/progress.h"
#include "datasets/result_shard.h"
#include "datasets/scan_shard_file.h"
#include "storage/seal.h"

namespace fs = std::filesystem;

namespace mazescan::datasets {

namespace {

constexpr const char* kWhole = "an undamaged copy of that file, or the same command that made the dataset";

// Reads attributes of an untrusted manifest.
class Attributes {
 public:
  explicit Attributes(const fs::path& folder) : path_(folder / "manifest.json") {}
  const nlohmann::json& get(const nlohmann::json& object, const std::string& key,
                            nlohmann::json::value_t type) const {
    const auto found = object.find(key);
    require(found != object.end() && found->type() == type,
            lazy("{}: '{}' is missing or of another type", path_.string(), key),
            "the manifest is damaged, or of another program", "an undamaged manifest");
    return *found;
  }
  std::string text(const nlohmann::json& object, const std::string& key) const {
    return get(object, key, nlohmann::json::value_t::string).get<std::string>();
  }

 private:
  fs::path path_;
};

// Checks the attributes that readers of a recording rely on. Returns the keys of all recordings in it.
std::set<std::string> record_keys(const Attributes& attributes, const storage::Manifest& manifest) {
  using Type = nlohmann::json::value_t;
  attributes.get(manifest.attributes, "policy", Type::object);
  std::set<std::string> keys;
  for (const auto& recording : attributes.get(manifest.attributes, "recordings", Type::array)) {
    require(recording.is_object(), "an entry of the manifest's 'recordings' is no object",
            "it is damaged, or of another program", "an undamaged manifest");
    attributes.text(recording, "config");
    keys.insert(attributes.text(recording, kRecording.key_name()));
  }
  return keys;
}

// Checks that compute_dtype, which merge compares, is the one in the recordings' configurations.
void require_compute_dtype(const fs::path& path, const nlohmann::json& attributes) {
  const auto recorded = attributes.find("compute_dtype");
  for (const auto& recording : attributes.at("recordings")) {
    const auto config = ConfigNode::from_text(recording.at("config").get<std::string>(),
                                              path.string() + " (recordings.config)");
    std::string configured;
    if (config.has("compute_dtype")) config.child("compute_dtype").read(configured);
    require(configured.empty() || (recorded != attributes.end() && *recorded == configured),
            "its 'compute_dtype' attribute does not match its configuration",
            lazy("the attribute is {}, a recording's configuration says {}",
                 recorded == attributes.end() ? "missing" : printed(*recorded), configured),
            kWhole);
  }
}

// Checks that the manifest's attributes of a shard match the shard.
void require_attributes(const storage::ManifestFile& file, const nlohmann::json& of_shard) {
  std::vector<std::string> faults;
  for (const auto& [key, value] : of_shard.items()) {
    const auto recorded = file.attributes.find(key);
    const bool same = recorded != file.attributes.end() && *recorded == value &&
                      recorded->is_number_integer() == value.is_number_integer();
    if (same) continue;
    faults.push_back(fmt::format("{} is {}, in the manifest {}", key, printed(value),
                                 recorded == file.attributes.end() ? "missing" : printed(*recorded)));
  }
  require(faults.empty(), "it does not match the manifest", lazy("{}", fmt::join(faults, "; ")), kWhole);
}

void require_hash(const storage::ManifestFile& file, const std::string& payload_hash) {
  require(payload_hash == file.payload_hash, "not the shard that the manifest lists",
          lazy("its payload hash is {}, that in the manifest is {}", payload_hash, file.payload_hash),
          kWhole);
}

// Runs a check of the meaning, if there is one.
template <class Shard>
void require_meaning(const std::function<std::string(const Shard&)>& check, const Shard& shard) {
  const std::string fault = check ? check(shard) : "";
  require(fault.empty(), lazy("it shows what cannot have happened: {}", fault),
          "its hashes are right: somebody or another program made it so", kWhole);
}

void verify_scan_shard(const storage::CheckedFile& from, const storage::ManifestFile& file,
                       const std::string& key, const MeaningChecks& checks) {
  const ShardHeader header = read_shard_header(from);
  require(header.key == key, "a shard of another scan", "its scan_key is not the manifest's", kWhole);
  require_hash(file, header.payload_hash);
  const ScanShard shard = read_shard(from, /*with_activations=*/true);
  for (const TapRecord& tap : shard.taps)
    require(std::none_of(tap.values.begin(), tap.values.end(), [](float v) { return std::isnan(v); }),
            lazy("{} of moment {} holds NaN", tap.tap, tap.moment), "activations must be numbers", kWhole);
  require_attributes(file, {{"size", shard.size}, {"placement", shard.placement}, {"chunk", shard.chunk}});
  require_meaning(checks.scan, shard);
}

void verify_result_shard(const storage::CheckedFile& from, const storage::ManifestFile& file,
                         const DatasetKind& kind, const std::string& key, const std::string& policy_hash) {
  const ResultShard shard = read_result_shard(from, kind);
  require(shard.key == key, lazy("a shard of another {}", kind.noun),
          lazy("its {} is not the manifest's", kind.key_name()), kWhole);
  const std::string policy = shard.policy_hash();
  require(policy == policy_hash, "a shard of another policy",
          lazy("its policy_hash is {}, that in the manifest is {}", policy, policy_hash), kWhole);
  require_hash(file, read_result_header(from, kind).payload_hash);
  require_attributes(
      file, {{"size", shard.unit.size}, {"subject", shard.unit.subject}, {"chunk", shard.unit.chunk}});
}

VerifiedShard verify_record_shard(const storage::CheckedFile& from, const storage::ManifestFile& file,
                                  const std::string& policy_hash, const std::set<std::string>& keys,
                                  const MeaningChecks& checks) {
  const ActivationShard shard = read_activation_shard(from);
  require(shard.unit.policy_hash == policy_hash, "a shard of another policy",
          lazy("its policy_hash is {}, that in the manifest is {}", shard.unit.policy_hash, policy_hash),
          kWhole);
  require(keys.count(shard.unit.record_key) != 0, "a shard of another recording",
          "its record_key is none of the manifest's", kWhole);
  // merge_datasets uses the key in file names.
  require(shard.unit.record_key.size() == 32 &&
              shard.unit.record_key.find_first_not_of("0123456789abcdef") == std::string::npos,
          "its record_key is no hash", "expected 32 hexadecimal digits", kWhole);
  require_hash(file, shard.payload_hash);
  require_attributes(file, {{"size", shard.unit.size},
                            {"placement", shard.unit.placement},
                            {"chunk", shard.unit.chunk},
                            {kRecording.key_name(), shard.unit.record_key},
                            {"samples", shard.count()}});
  require_meaning(checks.recording, shard);
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

// Returns whether two shards can be in one dataset: the same taps with the same shapes and precision.
bool same_taps(const VerifiedShard& a, const VerifiedShard& b) {
  return std::equal(a.taps.begin(), a.taps.end(), b.taps.begin(), b.taps.end(),
                    [](const auto& x, const auto& y) {
                      return x.shape.name == y.shape.name && x.shape.shape == y.shape.shape &&
                             x.type == y.type && x.quantisation == y.quantisation;
                    });
}

// Reports unlisted files in shards/: a program that reads all files there would use them as samples. Hidden
// files are notices, because they are temporary files of a killed job.
void find_unlisted(const fs::path& folder, Verification& result) {
  std::set<std::string> listed;
  for (const storage::ManifestFile& file : result.manifest.files) listed.insert(file.name);
  for (const std::string& name : file_names(folder / "shards")) {
    const std::string path = "shards/" + name;
    if (listed.count(path) != 0) continue;
    if (name[0] == '.' && file_fault(folder, path) != kLinkFault)
      result.notices.push_back(path + ": not of the dataset");
    else
      result.faults.push_back(path + ": foreign: the manifest does not list it");
  }
}

}  // namespace

Verification verify_shards(const fs::path& folder, const MeaningChecks& checks) {
  Verification result;
  result.manifest = read_dataset_manifest(folder);
  const storage::Manifest& manifest = result.manifest;
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
      require_compute_dtype(folder / "manifest.json", manifest.attributes);
    } catch (const UserError& fault) {
      result.faults.push_back(std::string("manifest.json: ") + fault.what());
    }
  }
  Progress progress("verifying", "shards", manifest.files.size());
  size_t done = 0;
  for (const storage::ManifestFile& file : manifest.files) {
    try {
      const std::string fault = file_fault(folder, file.name);
      require(fault.empty(), fault, "the manifest lists it", kWhole);
      const storage::CheckedFile from(folder, file);  // libraries may crash on damaged bytes
      if (recording) {
        VerifiedShard shard = verify_record_shard(from, file, owner, keys, checks);
        require(result.shards.empty() || same_taps(shard, result.shards.front()),
                lazy("other taps than in {}", (result.shards.empty() ? "" : result.shards.front().name)),
                "all shards of a dataset have the same taps, shapes, precision and bounds of codes", kWhole);
        result.shards.push_back(std::move(shard));
      } else if (kind.manifest_format() == kScan.manifest_format()) {
        verify_scan_shard(from, file, owner, checks);
      } else {
        verify_result_shard(from, file, kind, owner, attributes.text(manifest.attributes, kPolicyHash));
      }
    } catch (const UserError& fault) {
      result.faults.push_back(file.name + ": " + fault.what());
    }
    progress.update(++done);
  }
  find_unlisted(folder, result);
  return result;
}

}  // namespace mazescan::datasets

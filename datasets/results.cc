#include "datasets/results.h"

#include <fmt/format.h>

#include "core/error.h"

namespace fs = std::filesystem;

namespace mazescan::datasets {

namespace {

std::string run_again(const DatasetKind& kind) {
  return fmt::format("run mazescan-evaluator {} again: it makes what is missing", kind.name);
}

}  // namespace

storage::Manifest read_results_manifest(const fs::path& folder, const DatasetKind& kind) {
  const fs::path path = folder / "manifest.json";
  require(fs::exists(path), lazy("{}: no such file", path.string()),
          lazy("the {} has not been made, or is not finished", kind.noun), run_again(kind));
  storage::Manifest manifest = storage::read_manifest(path, kind.manifest_format(), 1);
  for (const std::string& name : {kind.key_name(), std::string(kPolicyHash)}) {
    const auto found = manifest.attributes.find(name);
    require(found != manifest.attributes.end() && found->is_string(),
            lazy("{}: attributes.{} is not a string", path.string(), name), "the manifest is damaged",
            run_again(kind));
  }
  const auto units = manifest.attributes.find("units");
  require(units != manifest.attributes.end() && *units == manifest.files.size(),
          lazy("{} lists {} shards", path.string(), manifest.files.size()),
          "this differs from its number of units", run_again(kind));
  return manifest;
}

Results read_results(const fs::path& folder, const DatasetKind& kind) {
  const storage::Manifest manifest = read_results_manifest(folder, kind);
  const std::string key = manifest.attributes.at(kind.key_name()),
                    policy = manifest.attributes.at(kPolicyHash);
  Results results{manifest.attributes, manifest.about, {}};
  for (const storage::ManifestFile& file : manifest.files) {
    const fs::path shard = folder / file.name;
    require(fs::exists(shard), lazy("{}: no such file", shard.string()), "the manifest lists it",
            run_again(kind));
    const storage::CheckedFile from(folder, file);
    const ShardHeader header = read_result_header(from, kind);
    require(
        header.payload_hash == file.payload_hash && header.key == key,
        lazy("{}: not the shard that the manifest lists", shard.string()),
        lazy("its payload hash is {}, that in the manifest is {}", header.payload_hash, file.payload_hash),
        lazy("remove it, and {}", run_again(kind)));
    results.shards.push_back(read_result_shard(from, kind));
    require(results.shards.back().policy_hash() == policy, lazy("{}: of another policy", shard.string()),
            "its policy_hash is not the manifest's",
            lazy("an undamaged manifest; or remove the folder, and {}", run_again(kind)));
  }
  return results;
}

}  // namespace mazescan::datasets

#include "evaluator/analyses/probe/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "datasets/dataset_kind.h"
#include "datasets/verify.h"
#include "storage/manifest.h"

namespace fs = std::filesystem;

namespace mazescan::probe {

namespace {

template <class T, class U>
bool is_among(const std::vector<T>& all, const U& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string manifest_text(const fs::path& folder, const nlohmann::json& attributes, const char* key) {
  const auto found = attributes.find(key);
  require(found != attributes.end() && found->is_string(),
          lazy("{}: '{}' is missing or no text", (folder / "manifest.json").string(), key),
          "the manifest is damaged, or was written by another program", "an undamaged manifest");
  return found->get<std::string>();
}

// Reads the shard's tables and checks them against the file's entry in the manifest.
datasets::ActivationShard open_listed(const fs::path& folder, const storage::ManifestFile& file,
                                      const std::string& policy_hash) {
  const fs::path path = folder / file.name;
  require(fs::exists(path), lazy("{}: no such file", path.string()), "the manifest lists it",
          "an undamaged copy, or the same record command again");
  datasets::ActivationShard shard = datasets::read_activation_tables({folder, file});
  const auto attribute = [&](const char* key) { return file.attributes.value(key, nlohmann::json()); };
  const bool honest = shard.payload_hash == file.payload_hash && fs::file_size(path) == file.bytes &&
                      attribute("size") == shard.unit.size && attribute("placement") == shard.unit.placement;
  require(honest && shard.unit.policy_hash == policy_hash,
          lazy("{}: not the shard that the manifest lists", path.string()),
          honest ? fmt::format("its policy is {}, the manifest's is {}", shard.unit.policy_hash, policy_hash)
                 : fmt::format("payload hash, length, size or placement differ from the manifest ({})",
                               file.payload_hash),
          "mazescan-evaluator verify lists all faults; remove the shard and record again");
  return shard;
}

std::vector<datasets::TapShape> probed_taps(const datasets::ActivationShard& shard, const ProbeConfig& config,
                                            const fs::path& folder) {
  std::vector<datasets::TapShape> taps;
  std::vector<std::string> names;
  for (const auto& tap : shard.taps) names.push_back(tap.shape.name);
  for (const std::string& wanted : config.layers)
    require(std::find(names.begin(), names.end(), wanted) != names.end(),
            lazy("'probe.layers' holds {}", wanted),
            lazy("{} has not recorded it, only {}", folder.string(), fmt::join(names, ", ")),
            lazy("'record.layers' with {}, and record again", wanted));
  for (const auto& tap : shard.taps)
    if (config.layers.empty() ||
        std::find(config.layers.begin(), config.layers.end(), tap.shape.name) != config.layers.end())
      taps.push_back(tap.shape);
  return taps;
}

bool same_shapes(const datasets::ActivationShard& shard, const std::vector<datasets::TapShape>& taps) {
  return std::all_of(taps.begin(), taps.end(), [&](const datasets::TapShape& tap) {
    return std::any_of(shard.taps.begin(), shard.taps.end(), [&](const auto& other) {
      return other.shape.name == tap.name && other.shape.shape == tap.shape;
    });
  });
}

}  // namespace

ProbeDataset open_probe_dataset(const fs::path& folder, const ProbeConfig& config,
                                const std::string& policy_hash) {
  ProbeDataset dataset;
  dataset.folder = folder;
  dataset.placement = config.placement;
  require(fs::exists(folder / "manifest.json"), lazy("{} holds no finished recording", folder.string()),
          "linear probes are fitted to recorded activations",
          "mazescan-evaluator record first, with this file");
  const storage::Manifest manifest = datasets::read_dataset_manifest(folder);
  require(manifest.format == datasets::kRecording.manifest_format(),
          lazy("{} is not a recording", folder.string()), lazy("its manifest has format {}", manifest.format),
          "the folder of a recording, such as runs/quickstart/record");
  const std::string recorded = manifest_text(folder, manifest.attributes, "policy_hash");
  require(recorded == policy_hash, lazy("{} is of another policy", folder.string()),
          lazy("its policy_hash is {}, the configured policy has {}", recorded, policy_hash),
          "a recording of this policy: move the old one away and record again");
  dataset.hash = datasets::dataset_hash(manifest);
  bool first = true;
  for (const storage::ManifestFile& file : manifest.files) {
    if (file.attributes.value("placement", "") != config.placement) continue;
    const datasets::ActivationShard shard = open_listed(folder, file, policy_hash);
    const int size = shard.unit.size;
    if (!config.sizes.empty() &&
        std::find(config.sizes.begin(), config.sizes.end(), size) == config.sizes.end())
      continue;
    if (first) dataset.taps = probed_taps(shard, config, folder);
    first = false;
    require(same_shapes(shard, dataset.taps), lazy("{} has other taps", (folder / file.name).string()),
            "all shards of a recording hold the same layers", "a recording that passes verify");
    dataset.shards[size].push_back(folder / file.name);
  }
  for (const int size : config.sizes)
    require(dataset.shards.count(size) != 0, lazy("'probe.sizes' holds {}", size),
            lazy("{} has no shard of that size with placement {}", folder.string(), config.placement),
            lazy("'record.sizes' with {0} and 'record.placements' with {1}, and record again", size,
                 config.placement));
  require(!dataset.shards.empty() && !dataset.taps.empty(), lazy("{} has nothing to probe", folder.string()),
          "linear probes learn from the placement that 'probe.placement' names",
          lazy("'record.placements' with {} and 'record.layers' with the layers to probe, and record again",
               config.placement));
  return dataset;
}

ProbeDataset expected_probe_dataset(const fs::path& folder, const ProbeConfig& config,
                                    const record::RecordConfig& record, const policy::Network& network) {
  ProbeDataset dataset;
  dataset.folder = folder;
  dataset.placement = config.placement;
  const auto wanted = [](const auto& named, const auto& one) {
    return named.empty() || is_among(named, one);
  };
  for (const auto& tap : network.layers())
    if (is_among(record.layers, tap.name) && wanted(config.layers, tap.name))
      dataset.taps.push_back({tap.name, tap.shape});
  for (const int size : record.sizes)
    if (wanted(config.sizes, size)) dataset.shards[size] = {};
  for (const std::string& layer : config.layers)
    require(is_among(record.layers, layer), lazy("'probe.layers' holds {}", layer),
            lazy("'record.layers' does not, only {}", fmt::join(record.layers, ", ")),
            lazy("'record.layers' with {}", layer));
  for (const int size : config.sizes)
    require(is_among(record.sizes, size), lazy("'probe.sizes' holds {}", size),
            lazy("'record.sizes' does not, only {}", fmt::join(record.sizes, ", ")),
            lazy("'record.sizes' with {}", size));
  require(is_among(record.placements, config.placement),
          lazy("'record.placements' does not hold {}", config.placement),
          "linear probes learn from the placement that 'probe.placement' names",
          lazy("'record.placements' with {}", config.placement));
  return dataset;
}

ProbeSamples read_probe_samples(const ProbeDataset& dataset, int size, uint64_t seed) {
  ProbeSamples samples;
  for (const fs::path& path : dataset.shards.at(size))
    add_samples(samples, datasets::read_activation_tables(path));
  split(samples, seed);
  return samples;
}

}  // namespace mazescan::probe

#include "evaluator/commands/meaning_checks.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "core/config.h"
#include "core/error.h"
#include "envs/task.h"
#include "evaluator/record/record_check.h"
#include "evaluator/scan/scan_check.h"

namespace mazescan::commands {

namespace {

using nlohmann::json;

// The keys of an environment that determine its levels and rules, of those that manifests describe.
constexpr const char* kKeys[] = {"world_dim", "region", "anchor"};

// Returns the value of a key of a JSON object as YAML; "" if it is missing or no plain value.
std::string plain_value(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  return found->is_number() ? found->dump() : "";
}

std::shared_ptr<const envs::Task> described_task(const json& environment) {
  envs::EnvironmentConfig config(plain_value(environment, "name"));
  for (const char* key : kKeys)
    if (const std::string value = plain_value(environment, key); !value.empty()) try {
        config.set(key, value);
      } catch (const UserError&) {  // this environment has no such key
      }
  try {
    config.set("observation", "planes");  // needs no pictures
  } catch (const UserError&) {
  }
  return make_task(config);
}

uint64_t configured_seed(const json& attributes, const std::string& path) {
  int64_t seed = 0;
  const json text = attributes.value("config", json());
  require(text.is_string(), lazy("{}: 'config' is missing", path), "it holds the seed",
          "an undamaged manifest");
  ConfigNode::from_text(text.get<std::string>(), path + " (config)").child("seed").read(seed);
  return static_cast<uint64_t>(seed);
}

}  // namespace

DatasetMeaning meaning_of(const std::filesystem::path& folder) {
  const storage::Manifest manifest = datasets::read_dataset_manifest(folder);
  DatasetMeaning meaning;
  const bool is_scan = manifest.format == datasets::kScan.manifest_format(),
             is_recording = manifest.format == datasets::kRecording.manifest_format();
  if (!is_scan && !is_recording) return meaning;
  try {
    const json policy = manifest.attributes.value("policy", json::object());
    const auto task =
        described_task(policy.is_object() ? policy.value("environment", json::object()) : json());
    if (is_scan)
      meaning.checks.scan =
          [task, seed = configured_seed(manifest.attributes, (folder / "manifest.json").string())](
              const datasets::ScanShard& shard) { return scan::scan_fault(shard, *task, seed); };
    else
      meaning.checks.recording = [task](const datasets::ActivationShard& shard) {
        return record::record_fault(shard, *task);
      };
  } catch (const UserError& error) {
    meaning.why_not = error.what();
  }
  return meaning;
}

}  // namespace mazescan::commands

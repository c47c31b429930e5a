#include "datasets/describe.h"

#include <map>
#include <string>

#include "datasets/verification.h"

namespace fs = std::filesystem;
using nlohmann::json;

namespace mazescan::datasets {

json describe_dataset(const fs::path& folder) {
  const storage::Manifest manifest = read_dataset_manifest(folder);
  const bool recording = manifest.format == kRecording.manifest_format();
  std::map<int, json> sizes;
  uint64_t bytes = 0, samples = 0;
  const auto number = [](const json& object, const char* key) -> int64_t {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
  };
  for (const storage::ManifestFile& file : manifest.files) {
    bytes += file.bytes;
    json& size = sizes[static_cast<int>(number(file.attributes, "size"))];
    auto subject = file.attributes.find("placement");
    if (subject == file.attributes.end()) subject = file.attributes.find("subject");  // the name in analyses
    const bool named = subject != file.attributes.end() && subject->is_string();
    json& there = size[named ? subject->get<std::string>() : "unknown"];
    there["shards"] = number(there, "shards") + 1;
    if (recording) there["samples"] = number(there, "samples") + number(file.attributes, "samples");
    samples += static_cast<uint64_t>(number(file.attributes, "samples"));
  }
  json by_size = json::object();
  for (const auto& [size, placements] : sizes) by_size[std::to_string(size)] = placements;
  json description = {{"format", manifest.format},
                      {"dataset_hash", dataset_hash(manifest)},
                      {"shards", manifest.files.size()},
                      {"bytes", bytes},
                      {"sizes", by_size},
                      {"attributes", manifest.attributes},
                      {"about", manifest.about}};
  if (recording) description["samples"] = samples;
  return description;
}

}  // namespace mazescan::datasets

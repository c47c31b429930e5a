#include "evaluator/scan_plan.h"

#include <algorithm>

#include "storage/manifest.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {
constexpr const char* kFormat = "mazescan-scan-plan";
constexpr const char* kName = "plan.json";
}  // namespace

std::string ScanUnit::file_name() const {
  std::string plain = placement;
  for (char& c : plain)
    if (c == ':' || c == ',') c = '_';
  return fmt::format("size{:02}-{}-{:03}.h5", size, plain, block);
}

std::vector<ScanUnit> scan_units(const ScanConfig& config) {
  std::vector<ScanUnit> units;
  // The largest mazes first: a long unit at the end would be waited for.
  std::vector<int> sizes = config.sizes;
  std::sort(sizes.rbegin(), sizes.rend());
  for (const int size : sizes)
    for (const std::string& placement : config.placements)
      for (int block = 0; block * config.block < config.levels; ++block)
        units.push_back({size, placement, block});
  return units;
}

std::string ScanPart::lock_name() const {
  return is_whole() ? "scan.lock" : fmt::format("scan-{}of{}.lock", index, count);
}

std::string ScanPart::in_words() const {
  return is_whole() ? "" : fmt::format(", part {} of {}", index, count);
}

std::optional<ScanPart> part_of_lock(const std::string& name) {
  ScanPart part;
  std::sscanf(name.c_str(), "scan-%9dof%9d", &part.index, &part.count);
  return part.index >= 1 && part.index <= part.count && part.lock_name() == name ? std::optional(part)
                                                                                 : std::nullopt;
}

ScanPart parse_part(const std::string& text) {
  ScanPart part;
  char rest = 0;
  const int read = std::sscanf(text.c_str(), "%9d/%9d%c", &part.index, &part.count, &rest);
  require(read == 2 && part.index >= 1 && part.index <= part.count, fmt::format("--part is '{}'", text),
          "it names one of several parts of a scan, counted from 1", "3/8 for the third of eight");
  return part;
}

void write_plan(const fs::path& folder, const ScanPlan& plan, const nlohmann::json& about) {
  Manifest manifest;
  manifest.format = kFormat;
  manifest.attributes = {
      {"scan_key", plan.scan_key}, {"code", plan.code}, {"config", dump_config(plan.config)}};
  manifest.about = about;
  write_manifest(folder / kName, manifest);
}

std::optional<ScanPlan> read_plan(const fs::path& folder) {
  const fs::path path = folder / kName;
  if (!fs::exists(path)) return std::nullopt;
  const Manifest manifest = read_manifest(path, kFormat, 1);
  const auto text = [&](const char* name) {
    const auto found = manifest.attributes.find(name);
    require(found != manifest.attributes.end() && found->is_string(),
            fmt::format("{}: attributes.{} is not a text", path.string(), name), "the plan is damaged",
            "move that scan away, or give another run directory");
    return found->get<std::string>();
  };
  return ScanPlan{text("scan_key"), text("code"),
                  parse_config<EvaluatorConfig>(text("config"), path.string() + " (config)")};
}

}  // namespace mazescan

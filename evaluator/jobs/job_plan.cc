#include "evaluator/jobs/job_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "core/error.h"
#include "storage/manifest.h"

namespace fs = std::filesystem;

namespace mazescan::jobs {

namespace {

constexpr const char* kPlan = "plan.json";

JobPlan plan_of(const fs::path& path, const datasets::DatasetKind& kind, const storage::Manifest& manifest) {
  const auto attribute = [&](const std::string& name, bool (nlohmann::json::*is_type)() const noexcept) {
    const auto found = manifest.attributes.find(name);
    require(found != manifest.attributes.end() && ((*found).*is_type)(),
            lazy("{}: attributes.{} is missing or of another type", path.string(), name),
            "the plan is damaged", lazy("move that {} away, or give another run directory", kind.noun));
    return *found;
  };
  using nlohmann::json;
  return {attribute(kind.key_name(), &json::is_string), attribute("code", &json::is_string),
          attribute("config", &json::is_string), attribute("units", &json::is_number_unsigned)};
}

}  // namespace

void write_plan(const fs::path& folder, const datasets::DatasetKind& kind, const JobPlan& plan,
                const nlohmann::json& about) {
  storage::Manifest manifest;
  manifest.format = kind.plan_format();
  manifest.attributes = {
      {kind.key_name(), plan.key}, {"code", plan.code}, {"config", plan.config}, {"units", plan.units}};
  manifest.about = about;
  storage::write_manifest(folder / kPlan, manifest);
}

std::optional<JobPlan> read_plan(const fs::path& folder, const datasets::DatasetKind& kind) {
  const fs::path path = folder / kPlan;
  if (!fs::exists(path)) return std::nullopt;
  return plan_of(path, kind, storage::read_manifest(path, kind.plan_format(), 1));
}

std::pair<const datasets::DatasetKind*, JobPlan> read_any_plan(const fs::path& folder) {
  const fs::path path = folder / kPlan;
  std::vector<std::string> formats;
  for (const datasets::DatasetKind& kind : datasets::kDatasetKinds) formats.push_back(kind.plan_format());
  const storage::Manifest manifest = storage::read_manifest(path, formats, 1);
  const auto which = std::find(formats.begin(), formats.end(), manifest.format) - formats.begin();
  const datasets::DatasetKind& kind = *std::next(std::begin(datasets::kDatasetKinds), which);
  return {&kind, plan_of(path, kind, manifest)};
}

}  // namespace mazescan::jobs

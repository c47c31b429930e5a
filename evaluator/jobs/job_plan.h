#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "datasets/dataset_kind.h"

namespace mazescan::jobs {

// Describes the planned contents of a job's folder: plan.json, written before the first shard, never changed.
struct JobPlan {
  std::string key;     // hash of all that determines the payloads
  std::string code;    // version of the program that began the job
  std::string config;  // configuration of that program, YAML
  size_t units = 0;
};
void write_plan(const std::filesystem::path& folder, const datasets::DatasetKind& kind, const JobPlan& plan,
                const nlohmann::json& about);

// Reads the folder's plan; nullopt if there is none. Throws UserError if the plan is damaged or of another
// kind.
std::optional<JobPlan> read_plan(const std::filesystem::path& folder, const datasets::DatasetKind& kind);

// Reads the folder's plan, of any kind. Throws UserError if there is none or it is damaged.
std::pair<const datasets::DatasetKind*, JobPlan> read_any_plan(const std::filesystem::path& folder);

}  // namespace mazescan::jobs

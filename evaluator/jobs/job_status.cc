#include "evaluator/jobs/job_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <tuple>

#include "core/error.h"
#include "core/progress.h"
#include "evaluator/jobs/job_plan.h"
#include "storage/hdf5/hdf5.h"
#include "storage/lock.h"
#include "storage/seal.h"

namespace fs = std::filesystem;

namespace mazescan::jobs {

namespace {

using nlohmann::json;
using Times = std::vector<fs::file_time_type>;

constexpr size_t kRecentUnits = 50;  // number of units over which the rate is measured

double seconds(fs::file_time_type::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Returns units per second, 0 if unknown. times: modification times of the shards, ascending.
double rate_of(const Times& times) {
  const size_t recent = std::min(kRecentUnits, times.size());
  if (recent < 2) return 0;
  const double took = seconds(times.back() - times[times.size() - recent]);
  return took > 0 ? static_cast<double>(recent - 1) / took : 0;
}

json holders_of(const fs::path& folder) {
  json holders = json::array();
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".lock")
      if (const auto holder = storage::lock_holder(entry.path()))
        holders.push_back(fmt::format("{}: {}", entry.path().stem().string(), *holder));
  return holders;
}

// Throws UserError if the header does not belong to a shard of this job. Does not compare the shard with its
// seal: the status of a large dataset must not take long.
void require_shard(const fs::path& path, const datasets::DatasetKind& kind, const std::string& key) {
  require(storage::has_seal(path), lazy("{} is damaged", path.string()), "it does not end with its seal",
          "run the job again: it makes the shard again");
  const hdf5::H5File file = hdf5::H5File::open(path);
  require(file.text_attribute("/", "format") == kind.shard_format(),
          lazy("{} is no shard of a {}", path.string(), kind.noun), "it has another format", "move it away");
  require(file.text_attribute("/", kind.key_name()) == key,
          lazy("{} is of another {}", path.string(), kind.noun), "its key is not the plan's", "move it away");
}

json status_of(const fs::path& folder) {
  json status = {{"folder", folder.string()},
                 {"kind", nullptr},
                 {"state", "unknown"},
                 {"holders", json::array()},
                 {"units", 0},
                 {"units_in_all", nullptr},
                 {"units_per_second", 0.0},
                 {"seconds_left", nullptr},
                 {"written_seconds_ago", nullptr},
                 {"code", nullptr},
                 {"damaged", json::array()}};
  status["holders"] = holders_of(folder);
  const datasets::DatasetKind* kind = nullptr;
  JobPlan plan;
  try {
    std::tie(kind, plan) = read_any_plan(folder);
  } catch (const UserError& error) {
    status["damaged"].push_back({{"file", "plan.json"}, {"damage", error.what()}});
    return status;
  }
  Times times;
  std::vector<fs::path> shards;
  std::error_code none;  // no folder yet: no shards
  for (const auto& entry : fs::directory_iterator(folder / "shards", none))
    if (entry.path().filename().string()[0] != '.') shards.push_back(entry.path());
  std::sort(shards.begin(), shards.end());
  for (const fs::path& shard : shards) try {
      require_shard(shard, *kind, plan.key);
      times.push_back(fs::last_write_time(shard));
    } catch (const UserError& error) {
      status["damaged"].push_back({{"file", shard.filename().string()}, {"damage", error.what()}});
    }
  std::sort(times.begin(), times.end());
  const double rate = rate_of(times);
  const bool listed = fs::exists(folder / "manifest.json");
  const bool finished = listed && times.size() >= plan.units;
  status["kind"] = kind->name;
  status["code"] = plan.code;
  status["state"] = finished ? "finished" : status["holders"].empty() ? "stopped" : "running";
  status["units"] = times.size();
  status["units_in_all"] = plan.units;
  status["units_per_second"] = rate;
  if (rate > 0)
    status["seconds_left"] = static_cast<double>(plan.units - std::min(times.size(), plan.units)) / rate;
  if (!times.empty())
    status["written_seconds_ago"] = seconds(fs::file_time_type::clock::now() - times.back());
  return status;
}

std::string text_of(const json& status) {
  const auto number = [&](const char* key) { return status.at(key).get<double>(); };
  const auto text = [](const json& value) { return value.get<std::string>(); };
  std::string out = fmt::format("{}: {}", text(status.at("folder")), text(status.at("state")));
  if (status.at("state") == "stopped") out += "; run the same command again to resume";
  if (status.at("state") != "unknown") out += fmt::format("\n  units      {}", number("units"));
  if (status.at("units_in_all").is_number())
    out += fmt::format(" of {} ({:.0f} %)", number("units_in_all"),
                       100 * number("units") / number("units_in_all"));
  if (status.at("seconds_left").is_number() && status.at("state") != "finished")
    out += fmt::format(", {} a minute, {} left", format_count(60 * number("units_per_second")),
                       format_duration(number("seconds_left")));
  if (status.at("written_seconds_ago").is_number())
    out += fmt::format("\n  last unit  {} ago", format_duration(number("written_seconds_ago")));
  for (const json& holder : status.at("holders")) out += fmt::format("\n  at work    {}", text(holder));
  for (const json& file : status.at("damaged"))
    out += fmt::format("\n  DAMAGED    {}", text(file.at("damage")));
  return out;
}

}  // namespace

json job_status(const fs::path& folder) {
  std::vector<fs::path> folders = {folder};
  std::error_code none;  // reported below
  for (const auto& entry : fs::directory_iterator(folder, none)) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  json jobs = json::array();
  for (const fs::path& job : folders)
    if (fs::exists(job / "plan.json", none)) jobs.push_back(status_of(job));
  require(!jobs.empty(), lazy("{} contains no job", folder.string()),
          "neither it nor a folder in it has a plan.json",
          "give the run directory of a scan or a recording, as runs/quickstart");
  return jobs;
}

std::string job_status_text(const json& jobs) {
  std::string text;
  for (const json& job : jobs) text += (text.empty() ? "" : "\n") + text_of(job);
  return text;
}

}  // namespace mazescan::jobs

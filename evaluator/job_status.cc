#include "evaluator/scan_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/progress.h"
#include "evaluator/shard.h"
#include "evaluator/unit_job.h"
#include "storage/lock.h"

namespace fs = std::filesystem;

namespace mazescan {

namespace {

using nlohmann::json;
using Times = std::vector<fs::file_time_type>;

constexpr size_t kRecentUnits = 50;  // over which the rate is measured

double seconds(fs::file_time_type::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Units a second, 0 if unknown. times: when shards were written, ascending.
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
      if (const auto holder = lock_holder(entry.path()))
        holders.push_back(fmt::format("{}: {}", entry.path().stem().string(), *holder));
  return holders;
}

}  // namespace

json scan_status(const fs::path& run) {
  const fs::path folder = fs::exists(run / "plan.json") ? run : run / "scan";
  const auto plan = read_plan(folder, kScan);
  require(plan.has_value(), (folder / "plan.json").string() + ": no such file", "no scan was begun there",
          "give the run directory of a scan, as runs/quickstart");
  const std::vector<WorkUnit> units = work_units(plan->config.scan);
  Times times;
  json damaged = json::array();
  for (const WorkUnit& unit : units) {
    const fs::path shard = folder / "shards" / unit.file_name();
    if (!fs::exists(shard)) continue;
    try {
      require(read_shard_claim(shard).key == plan->key, shard.string() + " is of another scan",
              "its scan key is not the plan's", "move it away");
      times.push_back(fs::last_write_time(shard));
    } catch (const UserError& error) {
      damaged.push_back({{"shard", unit.file_name()}, {"damage", error.what()}});
    }
  }
  std::sort(times.begin(), times.end());
  const size_t missing = units.size() - times.size();
  const double rate = rate_of(times);
  const json holders = holders_of(folder);
  const bool finished = missing == 0 && fs::exists(folder / "manifest.json");
  json status = {{"scan", folder.string()},
                 {"state", finished ? "finished" : holders.empty() ? "stopped" : "running"},
                 {"holders", holders},
                 {"units", times.size()},
                 {"units_in_all", units.size()},
                 {"units_per_second", rate},
                 {"seconds_left", nullptr},
                 {"written_seconds_ago", nullptr},
                 {"code", plan->code},
                 {"damaged", damaged}};
  if (rate > 0) status["seconds_left"] = static_cast<double>(missing) / rate;
  if (!times.empty())
    status["written_seconds_ago"] = seconds(fs::file_time_type::clock::now() - times.back());
  return status;
}

std::string scan_status_text(const json& status) {
  const auto number = [&](const char* key) { return status.at(key).get<double>(); };
  const auto text_of = [&](const json& value) { return value.get<std::string>(); };
  std::string text = fmt::format("{}: {}", text_of(status.at("scan")), text_of(status.at("state")));
  if (status.at("state") == "stopped") text += "; the same command goes on with what is missing";
  text += fmt::format("\n  units      {} of {} ({:.0f} %)", number("units"), number("units_in_all"),
                      100 * number("units") / number("units_in_all"));
  if (status.at("seconds_left").is_number() && status.at("state") != "finished")
    text += fmt::format(", {} a minute, {} left", format_count(60 * number("units_per_second")),
                        format_duration(number("seconds_left")));
  if (status.at("written_seconds_ago").is_number())
    text += fmt::format("\n  last unit  {} ago", format_duration(number("written_seconds_ago")));
  for (const json& holder : status.at("holders")) text += fmt::format("\n  at work    {}", text_of(holder));
  for (const json& shard : status.at("damaged"))
    text += fmt::format("\n  DAMAGED    {}", text_of(shard.at("damage")));
  return text;
}

}  // namespace mazescan

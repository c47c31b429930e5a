#include "trainer/status.h"

#include <optional>
#include <sstream>

#include "core/progress.h"
#include "storage/atomic_file.h"
#include "storage/checkpoint.h"
#include "storage/lock.h"
#include "storage/seal.h"
#include "trainer/config.h"
#include "trainer/run_directory.h"

namespace fs = std::filesystem;

namespace mazescan::trainer {

namespace {

using nlohmann::json;

constexpr size_t kUpdatesOfARate = 20;  // rate and success are measured over these

// Returns the last complete lines of metrics.jsonl.
std::vector<json> recent_lines(const fs::path& path) {
  std::vector<json> lines;
  if (!fs::exists(path)) return lines;
  std::istringstream text(storage::read_file(path));
  for (std::string line; std::getline(text, line);) {
    auto parsed = storage::read_sealed_line(line);
    if (!parsed) continue;  // incomplete or damaged
    lines.push_back(*std::move(parsed));
    if (lines.size() > kUpdatesOfARate) lines.erase(lines.begin());
  }
  return lines;
}

// Returns by how much a counter of these lines grows in a second, 0 if unknown.
double rate_of(const std::vector<json>& lines, const char* counter) {
  if (lines.empty()) return 0;
  const auto change = [&](const char* key) {
    return lines.back().value(key, 0.0) - (lines.size() > 1 ? lines.front().value(key, 0.0) : 0.0);
  };
  return change("seconds") > 0 ? change(counter) / change("seconds") : 0;
}

// Returns the success rate of the episodes in these lines, by maze size.
json success_of(const std::vector<json>& lines) {
  std::map<int, std::pair<double, double>> by_size;  // successes, episodes
  for (const json& line : lines) {
    const json episodes = line.value("episodes", json::object()),
               successes = line.value("success", json::object());
    for (const auto& [size, count] : episodes.items()) {
      auto& tally = by_size[std::atoi(size.c_str())];
      tally.first += successes.value(size, 0.0) * count.get<double>();
      tally.second += count.get<double>();
    }
  }
  json success = json::array();
  for (const auto& [size, tally] : by_size)
    success.push_back({{"size", size}, {"success", tally.first / tally.second}});
  return success;
}

json checkpoints_of(const fs::path& folder) {
  json checkpoints = json::array();
  for (const fs::path& path : storage::checkpoint_folders(folder)) {
    json checkpoint = {{"name", path.filename().string()}, {"damage", nullptr}};
    try {
      storage::load_checkpoint(path);
    } catch (const UserError& error) {
      checkpoint["damage"] = error.what();
    }
    checkpoints.push_back(checkpoint);
  }
  return checkpoints;
}

// Returns the update of the last line, or of the newest checkpoint if there is no line.
int64_t updates_of(const std::vector<json>& lines, const fs::path& checkpoints) {
  if (!lines.empty()) return lines.back().value("update", int64_t{0});
  const auto folders = storage::checkpoint_folders(checkpoints);
  return folders.empty() ? 0 : std::atoll(folders.back().filename().c_str());
}

double seconds_since_change(const fs::path& path) {
  return std::chrono::duration<double>(fs::file_time_type::clock::now() - fs::last_write_time(path)).count();
}

}  // namespace

json training_status(const fs::path& run) try {
  require(fs::exists(run / "config.yaml"), lazy("{}: no such file", (run / "config.yaml").string()),
          "no training has started in this folder",
          "give the run directory of a training, such as runs/quickstart");
  std::optional<TrainerConfig> config;
  std::string config_damage;
  try {
    config = load_config<TrainerConfig>((run / "config.yaml").string());
  } catch (const UserError& error) {
    config_damage = error.what();
  }
  const std::vector<json> lines = recent_lines(run / "metrics.jsonl");
  const auto holder = storage::lock_holder(run / kTrainerLock);
  const int64_t updates = updates_of(lines, run / "checkpoints");
  const double steps = lines.empty() ? 0 : lines.back().value("steps", 0.0);
  json status = {
      {"run", run.string()},
      // A policy file is not enough: an earlier training in this folder may have written it.
      {"state", holder                                                                   ? "running"
                : !config                                                                ? "unknown"
                : updates >= config->updates() && fs::exists(run / "policy.safetensors") ? "finished"
                                                                                         : "stopped"},
      {"updates", updates},
      {"updates_in_all", nullptr},
      {"steps", steps},
      {"steps_in_all", nullptr},  // of states nobody knows how many there will be
      {"steps_per_second", rate_of(lines, "steps")},
      {"seconds", lines.empty() ? 0 : lines.back().value("seconds", 0.0)},
      {"seconds_left", nullptr},
      {"success", success_of(lines)},
      {"holder", nullptr},
      {"written_seconds_ago", nullptr},
      {"checkpoints", checkpoints_of(run / "checkpoints")},
      {"config_damage", nullptr}};
  if (!config) status["config_damage"] = config_damage;
  if (config) {
    status["updates_in_all"] = config->updates();
    if (config->is_sampled() || config->is_offline())
      status["steps_in_all"] = static_cast<double>(config->updates() * config->batch_size());
    if (const double rate = rate_of(lines, "update"); rate > 0)
      status["seconds_left"] = static_cast<double>(config->updates() - updates) / rate;
  }
  if (holder) status["holder"] = *holder;
  if (!lines.empty()) status["written_seconds_ago"] = seconds_since_change(run / "metrics.jsonl");
  return status;
} catch (const json::exception& error) {
  throw UserError(fmt::format("{} is damaged", (run / "metrics.jsonl").string()), error.what(),
                  "restore an undamaged file");
}

std::string status_text(const json& status) {
  const auto number = [&](const char* key) { return status.at(key).get<double>(); };
  std::string text =
      fmt::format("{}: {}", status.at("run").get<std::string>(), status.at("state").get<std::string>());
  if (status.at("holder").is_string()) text += fmt::format(" ({})", status.at("holder").get<std::string>());
  if (status.at("state") == "stopped")
    text += "; run the same command again to resume from the newest checkpoint";
  const bool known = status.at("config_damage").is_null();
  text += fmt::format("\n  updates      {}", number("updates"));
  if (known)
    text += fmt::format(" of {} ({:.0f} %)", number("updates_in_all"),
                        100 * number("updates") / number("updates_in_all"));
  text += fmt::format("\n  steps        {}", format_count(number("steps")));
  if (status.at("steps_in_all").is_number()) text += " of " + format_count(number("steps_in_all"));
  text += fmt::format(", {}/s", format_count(number("steps_per_second")));
  text += fmt::format("\n  time         {} so far", format_duration(number("seconds")));
  if (status.at("seconds_left").is_number() && status.at("state") != "finished")
    text += fmt::format(", {} left", format_duration(number("seconds_left")));
  if (status.at("written_seconds_ago").is_number())
    text += fmt::format("\n  last update  {} ago", format_duration(number("written_seconds_ago")));
  if (!status.at("success").empty()) text += "\n  success     ";
  for (const json& size : status.at("success"))
    text += fmt::format(" {}: {:.3f} ", size.at("size").get<int>(), size.at("success").get<double>());
  for (const json& checkpoint : status.at("checkpoints")) {
    text += fmt::format("\n  checkpoint   {}", checkpoint.at("name").get<std::string>());
    if (checkpoint.at("damage").is_string())
      text += fmt::format("  DAMAGED: {}", checkpoint.at("damage").get<std::string>());
  }
  if (!known) text += "\n  DAMAGED      " + status.at("config_damage").get<std::string>();
  return text;
}

}  // namespace mazescan::trainer

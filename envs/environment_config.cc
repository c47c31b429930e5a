#include "envs/environment_config.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "envs/environment_info.h"

namespace mazescan::envs {

void EpisodeConfig::validate() const {
  require(std::isfinite(reward), lazy("environment.reward: {}", reward), "a reward is a finite number",
          "10, as in procgen");
  constexpr int64_t kSeeds = std::numeric_limits<int32_t>::max();
  require(levels >= 0 && start_level >= 0 && levels <= kSeeds && start_level <= kSeeds - levels,
          lazy("environment.levels: {} from start_level {}", levels, start_level),
          lazy("level seeds run from 0 to {}", kSeeds - 1), "a range within it, or levels: 0 for all");
}

EnvironmentConfig::EnvironmentConfig() : EnvironmentConfig(environments().front().name) {}

EnvironmentConfig::EnvironmentConfig(const std::string& name)
    : name_(name), own_(environment_info(name).keys) {
  time_limit = environment_info(name).time_limit;
}

void EnvironmentConfig::set(const std::string& key, const std::string& text) {
  *this = parse_config<EnvironmentConfig>(dump_config(*this), "environment",
                                          {key + "=" + config_detail::scalar_text(text)});
}

void EnvironmentConfig::validate() const {
  own_.validate();
  EpisodeConfig::validate();
}

const std::string& EnvironmentConfig::help_of_names() {
  static const std::string help = [] {
    std::string text;
    for (const EnvironmentInfo& info : environments())
      text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", info.name, info.help);
    return text;
  }();
  return help;
}

const std::vector<std::string>& EnvironmentConfig::environment_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const EnvironmentInfo& info : environments()) all.push_back(info.name);
    return all;
  }();
  return names;
}

int time_limit(const EpisodeConfig& config, int size) {
  if (config.time_limit_per_size == 0) return config.time_limit;
  return static_cast<int>(
      std::min<int64_t>(config.time_limit, static_cast<int64_t>(config.time_limit_per_size) * size));
}

}  // namespace mazescan::envs

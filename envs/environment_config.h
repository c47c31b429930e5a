#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/config_section.h"
#include "envs/actions.h"

namespace mazescan::envs {

// The keys that every environment has.
struct EpisodeConfig {
  ActionSet actions = ActionSet::procgen;
  double reward = 10;
  int time_limit = 500;
  int time_limit_per_size = 0;
  int64_t levels = 0;
  int64_t start_level = 0;
  bool sequential = false;

  template <class Visitor>
  void fields(Visitor& visit) {
    visit("actions", actions, "procgen (15) or moves (5: left, down, up, right, noop)");
    visit("reward", reward, "reward for reaching the goal");
    visit("time_limit", time_limit, "steps after which an episode is truncated", at_least(1));
    visit("time_limit_per_size", time_limit_per_size,
          "if > 0, a level's limit is min(time_limit, this x its size)", at_least(0));
    visit("levels", levels, "number of level seeds from start_level on; 0: all 2^31 - 1, start_level unused",
          between(0, 2147483647.0));
    visit("start_level", start_level, "first level seed", between(0, 2147483647.0));
    visit("sequential", sequential, "after a success continue with level seed + 997, in the same episode");
  }
  // Checks conditions on several keys. Throws UserError.
  void validate() const;
};

// The section `environment` of a configuration: the name of an environment, the keys that this environment
// reads, and those that all have.
class EnvironmentConfig : public EpisodeConfig {
 public:
  // Sets the defaults of the first environment in the table (envs/environment_info.h).
  EnvironmentConfig();
  // Sets the defaults of the environment of this name. Throws UserError if there is none.
  explicit EnvironmentConfig(const std::string& name);

  const std::string& name() const { return name_; }

  // Returns the keys of this environment only. T: their struct. Throws InternalError if the environment has
  // another struct.
  template <class T>
  T& own() {
    T* const keys = own_if<T>();
    expect(keys != nullptr, "keys of this environment");
    return *keys;
  }
  template <class T>
  const T& own() const {
    return const_cast<EnvironmentConfig*>(this)->own<T>();
  }
  // Same, but returns nullptr if the environment has another struct.
  template <class T>
  T* own_if() {
    return own_.get<T>();
  }
  template <class T>
  const T* own_if() const {
    return const_cast<EnvironmentConfig*>(this)->own_if<T>();
  }

  // Sets a key to the value that `text` has in YAML. Throws UserError if the environment has no such key.
  void set(const std::string& key, const std::string& text);

  template <class Visitor>
  void fields(Visitor& visit) {
    std::string name = name_;
    visit("name", name, help_of_names().c_str(), one_of(environment_names()));
    if (name != name_) *this = EnvironmentConfig(name);
    own_.fields(visit);
    EpisodeConfig::fields(visit);
  }
  void validate() const;

 private:
  static const std::string& help_of_names();
  static const std::vector<std::string>& environment_names();

  std::string name_;
  AnySection own_;
};

// Returns the number of steps after which an episode on a level of this size is truncated.
int time_limit(const EpisodeConfig& config, int size);

}  // namespace mazescan::envs

#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/jobs/run_config.h"

namespace mazescan::commands {

// The arguments of a command that reads a configuration file.
struct Configured {
  std::string path;
  std::vector<std::string> overrides;
  bool dump = false;

  void declare(CLI::App& app);
  // Returns the configuration. With --dump-config, prints it and returns nothing. Throws UserError if the
  // file or an override is invalid.
  std::optional<jobs::RunConfig> read() const;
};

}  // namespace mazescan::commands

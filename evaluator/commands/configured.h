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
  std::string printed_key;

  void declare(CLI::App& app);
  // Returns the configuration. With --dump-config or --print, prints what was asked for and returns nothing.
  // Throws UserError if the file, an override or a printed key is invalid.
  std::optional<jobs::RunConfig> read() const;
};

}  // namespace mazescan::commands

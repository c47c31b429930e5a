#include "evaluator/commands/configured.h"

#include <cstdio>

#include "core/config_value.h"
#include "evaluator/registry/registry.h"

namespace mazescan::commands {

void Configured::declare(CLI::App& app) {
  app.add_option("config", path, "YAML configuration")->required();
  app.add_option("--set", overrides, "override one key: a.b=value (repeatable)")->allow_extra_args(false);
  app.add_flag("--dump-config", dump, "print the full configuration with its comments and exit");
  app.add_option("--print", printed_key, "print the value of one key, such as run, and exit");
}

std::optional<jobs::RunConfig> Configured::read() const {
  jobs::RunConfig config = registry::load_run_config(path, overrides);
  if (dump)
    std::fputs(dump_config(config).c_str(), stdout);
  else if (!printed_key.empty())
    std::puts(config_value(config_keys(config), printed_key).c_str());
  else
    return config;
  return std::nullopt;
}

}  // namespace mazescan::commands

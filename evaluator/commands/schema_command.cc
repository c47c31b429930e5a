#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/config_schema.h"
#include "evaluator/commands/command.h"
#include "evaluator/registry/registry.h"

namespace mazescan::commands {

Command schema_command() {
  return {"schema", "print the JSON Schema of the sections that the jobs read, for editors",
          [](CLI::App& /*app*/) -> Action {
            return [](int, char**) {
              const ConfigKeys keys = config_keys(registry::default_config());
              std::puts(config_schema(keys, "configuration of mazescan-evaluator").dump(1).c_str());
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

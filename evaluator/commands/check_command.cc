#include <cstdio>
#include <memory>

#include "evaluator/commands/command.h"
#include "evaluator/parity/check.h"
#include "storage/child_process.h"

namespace mazescan::commands {

namespace {

struct CheckArguments {
  std::string recordings, assets;
};

// Returns the exit status: 1 if the world differs from the recorded one.
int check(const CheckArguments& arguments) {
  storage::continue_in_child({arguments.recordings});
  parity::Textures textures;
  if (!arguments.assets.empty()) textures = {frame::ThemeName::procgen, arguments.assets};
  const parity::CheckReport found = parity::check_recordings(arguments.recordings, textures);
  std::fputs(found.text().c_str(), stdout);
  return found.all_equal() ? 0 : 1;
}

}  // namespace

Command check_command() {
  return {"check",
          "compare the world with recordings of the original programs; exit status 1 if anything differs",
          [](CLI::App& app) -> Action {
            const auto arguments = std::make_shared<CheckArguments>();
            app.add_option("recordings", arguments->recordings, "folder of levels.h5, rollouts.h5, frames.h5")
                ->required();
            app.add_option("--assets", arguments->assets,
                           "folder of procgen's picture files: compare frames, too");
            return [arguments](int, char**) { return check(*arguments); };
          }};
}

}  // namespace mazescan::commands

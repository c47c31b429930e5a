#include <cstdio>
#include <memory>

#include "evaluator/analyses/edit/stored_edit.h"
#include "evaluator/commands/command.h"
#include "evaluator/commands/configured.h"

namespace mazescan::commands {

namespace {

struct ExportEditArguments {
  Configured configured;
  std::string path;
  edit::WhichEdit which;
};

}  // namespace

Command export_edit_command() {
  return {"export-edit",
          R"(write an edit that the job 'edit' found as a file for edit --apply and draw --edits

  export-edit configs/quickstart.yaml mask.yaml --size 7 --experiment every_cell --family mask --fraction 0.03

Options that one edit satisfies suffice; otherwise the command lists those to choose from.
)",
          [](CLI::App& app) -> Action {
            const auto arguments = std::make_shared<ExportEditArguments>();
            arguments->configured.declare(app);
            app.add_option("file", arguments->path,
                           "the YAML file to write; tensors go beside it, as .safetensors")
                ->required();
            app.add_option("--size", arguments->which.size, "maze size");
            app.add_option("--experiment", arguments->which.experiment,
                           "kind of target: every_cell, top_left, ...");
            app.add_option("--family", arguments->which.family, "clamp, vector or mask");
            app.add_option("--fraction", arguments->which.fraction,
                           "allowed share of the network, as in edit.fractions");
            app.add_option("--control", arguments->which.control,
                           "a control of the search instead of an edit: 'no limit', 'twice the search'");
            return [arguments](int, char**) {
              if (const auto config = arguments->configured.read())
                std::fputs(edit::export_edit(*config, arguments->which, arguments->path).c_str(), stdout);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

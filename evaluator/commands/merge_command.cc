#include <memory>

#include "datasets/merge.h"
#include "evaluator/commands/command.h"

namespace mazescan::commands {

Command merge_command() {
  return {
      "merge", "put activations datasets of one policy together in a new folder",
      [](CLI::App& app) -> Action {
        struct Arguments {
          std::string out;
          std::vector<std::string> folders;
        };
        const auto arguments = std::make_shared<Arguments>();
        app.add_option("out", arguments->out, "the new folder")->required();
        app.add_option("dataset", arguments->folders, "folders of activations datasets")->required();
        return [arguments](int, char**) {
          datasets::merge_datasets(arguments->out, {arguments->folders.begin(), arguments->folders.end()});
          return 0;
        };
      }};
}

}  // namespace mazescan::commands

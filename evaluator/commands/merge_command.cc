#include <memory>

#include "datasets/merge.h"
#include "evaluator/commands/command.h"
#include "storage/child_process.h"

namespace mazescan::commands {

Command merge_command() {
  return {"merge", "put activations datasets of one policy together in a new folder",
          [](CLI::App& app) -> Action {
            struct Arguments {
              std::string out;
              std::vector<std::string> folders;
            };
            const auto arguments = std::make_shared<Arguments>();
            app.add_option("out", arguments->out, "the new folder")->required();
            app.add_option("dataset", arguments->folders, "folders of activations datasets")->required();
            return [arguments](int, char**) {
              const std::vector<std::filesystem::path> folders(arguments->folders.begin(),
                                                               arguments->folders.end());
              storage::continue_in_child(folders);
              datasets::merge_datasets(arguments->out, folders);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "core/error.h"
#include "datasets/verify.h"
#include "evaluator/commands/command.h"
#include "evaluator/commands/meaning_checks.h"
#include "storage/child_process.h"

namespace mazescan::commands {

namespace {

// Prints each fault. Returns the exit status.
int verify(const std::vector<std::string>& folders) {
  storage::continue_in_child({folders.begin(), folders.end()});
  bool whole = true;
  // Names in a damaged dataset may hold control characters.
  const auto print = [](const std::string& line) { std::puts(printable(line).c_str()); };
  for (const std::string& folder : folders) {
    const DatasetMeaning meaning = meaning_of(folder);
    const datasets::Verification found = datasets::verify_dataset(folder, meaning.checks);
    for (const std::string& fault : found.faults) print(folder + "/" + fault);
    for (const std::string& notice : found.notices) print("note: " + folder + "/" + notice);
    if (!meaning.why_not.empty())
      print("note: " + folder + ": its levels are not made again: " + meaning.why_not);
    print(fmt::format("{}: {} shards{}, {}", folder, found.manifest.files.size(),
                      found.is_recording() ? fmt::format(", {} samples", found.samples()) : "",
                      found.faults.empty() ? "whole" : fmt::format("{} FAULTS", found.faults.size())));
    whole = whole && found.faults.empty();
  }
  return whole ? 0 : 1;
}

}  // namespace

Command verify_command() {
  return {"verify", "read every byte of what jobs have written; exit status 1 if anything is wrong",
          [](CLI::App& app) -> Action {
            const auto folders = std::make_shared<std::vector<std::string>>();
            app.add_option("dataset", *folders, "folders with a manifest.json")->required();
            return [folders](int, char**) { return verify(*folders); };
          }};
}

}  // namespace mazescan::commands

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "evaluator/commands/command.h"
#include "evaluator/questions/questions.h"
#include "evaluator/registry/registry.h"

namespace mazescan::commands {

namespace {

// Returns the names of the steps that must end before the job starts.
std::vector<std::string> needs_of(const jobs::JobInfo& job) {
  std::vector<std::string> names;
  for (const datasets::DatasetKind& kind : job.needs) names.emplace_back(kind.name);
  if (names.empty()) names.emplace_back("train");  // the trainer, not a job; the jobs that it needs follow it
  return names;
}

nlohmann::json jobs_json() {
  nlohmann::json list = nlohmann::json::array();
  for (const jobs::JobInfo& job : registry::jobs())
    list.push_back({{"name", job.kind.name},
                    {"help", job.help},
                    {"section", job.kind.name},
                    {"needs", needs_of(job)},
                    {"in_parts", job.in_parts},
                    {"answers", questions::answered_by(job.kind)}});
  return list;
}

// Returns one line for each job with the columns name, requirements, "parts" or "whole", help.
std::string jobs_text() {
  std::string text;
  for (const jobs::JobInfo& job : registry::jobs())
    text +=
        fmt::format("{:<9} {:<9} {:<6} {}\n", job.kind.name, fmt::format("{}", fmt::join(needs_of(job), ",")),
                    job.in_parts ? "parts" : "whole", job.help);
  return text;
}

}  // namespace

Command jobs_command() {
  return {"jobs", "list the jobs: name, what must run before, whether in parts, what it does",
          [](CLI::App& app) -> Action {
            const auto json = std::make_shared<bool>(false);
            app.add_flag("--json", *json, "print JSON, with sections and questions");
            return [json](int, char**) {
              std::fputs((*json ? jobs_json().dump(2) + "\n" : jobs_text()).c_str(), stdout);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "envs/maze/maze_config.h"
#include "envs/task.h"
#include "evaluator/commands/command.h"
#include "evaluator/policies/expected_policy.h"
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

bool works_on(const jobs::JobInfo& job, const policies::TrainedPolicy& trained) {
  const auto* const maze = trained.environment.own_if<maze::MazeConfig>();
  const auto task = make_task(trained.environment);
  switch (job.policies) {
    case jobs::JobPolicies::of_cells:
      return !task->is_continuous();
    case jobs::JobPolicies::without_objects:
      return !task->is_continuous() && !task->has_objects();
    case jobs::JobPolicies::of_mazes:
      return maze != nullptr;
    case jobs::JobPolicies::of_maze_planes:
      return maze != nullptr && maze->observation == envs::Interface::planes;
  }
  return false;
}

// Returns the jobs that work on the policy of a configuration, trained or not; all jobs without one.
std::vector<jobs::JobInfo> jobs_for(const std::string& path, const std::vector<std::string>& overrides) {
  if (path.empty()) return registry::jobs();
  const jobs::RunConfig config = registry::load_run_config(path, overrides);
  const policies::ExpectedPolicy policy =
      policies::expected_policy(policies::policy_path(config, ""), config.source);
  std::vector<jobs::JobInfo> fitting;
  for (const jobs::JobInfo& job : registry::jobs())
    if (works_on(job, policy.trained)) fitting.push_back(job);
  return fitting;
}

nlohmann::json jobs_json(const std::vector<jobs::JobInfo>& jobs) {
  nlohmann::json list = nlohmann::json::array();
  for (const jobs::JobInfo& job : jobs)
    list.push_back({{"name", job.kind.name},
                    {"help", job.help},
                    {"section", job.kind.name},
                    {"needs", needs_of(job)},
                    {"in_parts", job.in_parts},
                    {"answers", questions::answered_by(job.kind)}});
  return list;
}

// Returns one line for each job with the columns name, requirements, "parts" or "whole", help.
std::string jobs_text(const std::vector<jobs::JobInfo>& jobs) {
  std::string text;
  for (const jobs::JobInfo& job : jobs)
    text +=
        fmt::format("{:<9} {:<9} {:<6} {}\n", job.kind.name, fmt::format("{}", fmt::join(needs_of(job), ",")),
                    job.in_parts ? "parts" : "whole", job.help);
  return text;
}

struct JobsArguments {
  bool json = false;
  std::string path;
  std::vector<std::string> overrides;
};

}  // namespace

Command jobs_command() {
  return {"jobs", "list the jobs: name, what must run before, whether in parts, what it does",
          [](CLI::App& app) -> Action {
            const auto arguments = std::make_shared<JobsArguments>();
            app.add_flag("--json", arguments->json, "print JSON, with sections and questions");
            CLI::Option* const path = app.add_option(
                "--for", arguments->path, "only the jobs that work on the policy of this configuration");
            app.add_option("--set", arguments->overrides, "override one key of it: a.b=value (repeatable)")
                ->allow_extra_args(false)
                ->needs(path);
            return [arguments](int, char**) {
              const auto jobs = jobs_for(arguments->path, arguments->overrides);
              std::fputs((arguments->json ? jobs_json(jobs).dump(2) + "\n" : jobs_text(jobs)).c_str(),
                         stdout);
              return 0;
            };
          }};
}

}  // namespace mazescan::commands

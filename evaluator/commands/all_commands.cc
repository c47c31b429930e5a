#include "evaluator/commands/command.h"
#include "evaluator/registry/registry.h"

namespace mazescan::commands {

std::vector<Command> all_commands() {
  std::vector<Command> commands;
  for (const jobs::JobInfo& job : registry::jobs()) commands.push_back(job_command(job));
  for (Command& command : std::vector<Command>{
           jobs_command(), collect_command(), find_channels_command(), export_edit_command(),
           status_command(), report_command(), compare_command(), scaling_command(), verify_command(),
           merge_command(), describe_command(), import_command(), export_command(), draw_command(),
           maze_command(), explore_command(), check_command(), schema_command()})
    commands.push_back(std::move(command));
  return commands;
}

}  // namespace mazescan::commands

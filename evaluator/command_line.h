#pragma once
#include <optional>
#include <string>
#include <vector>

#include "evaluator/check.h"
#include "evaluator/draw/draw_job.h"

namespace mazescan {

// What mazescan-evaluator is asked for: a command, and what those that have such options were given.
struct CommandLine {
  std::string command;  // "scan", "verify", ...

  std::string config;  // YAML file of a job, of report and of find-channels
  std::vector<std::string> overrides;
  bool dump_config = false;
  // Of jobs of many units.
  std::string part = "1/1";
  double patience = 0;  // seconds
  bool dry_run = false;
  std::string apply;  // of edit: a file of edits

  std::string path;                  // of describe and status
  bool json = false;                 // of status
  std::string from, to;              // of import and export
  std::string out;                   // of merge and compare
  std::vector<std::string> folders;  // of verify, merge and compare
  std::string recordings;            // of check
  Textures textures;                 // of the recordings
  draw::DrawJob picture;
  draw::MazeChoice maze;  // of maze
};

// Prints help and returns nothing where that is what was asked for. Throws UserError for what cannot be
// understood.
std::optional<CommandLine> read_command_line(int argc, char** argv);

}  // namespace mazescan

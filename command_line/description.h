#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

// What a program accepts on its command line, as data: manual pages and completions are made from it.
namespace mazescan::command_line {

struct Option {
  std::vector<std::string> names;    // "-h", "--help"; of an argument without dashes, its name
  std::string value;                 // kind of its value, such as TEXT; empty: a flag
  std::vector<std::string> choices;  // the allowed values, if they have names
  std::string help;
  std::string standard;  // default value, if the program shows it
  bool is_required = false;
  bool is_repeatable = false;
  bool is_number = false;
};

struct Command {
  std::string name;
  std::string summary;            // one line
  std::string text;               // the rest of its description; lines of examples begin with two spaces
  std::vector<Option> arguments;  // without dashes, in order
  std::vector<Option> options;
  std::vector<Command> commands;
};

// Describes a program. Its description begins with "NAME: SUMMARY".
Command describe(const CLI::App& program, const std::string& name);

// Splits a text into its lines, without an empty one at the end.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace mazescan::command_line

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command_line/completion.h"

namespace mazescan::command_line {

namespace {

std::string quoted_for_fish(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

// Returns the lines of a command's options. condition: of fish, when they are completed.
std::string option_lines(const std::string& program, const std::string& condition,
                         const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) {
    text += fmt::format("complete -c {} -n '{}'", program, condition);
    for (const std::string& name : option.names)
      text += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.choices.empty()) {
      text += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
    } else if (!option.value.empty()) {
      text += option.is_number ? " -x" : " -r -F";
    }
    text += fmt::format(" -d {}\n", quoted_for_fish(option.help));
  }
  return text;
}

}  // namespace

std::string fish_completion(const Command& program) {
  constexpr const char* kNoCommand = "__fish_use_subcommand";
  std::string text =
      fmt::format("# Completion of {0} in fish, printed by {0} --completion fish.\n", program.name);
  for (const Command& command : program.commands)
    text +=
        fmt::format("complete -c {} -n {}{} -a {} -d {}\n", program.name, kNoCommand,
                    program.arguments.empty() ? " -f" : "", command.name, quoted_for_fish(command.summary));
  text += option_lines(program.name, kNoCommand, program.options);
  for (const Command& command : program.commands)
    text += option_lines(program.name, "__fish_seen_subcommand_from " + command.name, command.options);
  return text;
}

}  // namespace mazescan::command_line

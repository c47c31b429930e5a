#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "command_line/completion.h"

namespace mazescan::command_line {

namespace {

constexpr const char* kBash = R"(# Completion of NAME in bash, printed by NAME --completion bash.
_FUNCTION() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= options= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      COMMANDS) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  case "$command $previous" in
VALUES    *) ;;
  esac
  case $command in
OPTIONS  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "WORDS" -- "$current"; FILES)
  fi
}
complete -o default -o filenames -F _FUNCTION NAME
)";

void replace_in_bash(std::string& text, const std::string& word, const std::string& by) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
}

std::string function_name(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// Returns the lines for the values of a command's options: names, or nothing for numbers; else files.
std::string value_lines(const std::string& command, const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) {
    if (option.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) patterns.push_back(fmt::format("\"{} {}\"", command, name));
    std::string action = "return";
    if (!option.choices.empty()) {
      action = fmt::format("mapfile -t COMPREPLY < <(compgen -W \"{}\" -- \"$current\"); return",
                           fmt::join(option.choices, " "));
    } else if (option.is_number) {
      action = "compopt +o default; return";
    }
    text += fmt::format("    {}) {} ;;\n", fmt::join(patterns, "|"), action);
  }
  return text;
}

std::string option_line(const std::string& command, const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const Option& option : options) names.insert(names.end(), option.names.begin(), option.names.end());
  return fmt::format("    {}) options=\"{}\" ;;\n", command.empty() ? "\"\"" : command,
                     fmt::join(names, " "));
}

}  // namespace

std::string bash_completion(const Command& program) {
  std::vector<std::string> commands;
  std::string values = value_lines("", program.options), options = option_line("", program.options);
  for (const Command& command : program.commands) {
    commands.push_back(command.name);
    values += value_lines(command.name, command.options);
    options += option_line(command.name, command.options);
  }
  std::string text = kBash;
  replace_in_bash(text, "COMMANDS", fmt::format("{}", fmt::join(commands, "|")));
  replace_in_bash(text, "WORDS\"", fmt::format("{}\"", fmt::join(commands, " ")));
  replace_in_bash(text, "FILES", program.arguments.empty() ? ":" : "compgen -f -- \"$current\"");
  replace_in_bash(text, "VALUES", values);
  replace_in_bash(text, "OPTIONS", options);
  replace_in_bash(text, "FUNCTION", function_name(program.name));
  replace_in_bash(text, "NAME", program.name);
  return text;
}

}  // namespace mazescan::command_line

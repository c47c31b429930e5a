#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command_line/completion.h"

namespace mazescan::command_line {

namespace {

// Quotes a word; inside it, `special` characters get a backslash.
std::string quoted_for_zsh(const std::string& text, const std::string& special) {
  std::string out = "'";
  for (const char c : text) {
    if (special.find(c) != std::string::npos) out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string escaped_help(const std::string& text) {
  const std::string quoted = quoted_for_zsh(text, "[]:\\");
  return quoted.substr(1, quoted.size() - 2);
}

// Returns what completes a value.
std::string action_of(const Option& option) {
  if (!option.choices.empty()) return fmt::format("({})", fmt::join(option.choices, " "));
  return option.is_number ? " " : "_files";
}

// Returns the specifications of a command's options and arguments for _arguments.
std::string specifications(const Command& command) {
  std::string text;
  for (const Option& option : command.options)
    for (const std::string& name : option.names) {
      const bool is_long = name.rfind("--", 0) == 0;
      const std::string value =
          option.value.empty() ? "" : fmt::format(":{}:{}", option.value, action_of(option));
      text += fmt::format(" \\\n        '{}{}{}[{}]{}'", option.is_repeatable ? "*" : "", name,
                          !option.value.empty() && is_long ? "=" : "", escaped_help(option.help), value);
    }
  for (const Option& argument : command.arguments)
    text += fmt::format(" \\\n        '{}:{}:{}'",
                        argument.is_repeatable ? "*"
                        : argument.is_required ? ""
                                               : ":",
                        escaped_help(argument.help), action_of(argument));
  return text;
}

}  // namespace

std::string zsh_completion(const Command& program) {
  std::string commands, cases;
  for (const Command& command : program.commands) {
    commands += fmt::format("\n    {}", quoted_for_zsh(command.name + ":" + command.summary, "\\"));
    cases += fmt::format("    {})\n      _arguments{}\n      ;;\n", command.name, specifications(command));
  }
  Command alone = program;  // without arguments: the first word is a command, or a file
  alone.arguments.clear();
  return fmt::format(R"(#compdef {0}
# Completion of {0} in zsh, printed by {0} --completion zsh.
_{0}() {{
  local context state state_descr line
  typeset -A opt_args
  local -a commands=({1}
  )
  _arguments -C{2} \
        '1:command:->command' \
        '*::argument:->arguments'
  case $state in
    command)
      _describe command commands{3}
      ;;
    arguments)
      case $line[1] in
{4}      esac
      ;;
  esac
}}
if [ "$funcstack[1]" = "_{0}" ]; then
  _{0} "$@"
else
  compdef _{0} {0}
fi
)",
                     program.name, commands, specifications(alone),
                     program.arguments.empty() ? "" : "\n      _files", cases);
}

}  // namespace mazescan::command_line

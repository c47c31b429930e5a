#include "command_line/description.h"

#include <fmt/format.h>

#include <sstream>

namespace mazescan::command_line {

namespace {

// Returns the names in CLI11's description of a value, such as "TEXT:{maze,frame}".
std::vector<std::string> choices_of(const std::string& type) {
  const size_t begin = type.find('{'), end = type.find('}');
  std::vector<std::string> choices;
  if (begin == std::string::npos || end == std::string::npos) return choices;
  std::stringstream names(type.substr(begin + 1, end - begin - 1));
  for (std::string name; std::getline(names, name, ',');) choices.push_back(name);
  return choices;
}

Option describe_option(const CLI::Option& option) {
  Option described;
  const bool is_argument = option.get_positional() && option.get_lnames().empty();
  if (is_argument) described.names.push_back(option.get_name(true));
  for (const std::string& name : option.get_snames()) described.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) described.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) {
    const std::string type = option.get_type_name();
    described.value = type.substr(0, type.find_first_of(": "));
    if (option.get_type_size() * option.get_expected_min() > 1)  // several in one word, with commas
      described.value += fmt::format(",{}", described.value);
    described.choices = choices_of(type);
    described.is_number = described.value.rfind("TEXT", 0) != 0;
  }
  described.help = option.get_description();
  described.standard = option.get_default_str();
  described.is_required = option.get_required();
  described.is_repeatable = option.get_expected_max() > 1 && option.get_expected_min() == 1;
  return described;
}

Command describe_command(const CLI::App& app, const std::string& name, std::string text) {
  Command command;
  command.name = name;
  const size_t end = std::min(text.find('\n'), text.size());
  command.summary = text.substr(0, end);
  command.text = text.substr(end);
  if (!command.summary.empty() && command.summary.back() == '.') command.summary.pop_back();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // hidden
    const Option described = describe_option(*option);
    const bool is_argument = described.names.front().front() != '-';
    (is_argument ? command.arguments : command.options).push_back(described);
  }
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; }))
    command.commands.push_back(describe_command(*inner, inner->get_name(), inner->get_description()));
  return command;
}

}  // namespace

Command describe(const CLI::App& program, const std::string& name) {
  std::string text = program.get_description();
  const std::string prefix = name + ": ";
  if (text.rfind(prefix, 0) == 0) text = text.substr(prefix.size());
  return describe_command(program, name, text);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace mazescan::command_line

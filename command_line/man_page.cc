#include "command_line/man_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

// The language of manual pages: groff_man(7).
namespace mazescan::command_line {

namespace {

// Escapes text: a backslash is printed, a dash is a minus and not a hyphen, and a line is no request.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return !out.empty() && (out.front() == '.' || out.front() == '\'') ? "\\&" + out : out;
}

// Breaks text into lines of at most 78 characters.
std::string wrapped(const std::string& text) {
  constexpr size_t kWidth = 78;
  std::stringstream words(text);
  std::string out, line;
  for (std::string word; words >> word;) {
    word = escaped(word);
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? out : out + line + "\n";
}

// Formats a text whose lines of examples begin with two spaces.
std::string paragraphs(const std::string& text) {
  std::string out, prose;
  bool in_example = false;
  const auto end_prose = [&] {
    if (!prose.empty()) out += ".PP\n" + wrapped(prose);
    prose.clear();
  };
  const auto set_example = [&](bool example) {
    if (example == in_example) return;
    end_prose();
    out += example ? ".PP\n.EX\n" : ".EE\n";
    in_example = example;
  };
  for (const std::string& line : lines_of(text)) {
    if (line.find_first_not_of(' ') == std::string::npos) {
      set_example(false);
      end_prose();
      continue;
    }
    set_example(line.rfind("  ", 0) == 0);
    if (in_example) {
      out += escaped(line.substr(2)) + "\n";
    } else {
      prose += line + " ";
    }
  }
  set_example(false);
  end_prose();
  return out;
}

std::string value_text(const Option& option) {
  return option.choices.empty() ? option.value : fmt::format("{}", fmt::join(option.choices, "|"));
}

std::string option_entry(const Option& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", escaped(name));
  const bool is_argument = option.names.front().front() != '-';
  if (is_argument) names = fmt::format("\\fI{}\\fR", escaped(option.names.front()));
  if (!is_argument && !option.value.empty()) names += fmt::format(" \\fI{}\\fR", escaped(value_text(option)));
  std::string help = option.help;
  if (!option.standard.empty()) help += fmt::format(" (default: {})", option.standard);
  return fmt::format(".TP\n{}\n{}", names, wrapped(help));
}

std::string option_entries(const Command& command) {
  std::string text;
  for (const Option& argument : command.arguments) text += option_entry(argument);
  for (const Option& option : command.options) text += option_entry(option);
  return text;
}

// Returns the line that shows how a command is written.
std::string synopsis(const std::string& words, const Command& command) {
  std::string text = fmt::format("\\fB{}\\fR", escaped(words));
  if (!command.options.empty()) text += " [\\fIOPTIONS\\fR]";
  for (const Option& argument : command.arguments) {
    const std::string shown =
        fmt::format("\\fI{}\\fR{}", escaped(argument.names.front()), argument.is_repeatable ? " ..." : "");
    text += argument.is_required ? " " + shown : " [" + shown + "]";
  }
  return text;
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

}  // namespace

std::string man_page(const Command& program, const std::string& version, const std::string& date,
                     const std::string& see_also) {
  std::string text = fmt::format(".TH {} 1 {} \"mazescan {}\" \"User Commands\"\n",
                                 escaped(upper_case(program.name)), date, version);
  text += fmt::format(".SH NAME\n{} \\- {}\n", escaped(program.name), escaped(program.summary));
  text += fmt::format(".SH SYNOPSIS\n{}\n", synopsis(program.name, program));
  for (const Command& command : program.commands)
    text += fmt::format(".br\n{}\n", synopsis(program.name + " " + command.name, command));
  std::string description = paragraphs(program.text);
  const std::string paragraph = ".PP\n";  // not after a heading
  if (description.rfind(paragraph, 0) == 0) description = description.substr(paragraph.size());
  text += ".SH DESCRIPTION\n" + description;
  text += ".SH OPTIONS\n" + option_entries(program);
  text += ".SH COMMANDS\n";
  for (const Command& command : program.commands) {
    text += fmt::format(".SS {}\n", escaped(command.name));
    text += wrapped(command.summary) + paragraphs(command.text) + option_entries(command);
  }
  return text + fmt::format(".SH SEE ALSO\n.BR {} (1)\n", escaped(see_also));
}

}  // namespace mazescan::command_line

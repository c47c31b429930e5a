// Texts with characters that mean something to man, bash, zsh or fish. tests/python/manual_test.py tests the programs' own
// pages and completions, in real shells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_line/completion.h"
#include "command_line/man_page.h"

namespace mazescan::command_line {
namespace {

using testing::HasSubstr;
using testing::Not;

// A program with an argument and a command with an option of each kind.
Command sample() {
  CLI::App app("a-program: makes things.\n\n  a-program x\\y   one\n\nEnds with 0.");
  std::string text;
  std::vector<std::string> several;
  double number = 0;
  app.add_option("file", text, "the file")->required();
  CLI::App* const make = app.add_subcommand("make", "make a thing\n\n  make --kind a\n");
  make->add_option("--kind", text, "'a' [or] b: which")->check(CLI::IsMember({"a", "b"}));
  make->add_option("--share", number, ".5 or less")->capture_default_str();
  make->add_option("--set", several, "a key (repeatable)")->allow_extra_args(false);
  make->add_option("inputs", several, "inputs")->required();
  make->add_flag("-f,--force", "overwrite");
  make->add_option("--secret", text, "hidden")->group("");
  return describe(app, "a-program");
}

TEST(Documentation, DescribesOptionsAndArguments) {
  const Command program = sample();
  EXPECT_EQ(program.summary, "makes things");
  ASSERT_EQ(program.arguments.size(), 1u);
  EXPECT_TRUE(program.arguments.front().is_required);
  ASSERT_EQ(program.commands.size(), 1u);
  const Command& make = program.commands.front();
  std::vector<std::string> names;
  for (const Option& option : make.options) names.push_back(option.names.back());
  EXPECT_EQ(names, (std::vector<std::string>{"--help", "--kind", "--share", "--set", "--force"}));
  EXPECT_EQ(make.options[1].choices, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(make.options[2].is_number);
  EXPECT_EQ(make.options[2].standard, "0");
  EXPECT_TRUE(make.options[3].is_repeatable);
  EXPECT_EQ(make.options[4].names, (std::vector<std::string>{"-f", "--force"}));
  EXPECT_EQ(make.options[4].value, "");
  EXPECT_TRUE(make.arguments.front().is_repeatable);
}

TEST(Documentation, ManPageEscapesWhatRoffWouldRead) {
  const std::string page = man_page(sample(), "1.2.3", "2026-01-02", "another");
  EXPECT_THAT(page, HasSubstr(".TH A\\-PROGRAM 1 2026-01-02 \"mazescan 1.2.3\" \"User Commands\"\n"));
  EXPECT_THAT(page, HasSubstr(".EX\na\\-program x\\ey   one\n.EE\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&.5 or less (default: 0)\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&'a' [or] b: which\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-f\\fR, \\fB\\-\\-force\\fR\n"));
  EXPECT_THAT(page, HasSubstr("\\fBa\\-program make\\fR [\\fIOPTIONS\\fR] \\fIinputs\\fR ...\n"));
  EXPECT_THAT(page, Not(HasSubstr("secret")));
}

TEST(Documentation, CompletionsQuoteHelp) {
  EXPECT_THAT(bash_completion(sample()),
              HasSubstr("\"make --kind\") mapfile -t COMPREPLY < <(compgen -W \"a b\""));
  EXPECT_THAT(bash_completion(sample()), HasSubstr("\"make --share\") compopt +o default; return ;;"));
  EXPECT_THAT(zsh_completion(sample()), HasSubstr(R"('--kind=['\''a'\'' \[or\] b\: which]:TEXT:(a b)')"));
  EXPECT_THAT(zsh_completion(sample()), HasSubstr("'*--set=[a key (repeatable)]:TEXT:_files'"));
  EXPECT_THAT(fish_completion(sample()), HasSubstr(R"( -l kind -x -a 'a b' -d '\'a\' [or] b: which')"));
  EXPECT_THAT(fish_completion(sample()), HasSubstr(" -s f -l force -d 'overwrite'"));
}

}  // namespace
}  // namespace mazescan::command_line

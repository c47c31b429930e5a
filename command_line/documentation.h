#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace mazescan::command_line {

// The options --man-page and --completion SHELL, which print what an installation of the program has beside
// it. They are made from the program's own options, so no option can be missing there.
class Documentation {
 public:
  // Adds the options to the program, after all its commands and options. see_also: the project's other program.
  Documentation(CLI::App& program, std::string name, std::string see_also);

  bool is_wanted() const { return man_page_ || !shell_.empty(); }
  std::string text() const;  // what is wanted

 private:
  const CLI::App& program_;
  std::string name_, see_also_, shell_;
  bool man_page_ = false;
};

}  // namespace mazescan::command_line

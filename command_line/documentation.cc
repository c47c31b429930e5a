#include "command_line/documentation.h"

#include <fmt/chrono.h>

#include <cstdlib>
#include <ctime>

#include "command_line/completion.h"
#include "command_line/man_page.h"
#include "core/build_info.h"

namespace mazescan::command_line {

namespace {

// Returns the date of the page: today, or that of SOURCE_DATE_EPOCH, by which builds of packages are
// reproducible (reproducible-builds.org).
std::string date_of_page() {
  const char* const epoch = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t now = epoch == nullptr ? std::time(nullptr) : std::strtoll(epoch, nullptr, 10);
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(now));
}

}  // namespace

Documentation::Documentation(CLI::App& program, std::string name, std::string see_also)
    : program_(program), name_(std::move(name)), see_also_(std::move(see_also)) {
  program.add_flag("--man-page", man_page_, "print the manual page, for man");
  program.add_option("--completion", shell_, "print the completion of commands and options for a shell")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

std::string Documentation::text() const {
  const Command program = describe(program_, name_);
  if (man_page_) return man_page(program, build_versions().at("version"), date_of_page(), see_also_);
  if (shell_ == "bash") return bash_completion(program);
  return shell_ == "zsh" ? zsh_completion(program) : fish_completion(program);
}

}  // namespace mazescan::command_line

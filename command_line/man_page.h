#pragma once
#include <string>

#include "command_line/description.h"

namespace mazescan::command_line {

// Returns the manual page of a program, section 1, for man(1). date: YYYY-MM-DD. see_also: other programs.
std::string man_page(const Command& program, const std::string& version, const std::string& date,
                     const std::string& see_also);

}  // namespace mazescan::command_line

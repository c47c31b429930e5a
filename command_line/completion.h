#pragma once
#include <string>

#include "command_line/description.h"

// Scripts that complete commands, options and values of a program in a shell; arguments are completed as
// paths of files.
namespace mazescan::command_line {

std::string bash_completion(const Command& program);  // bash_completion.cc
std::string zsh_completion(const Command& program);   // zsh_completion.cc
std::string fish_completion(const Command& program);  // fish_completion.cc

}  // namespace mazescan::command_line

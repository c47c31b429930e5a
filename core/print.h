#pragma once
#include <string>

namespace mazescan {

// Prints `text` to stderr. Ignores errors: a full or closed stderr must not end work.
void print_message(const std::string& text);

}  // namespace mazescan

#pragma once
#include <string_view>

namespace mazescan {

// The text of a file of evaluator/page/, embedded by CMake (cmake/embed.cmake); throws InternalError for any
// other name.
std::string_view page_file(std::string_view name);

}  // namespace mazescan

#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mazescan::report {

// The text of a file of evaluator/page/, embedded by CMake (cmake/embed.cmake); throws InternalError for any
// other name.
std::string_view page_file(std::string_view name);

// The page `html` between head and foot of all pages, with the style sheet, these scripts as one, and the
// document that they draw.
std::string assemble_page(std::string_view html, const std::vector<const char*>& scripts,
                          const nlohmann::json& document);

}  // namespace mazescan::report

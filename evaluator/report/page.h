#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mazescan::report {

// Returns the text of a file of evaluator/report/page/, embedded by CMake (cmake/embed.cmake). Throws
// InternalError for any other name.
std::string_view page_file(std::string_view name);

// What a page may load.
enum class Loads {
  nothing,     // a file, complete in itself
  own_server,  // a page that sends requests to the server it came from
};

// Returns a complete page: the common head and foot around `html`, the style sheet, the scripts joined into
// one, and the document that they draw.
std::string assemble_page(std::string_view html, const std::vector<const char*>& scripts,
                          const nlohmann::json& document, Loads loads = Loads::nothing);

}  // namespace mazescan::report

#include "evaluator/report/page.h"

#include "core/error.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

void replace_once(std::string& page, std::string_view mark, std::string_view text) {
  const size_t at = page.find(mark);
  expect(at != std::string::npos, "every mark in a page's HTML");
  page.replace(at, mark.size(), text);
}

// Returns text that is safe between <script> and </script>. In JSON, '<' occurs only in strings.
std::string embeddable(const json& document) {
  std::string text;
  for (const char c : document.dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

}  // namespace

std::string assemble_page(std::string_view html, const std::vector<const char*>& scripts,
                          const json& document, Loads loads) {
  std::string script;
  for (const char* name : scripts) (script += page_file(name)) += '\n';
  const std::string_view style = page_file("report.css");
  expect(script.find("</script") == std::string::npos && style.find("</style") == std::string_view::npos,
         "page sources that do not close their own element");
  std::string page;
  for (const std::string_view part : {std::string_view("head.html"), html, std::string_view("foot.html")})
    page += page_file(part);
  replace_once(page, "/*CONNECT*/", loads == Loads::own_server ? "; connect-src 'self'" : "");
  replace_once(page, "/*STYLE*/", style);
  replace_once(page, "/*SCRIPT*/", script);
  replace_once(page, "/*DOCUMENT*/", embeddable(document));
  return page;
}

}  // namespace mazescan::report

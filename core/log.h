#pragma once
#include <fmt/format.h>

#include <string>

namespace mazescan {

// Starts logging to stderr. Rank 0 logs everything; other ranks log warnings only, with their rank.
void start_log(int rank);
void log_line(const std::string& text);
void warn_line(const std::string& text);

template <class... A>
void log_info(fmt::format_string<A...> format, A&&... args) {
  log_line(fmt::format(format, std::forward<A>(args)...));
}
template <class... A>
void log_warning(fmt::format_string<A...> format, A&&... args) {
  warn_line(fmt::format(format, std::forward<A>(args)...));
}

}  // namespace mazescan

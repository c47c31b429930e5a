#include "core/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "core/error.h"

namespace mazescan {

void start_log(int rank) {
  spdlog::drop("mazescan");
  auto logger = spdlog::stderr_color_mt("mazescan");
  logger->set_pattern(rank == 0 ? "%H:%M:%S %^%v%$" : fmt::format("%H:%M:%S %^rank {}: %v%$", rank));
  logger->set_level(rank == 0 ? spdlog::level::info : spdlog::level::warn);
  spdlog::set_default_logger(logger);
}

void log_line(const std::string& text) {
  spdlog::info("{}", printable(text));
}
void warn_line(const std::string& text) {
  spdlog::warn("warning: {}", printable(text));
}

}  // namespace mazescan

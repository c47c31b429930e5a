#include "core/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "core/print.h"

namespace mazescan {

namespace {
constexpr double kTerminalInterval = 0.2, kPlainInterval = 5;  // seconds between lines

// Cuts a line so that it does not wrap on the terminal. Does not cut within a UTF-8 character.
std::string cut_to_terminal(std::string line) {
  constexpr size_t kUsualColumns = 80;
  struct winsize size = {};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const size_t columns = (known ? size.ws_col : kUsualColumns) - 1;  // the cursor is behind the text
  size_t end = 0;
  for (size_t shown = 0; end < line.size(); ++end)
    if ((static_cast<unsigned char>(line[end]) & 0xc0) != 0x80 && ++shown > columns) break;
  line.resize(end);
  return line;
}
}  // namespace

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  const auto s = static_cast<int64_t>(std::llround(seconds));
  if (s >= 3600) return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
  if (s >= 60) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} s", s);
}

std::string format_count(double value) {
  const char* const suffixes[] = {"", " k", " M", " G", " T"};
  int order = 0;
  while (std::abs(value) >= 999.5 && order < 4) {
    value /= 1000;
    ++order;
  }
  const int digits = std::abs(value) >= 99.5 ? 0 : std::abs(value) >= 9.95 ? 1 : 2;
  return order == 0 && value == std::floor(value) ? fmt::format("{:.0f}", value)
                                                  : fmt::format("{:.{}f}{}", value, digits, suffixes[order]);
}

Progress::Progress(std::string label, std::string unit, uint64_t total, bool enabled)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      enabled_(enabled),
      terminal_(isatty(STDERR_FILENO) == 1),
      printed_(-INFINITY) {}

Progress::~Progress() {
  if (done_ > started_at_) print(true);
}

void Progress::start_at(uint64_t done) {
  done_ = started_at_ = done;
}

void Progress::update(uint64_t done, const std::string& note) {
  done_ = done;
  note_ = note;
  const double now = stopwatch_.seconds();
  if (now - printed_ < (terminal_ ? kTerminalInterval : kPlainInterval)) return;
  printed_ = now;
  print(false);
}

void Progress::print(bool last) {
  if (!enabled_) return;
  const double elapsed = stopwatch_.seconds();
  const double rate = elapsed > 0 ? static_cast<double>(done_ - started_at_) / elapsed : 0;
  const uint64_t within = std::min(done_, total_);
  const double share = total_ > 0 ? static_cast<double>(within) / static_cast<double>(total_) : 1;
  const double left = rate > 0 ? static_cast<double>(total_ - within) / rate : INFINITY;
  const std::string time = last ? "took " + format_duration(elapsed) : "left " + format_duration(left);
  constexpr int kWidth = 20;
  const int filled = static_cast<int>(share * kWidth);
  const std::string bar = std::string(filled, '=') + std::string(kWidth - filled, ' ');
  const std::string line =
      fmt::format("{} [{}] {:3.0f}%  {}/{} {}  {}/s  {}{}{}", label_, bar, share * 100,
                  format_count(static_cast<double>(done_)), format_count(static_cast<double>(total_)), unit_,
                  format_count(rate), time, note_.empty() ? "" : "  ", note_);
  print_message(terminal_ ? fmt::format("\r\033[K{}{}", cut_to_terminal(line), last ? "\n" : "")
                          : line + "\n");
}

}  // namespace mazescan

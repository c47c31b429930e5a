#include "evaluator/jobs/estimate.h"

#include <fmt/format.h>

#include "core/progress.h"

namespace mazescan::jobs {

std::string Estimate::print() const {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  text += fmt::format("{} units{}", units, task.in_words());
  for (const std::string& count : counts) text += ", " + count;
  if (bytes > 0)
    text += fmt::format(", about {}{}B in {} before compression", format_count(bytes),
                        bytes < 999.5 ? " " : "", folder.string());
  if (seconds > 0)
    text += fmt::format(", {} by one rank (a trial on this machine's processor)", format_duration(seconds));
  if (!missing.empty()) text += fmt::format("; {} is still to be {}", missing.string(), missing_is);
  return text;
}

double hdf5_overhead(size_t datasets) {
  constexpr double kBytesAFile = 12000, kBytesADataset = 3000;
  return kBytesAFile + kBytesADataset * static_cast<double>(datasets);
}

}  // namespace mazescan::jobs

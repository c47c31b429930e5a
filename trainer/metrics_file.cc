#include "trainer/metrics_file.h"

#include <sstream>

#include "core/log.h"
#include "storage/atomic_file.h"
#include "storage/seal.h"

namespace mazescan::trainer {

namespace {

constexpr size_t kRecentUpdates = 20;

// Names the numbers of a line as "training/kl", "success/9", "loss/entropy": TensorBoard groups its charts by
// the part before the slash.
Scalars scalars_of(const nlohmann::json& line) {
  Scalars scalars;
  for (const auto& [key, value] : line.items()) {
    if (value.is_number() && key != "update" && key != "steps")
      scalars.emplace_back("training/" + key, value.get<double>());
    if (value.is_object())
      for (const auto& [name, number] : value.items())
        scalars.emplace_back(key + "/" + name, number.get<double>());
  }
  return scalars;
}

struct EarlierLine {
  int64_t update, steps;
  double seconds, processor_seconds;
};

// Returns what a resumed run needs from a line; nothing if the line is damaged.
std::optional<EarlierLine> parse_line(const std::string& text) try {
  const auto line = storage::read_sealed_line(text);
  if (!line) return std::nullopt;
  return EarlierLine{line->at("update").get<int64_t>(), line->at("steps").get<int64_t>(),
                     line->at("seconds").get<double>(), line->value("processor_seconds", 0.0)};
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
}

}  // namespace

MetricsFile::MetricsFile(const std::filesystem::path& path, int64_t last_update) : path_(path) {
  std::istringstream old(std::filesystem::exists(path) ? storage::read_file(path) : "");
  std::string kept;
  int64_t last_step = 0;
  int number = 0;
  for (std::string text; std::getline(old, text);) {
    ++number;
    const auto line = parse_line(text);
    if (!line) {
      // A kill cuts off the last line, before its end; any other line is damaged.
      if (!old.eof()) log_warning("{}:{}: this line is damaged and removed", path.string(), number);
      continue;
    }
    if (line->update > last_update) {
      if (last_update == 0)
        log_warning("{}: there is no checkpoint to resume from: its updates are lost, training restarts",
                    path.string());
      break;
    }
    seconds_before_ = line->seconds;
    processor_seconds_ = line->processor_seconds;
    last_step = line->steps;
    kept += text + "\n";
  }
  if (std::filesystem::exists(path)) storage::write_atomically(path, kept);
  events_.emplace(path.parent_path() / "events.out.tfevents", last_step);
}

void MetricsFile::append(const UpdateMetrics& metrics) {
  processor_seconds_ += metrics.processor_seconds;
  const nlohmann::json line = metrics.line(seconds_before_ + stopwatch_.seconds(), processor_seconds_);
  storage::append_line(path_, storage::sealed_line(line));
  events_->append(metrics.steps, scalars_of(line));
  for (const auto& [size, tally] : metrics.finished) {
    auto& window = recent_[size];
    window.push_back(tally);
    if (window.size() > kRecentUpdates) window.erase(window.begin());
  }
}

std::string MetricsFile::recent_success() const {
  std::string text;
  for (const auto& [size, window] : recent_) {
    SizeTally sum;
    for (const SizeTally& tally : window) sum += tally;
    const double success =
        sum.episodes > 0 ? static_cast<double>(sum.successes) / static_cast<double>(sum.episodes) : 0;
    text += fmt::format("{}{}: {:.3f}", text.empty() ? "success by size  " : "  ", size, success);
  }
  return text;
}

}  // namespace mazescan::trainer

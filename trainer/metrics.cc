#include "trainer/metrics.h"

#include <optional>
#include <sstream>

#include "core/log.h"
#include "storage/atomic_file.h"

namespace mazescan {

namespace {
constexpr int kTalliedSizes = 50;  // 3, 5, ..., 101
constexpr size_t kRecentUpdates = 20;

double ratio(double a, double b) {
  return b > 0 ? a / b : 0;
}

// "training/entropy", "success/9": TensorBoard groups its charts by what stands before the slash.
Scalars scalars_of(const nlohmann::json& line) {
  Scalars scalars;
  for (const auto& [key, value] : line.items()) {
    if (value.is_number() && key != "update" && key != "steps")
      scalars.emplace_back("training/" + key, value.get<double>());
    if (value.is_object())
      for (const auto& [size, of_size] : value.items())
        scalars.emplace_back(key + "/" + size, of_size.get<double>());
  }
  return scalars;
}

// Of an earlier line what is needed to go on; nothing if it is no line of ours.
struct EarlierLine {
  int64_t update, steps;
  double seconds;
};
std::optional<EarlierLine> parse_line(const std::string& text) try {
  const auto line = nlohmann::json::parse(text);
  return EarlierLine{line.at("update").get<int64_t>(), line.at("steps").get<int64_t>(),
                     line.at("seconds").get<double>()};
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
}
}  // namespace

void UpdateMetrics::reduce(const World& world, const std::vector<ShardStatistics>& shards, int64_t samples) {
  constexpr size_t kScalars = 8, kEach = kScalars + kTalliedSizes * 4;
  std::vector<double> mine;
  for (const auto& [collected, loss] : shards) {
    mine.insert(mine.end(), {loss.policy, loss.value, loss.entropy, loss.kl, loss.clipped,
                             static_cast<double>(loss.samples), collected.reward, collected.network_seconds});
    mine.resize(mine.size() + kTalliedSizes * 4, 0);
    for (const auto& [size, tally] : collected.finished) {
      double* slot = &mine[mine.size() - kTalliedSizes * 4 + static_cast<size_t>((size - 3) / 2) * 4];
      slot[0] = static_cast<double>(tally.episodes);
      slot[1] = static_cast<double>(tally.successes);
      slot[2] = static_cast<double>(tally.steps);
      slot[3] = static_cast<double>(tally.optimal);
    }
  }
  const std::vector<double> all = world.all_gather(mine);
  std::vector<double> sum(kEach, 0);
  for (size_t i = 0; i < all.size(); ++i) sum[i % kEach] += all[i];

  const double count = sum[5];
  policy_loss = ratio(sum[0], count);
  value_loss = ratio(sum[1], count);
  entropy = ratio(sum[2], count);
  kl = ratio(sum[3], count);
  clip_fraction = ratio(sum[4], count);
  mean_reward = sum[6] / static_cast<double>(samples);
  network_seconds = sum[7] / world.size();
  finished.clear();
  for (int i = 0; i < kTalliedSizes; ++i) {
    const double* slot = &sum[kScalars + static_cast<size_t>(i) * 4];
    if (slot[0] > 0)
      finished[3 + 2 * i] = {static_cast<int64_t>(slot[0]), static_cast<int64_t>(slot[1]),
                             static_cast<int64_t>(slot[2]), static_cast<int64_t>(slot[3])};
  }
}

nlohmann::json UpdateMetrics::line(double seconds) const {
  nlohmann::json success = nlohmann::json::object(), episodes = success, over_optimal = success;
  for (const auto& [size, tally] : finished) {
    const std::string key = std::to_string(size);
    success[key] = ratio(static_cast<double>(tally.successes), static_cast<double>(tally.episodes));
    episodes[key] = tally.episodes;
    if (tally.optimal > 0)
      over_optimal[key] = static_cast<double>(tally.steps) / static_cast<double>(tally.optimal);
  }
  return {
      {"update", update},
      {"steps", steps},
      {"seconds", seconds},
      {"steps_per_second", ratio(static_cast<double>(steps) / static_cast<double>(update), update_seconds)},
      {"network_share", ratio(network_seconds, update_seconds)},
      {"success", success},
      {"episodes", episodes},
      {"steps_over_optimal", over_optimal},
      {"largest_size", largest_size},
      {"policy_loss", policy_loss},
      {"value_loss", value_loss},
      {"entropy", entropy},
      {"kl", kl},
      {"clip_fraction", clip_fraction},
      {"explained_variance", explained_variance},
      {"gradient_norm", gradient_norm},
      {"learning_rate", learning_rate},
      {"entropy_weight", entropy_weight},
      {"mean_reward", mean_reward}};
}

MetricsFile::MetricsFile(const std::filesystem::path& path, int64_t last_update) : path_(path) {
  std::istringstream old(std::filesystem::exists(path) ? read_file(path) : "");
  std::string kept;
  int64_t last_step = 0;
  int number = 0;
  for (std::string text; std::getline(old, text);) {
    ++number;
    const auto line = parse_line(text);
    if (!line) {
      // A last line without its end was cut off by a kill; any other is damage.
      if (!old.eof()) log_warning("{}:{}: this line is damaged and left out", path.string(), number);
      continue;
    }
    if (line->update > last_update) {
      if (last_update == 0)
        log_warning("{}: there is no checkpoint to go on from: its updates are lost, training begins anew",
                    path.string());
      break;
    }
    seconds_before_ = line->seconds;
    last_step = line->steps;
    kept += text + "\n";
  }
  if (std::filesystem::exists(path)) write_atomically(path, kept);
  events_.emplace(path.parent_path() / "events.out.tfevents", last_step);
}

void MetricsFile::append(const UpdateMetrics& metrics) {
  const nlohmann::json line = metrics.line(seconds_before_ + watch_.seconds());
  append_line(path_, line.dump());
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
    double episodes = 0, successes = 0;
    for (const SizeTally& tally : window) {
      episodes += static_cast<double>(tally.episodes);
      successes += static_cast<double>(tally.successes);
    }
    text += fmt::format("{}{}: {:.3f}", text.empty() ? "success by size  " : "  ", size,
                        ratio(successes, episodes));
  }
  return text;
}

}  // namespace mazescan

#include "evaluator/report/learning_curve.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace mazescan::report {
namespace {

using nlohmann::json;

constexpr double kWindows = 30, kWindowLevels = 2000;  // of a training: at most, at least

UpdateSuccess update_of(const json& line) {
  UpdateSuccess update;
  update.interactions = line.at("steps").get<double>();
  for (const auto& [size, episodes] : line.at("episodes").items()) {
    const auto levels = episodes.get<double>();
    update.levels += levels;
    update.successes += levels * line.at("success").at(size).get<double>();
  }
  return update;
}

}  // namespace

std::vector<UpdateSuccess> read_updates(const std::vector<json>& metrics, const std::string& run) try {
  require(!metrics.empty(), lazy("{}: there are no metrics of its training", run),
          "learning curves are made from metrics.jsonl", "name run directories of mazescan-trainer");
  require(metrics.front().at("largest_size") == metrics.back().at("largest_size"),
          lazy("{}: its levels became larger during the training", run),
          "with a curriculum, success is that of easier levels at first",
          "train with --set train.curriculum.start=0");
  std::vector<UpdateSuccess> updates;
  for (const json& line : metrics) updates.push_back(update_of(line));
  return updates;
} catch (const json::exception& error) {
  throw UserError(fmt::format("{}: a line of metrics.jsonl is not of mazescan-trainer", run), error.what(),
                  "name run directories of mazescan-trainer");
}

std::vector<size_t> window_borders(size_t updates, double levels_per_update) {
  const auto count = static_cast<double>(updates);
  const double levels = std::min(kWindowLevels, count * levels_per_update / 20);
  const double least = std::ceil(levels / std::max(levels_per_update, 1e-9));
  const double ratio = std::pow(statistics::kStartOfTraining, -1 / kWindows);
  std::vector<size_t> borders = {static_cast<size_t>(std::ceil(count * statistics::kStartOfTraining))};
  while (borders.back() < updates) {
    const auto from = static_cast<double>(borders.back());
    const double end = std::max(from + std::max(least, 1.0), std::round(from * ratio));
    const bool is_last = count - end < least;  // too few levels remain for another window
    borders.push_back(is_last ? updates : static_cast<size_t>(end));
  }
  return borders;
}

std::vector<statistics::LearningPoint> learning_curve(const std::vector<UpdateSuccess>& updates,
                                                      const std::vector<size_t>& borders) {
  std::vector<statistics::LearningPoint> curve;
  for (size_t window = 0; window + 1 < borders.size(); ++window) {
    double interactions = 0, levels = 0, successes = 0;
    for (size_t i = borders[window]; i < borders[window + 1]; ++i) {
      interactions += updates[i].interactions;
      levels += updates[i].levels;
      successes += updates[i].successes;
    }
    interactions /= static_cast<double>(borders[window + 1] - borders[window]);
    curve.push_back({interactions, levels > 0 ? successes / levels : 0});
  }
  return curve;
}

}  // namespace mazescan::report

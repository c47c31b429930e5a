#include "evaluator/report/scaling_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"
#include "evaluator/report/learning_curve.h"
#include "evaluator/report/training_configuration.h"

namespace mazescan::report {
namespace {

constexpr size_t kMinSizes = 3, kMinPoints = 10;
constexpr double kMinRange = 0.05;  // of success, over all points

// Returns the configuration without what the networks of a scaling law may differ in.
TrainingConfiguration common_configuration(const ScaledRun& run) {
  TrainingConfiguration keys = training_configuration(run.policy);
  for (auto key = keys.begin(); key != keys.end();) {
    const bool differs = key->first == "network.channels" || key->first == "network.fc" ||
                         key->first.rfind("train.ppo.learning_rate", 0) == 0;
    key = differs ? keys.erase(key) : std::next(key);
  }
  return keys;
}

std::string first_difference(const TrainingConfiguration& a, const TrainingConfiguration& b) {
  for (const auto& [key, value] : a)
    if (const auto found = b.find(key); found == b.end() || found->second != value) return key;
  for (const auto& [key, value] : b)
    if (a.count(key) == 0) return key;
  return "";
}

void check_alike(const std::vector<ScaledRun>& runs) {
  const TrainingConfiguration first = common_configuration(runs.front());
  std::map<std::string, std::string> seen;
  for (const ScaledRun& run : runs) {
    const std::string key = first_difference(first, common_configuration(run));
    require(key.empty(), lazy("'{}' and '{}' differ in '{}'", runs.front().name, run.name, key),
            "a scaling law is about networks that are trained alike, in one world",
            "name runs that differ in seed, network.channels, network.fc and learning rate only");
    const auto [other, is_new] = seen.emplace(run.policy.value("hash", ""), run.name);
    require(is_new, lazy("'{}' and '{}' are the same policy", other->second, run.name),
            "it would count as two trainings", "give each policy once");
  }
}

// Adds the learning curves of a size.
void add_curves(ScaledSize& size) {
  std::vector<std::vector<UpdateSuccess>> trainings;
  double levels = 0;
  for (const ScaledRun* run : size.runs) {
    trainings.push_back(read_updates(run->metrics, run->name));
    require(trainings.back().size() == trainings.front().size(),
            lazy("'{}' has {} updates, '{}' has {}", run->name, trainings.back().size(),
                 size.runs.front()->name, trainings.front().size()),
            "trainings of one network are averaged, update by update", "finish every training");
    for (const UpdateSuccess& update : trainings.back())
      levels += update.levels / static_cast<double>(trainings.back().size());
  }
  require(trainings.front().size() > 1, lazy("'{}' has one update", size.runs.front()->name),
          "a learning curve needs several", "train longer");
  const std::vector<size_t> borders =
      window_borders(trainings.front().size(), levels / static_cast<double>(size.runs.size()));
  for (const auto& training : trainings) size.curves.trainings.push_back(learning_curve(training, borders));
}

// Throws UserError if the curves have too little in them for a fit.
void check_curves(const std::vector<ScaledSize>& sizes) {
  std::vector<statistics::SizeCurves> curves;
  for (const ScaledSize& size : sizes) curves.push_back(size.curves);
  const auto points = statistics::points_of(curves);
  std::set<size_t> with_points;
  for (const statistics::ScalingPoint& point : points) with_points.insert(point.size);
  require(points.size() >= kMinPoints && with_points.size() >= kMinSizes,
          lazy("{} points of {} learning curves have a success between {} and {} %", points.size(),
               with_points.size(), 100 * statistics::kSuccessMargin, 100 * (1 - statistics::kSuccessMargin)),
          lazy("a fit needs {} points of {} sizes", kMinPoints, kMinSizes),
          "train longer, or in a larger world");
  require(points.back().success - points.front().success >= kMinRange,
          lazy("success is between {:.1f} and {:.1f} % in all learning curves", 100 * points.front().success,
               100 * points.back().success),
          "flat learning curves have no scaling law", "train longer, or with another learning rate");
}

}  // namespace

std::vector<ScaledSize> scaled_sizes(const std::vector<ScaledRun>& runs, CountedParameters counted) {
  std::map<int64_t, ScaledSize> by_parameters;
  for (const ScaledRun& run : runs) {
    ScaledSize& size = by_parameters[run.parameters];
    size.curves.parameters =
        static_cast<double>(counted == CountedParameters::all ? run.parameters : run.convolution_parameters);
    size.runs.push_back(&run);
  }
  require(by_parameters.size() >= kMinSizes, lazy("sizes of networks: {}", by_parameters.size()),
          lazy("a scaling law needs at least {}", kMinSizes),
          "./run sweep configs/sparse.yaml configs/scaling_variants.txt 5 trains five");
  check_alike(runs);
  std::vector<ScaledSize> sizes;
  for (auto& [parameters, size] : by_parameters) {
    add_curves(size);
    sizes.push_back(std::move(size));
  }
  check_curves(sizes);
  return sizes;
}

}  // namespace mazescan::report

#include "evaluator/questions/trigger_models.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "core/error.h"
#include "statistics/logistic.h"

namespace mazescan::questions {
namespace {

constexpr int kRefits = 400;
constexpr size_t kBins = kLargestRadius + 2;  // distances 0..kLargestRadius, and one bin for all larger ones

// Returns the rate with half a success and half a failure added, so that it is never 0 or 1.
double smoothed_rate(double k, double n) {
  return (k + 0.5) / (n + 1);
}

double log_likelihood_of(double k, double n) {
  const double p = smoothed_rate(k, n);
  return k * std::log(p) + (n - k) * std::log(1 - p);
}

struct Tally {
  double k = 0, n = 0;  // k: states that flip; n: all states
  Tally& operator+=(Tally other) {
    k += other.k;
    n += other.n;
    return *this;
  }
};
Tally operator-(Tally a, Tally b) {
  return {a.k - b.k, a.n - b.n};
}
Tally operator+(Tally a, Tally b) {
  return {a.k + b.k, a.n + b.n};
}

// Cumulative counts of one size by both distances: the count within two radii is a look-up.
class DistanceTable {
 public:
  DistanceTable() : sums_((kBins + 1) * (kBins + 1)) {}
  void add(int to_cheese, int to_corner, Tally count) { at(bin(to_cheese), bin(to_corner)) += count; }
  void sum() {
    for (size_t i = 1; i <= kBins; ++i)
      for (size_t j = 1; j <= kBins; ++j) at(i, j) += at(i - 1, j) + at(i, j - 1) - at(i - 1, j - 1);
  }
  Tally all() const { return at(kBins, kBins); }
  // Returns the count within one radius or the other.
  Tally within(int cheese_radius, int corner_radius) const {
    const size_t i = until(cheese_radius), j = until(corner_radius);
    return at(i, kBins) + at(kBins, j) - at(i, j);
  }

 private:
  static size_t bin(int distance) { return std::min(static_cast<size_t>(distance), kBins - 1) + 1; }
  static size_t until(int radius) { return static_cast<size_t>(radius + 1); }
  Tally& at(size_t i, size_t j) { return sums_[i * (kBins + 1) + j]; }
  const Tally& at(size_t i, size_t j) const { return sums_[i * (kBins + 1) + j]; }
  std::vector<Tally> sums_;
};

}  // namespace

const char* trigger_model_name(TriggerModel model) {
  constexpr const char* kNames[] = {"nothing but the size", "near the cheese", "near the corner",
                                    "near either", "smooth in both distances"};
  return kNames[static_cast<size_t>(model)];
}

double FittedTrigger::probability(const TriggerState& state) const {
  if (model == TriggerModel::kSmooth) {
    const auto intercept = intercepts.find(state.size);
    if (intercept == intercepts.end()) return 0.5;
    return 1 / (1 + std::exp(-(intercept->second + cheese_slope * state.to_cheese +
                               corner_slope * state.to_corner)));
  }
  const auto own = rates.find(state.size);
  if (own == rates.end()) return 0.5;
  const bool within = state.to_cheese <= cheese_radius || state.to_corner <= corner_radius;
  return within ? own->second.first : own->second.second;
}

TriggerFitter::TriggerFitter(const std::vector<TriggerState>& states) : states_(states) {
  std::map<int32_t, int> levels;
  std::map<int, size_t> sizes;
  for (const TriggerState& state : states_) sizes.emplace(state.size, 0);
  for (auto& [size, index] : sizes) {
    index = sizes_.size();
    sizes_.push_back(size);
  }
  std::map<std::tuple<int, int, int>, size_t> places;
  for (size_t s = 0; s < states_.size(); ++s) {
    const TriggerState& state = states_[s];
    level_.push_back(levels.emplace(state.level_seed, static_cast<int>(levels.size())).first->second);
    size_.push_back(sizes[state.size]);
    const auto [place, is_new] =
        places.emplace(std::tuple(state.size, state.to_cheese, state.to_corner), places_.size());
    if (is_new) places_.push_back(s);
    place_.push_back(place->second);
  }
  levels_ = static_cast<int64_t>(levels.size());
}

FittedTrigger TriggerFitter::fit(TriggerModel model) const {
  return fit(model, std::vector<int>(static_cast<size_t>(levels_), 1));
}

FittedTrigger TriggerFitter::fit(TriggerModel model, const std::vector<int>& weights,
                                 const FittedTrigger* start) const {
  return model == TriggerModel::kSmooth ? fit_smooth(weights, start) : fit_radii(model, weights);
}

FittedTrigger TriggerFitter::fit_radii(TriggerModel model, const std::vector<int>& weights) const {
  std::vector<DistanceTable> tables(sizes_.size());
  for (size_t s = 0; s < states_.size(); ++s) {
    const auto weight = static_cast<double>(weights[static_cast<size_t>(level_[s])]);
    if (weight > 0)
      tables[size_[s]].add(states_[s].to_cheese, states_[s].to_corner,
                           {states_[s].flips ? weight : 0, weight});
  }
  for (DistanceTable& table : tables) table.sum();

  const bool by_cheese = model == TriggerModel::kNearCheese || model == TriggerModel::kEither;
  const bool by_corner = model == TriggerModel::kNearCorner || model == TriggerModel::kEither;
  FittedTrigger best;
  best.model = model;
  double highest = -std::numeric_limits<double>::infinity();
  for (int cheese = kNoRadius; cheese <= (by_cheese ? kLargestRadius : kNoRadius); ++cheese)
    for (int corner = kNoRadius; corner <= (by_corner ? kLargestRadius : kNoRadius); ++corner) {
      double likelihood = 0;
      Tally within, beyond;
      for (const DistanceTable& table : tables) {
        const Tally in = table.within(cheese, corner), out = table.all() - in;
        likelihood += log_likelihood_of(in.k, in.n) + log_likelihood_of(out.k, out.n);
        within += in;
        beyond += out;
      }
      // A radius must raise the rate: nearer means that the choice flips more often.
      const bool no_radius = cheese == kNoRadius && corner == kNoRadius;
      if (!no_radius && smoothed_rate(within.k, within.n) <= smoothed_rate(beyond.k, beyond.n)) continue;
      if (likelihood <= highest) continue;
      highest = likelihood;
      best.cheese_radius = cheese;
      best.corner_radius = corner;
    }
  for (size_t i = 0; i < tables.size(); ++i) {
    const Tally in = tables[i].within(best.cheese_radius, best.corner_radius), out = tables[i].all() - in;
    best.rates[sizes_[i]] = {smoothed_rate(in.k, in.n), smoothed_rate(out.k, out.n)};
  }
  return best;
}

FittedTrigger TriggerFitter::fit_smooth(const std::vector<int>& weights, const FittedTrigger* start) const {
  constexpr double kStepsAUnit =
      10;  // slopes get the order of magnitude of intercepts, so the ridge affects all equally
  const auto rows = static_cast<Eigen::Index>(places_.size());
  const auto sizes = static_cast<Eigen::Index>(sizes_.size());
  Eigen::MatrixXd features = Eigen::MatrixXd::Zero(rows, sizes + 1);  // sizes except the first, two distances
  Eigen::VectorXd all = Eigen::VectorXd::Zero(rows), cheese = all;
  for (Eigen::Index i = 0; i < rows; ++i) {
    const size_t s = places_[static_cast<size_t>(i)];
    if (size_[s] > 0) features(i, static_cast<Eigen::Index>(size_[s]) - 1) = 1;
    features(i, sizes - 1) = states_[s].to_cheese / kStepsAUnit;
    features(i, sizes) = states_[s].to_corner / kStepsAUnit;
  }
  for (size_t s = 0; s < states_.size(); ++s) {
    const auto weight = static_cast<double>(weights[static_cast<size_t>(level_[s])]);
    all[static_cast<Eigen::Index>(place_[s])] += weight;
    if (states_[s].flips) cheese[static_cast<Eigen::Index>(place_[s])] += weight;
  }
  const Eigen::VectorXd shares = (all.array() > 0).select(cheese.array() / all.array().max(1e-12), 0.0);
  statistics::LogisticFit begin;
  if (start != nullptr) {
    begin.coefficients.resize(sizes + 1);
    begin.intercept = start->intercepts.at(sizes_.front());
    for (Eigen::Index i = 1; i < sizes; ++i)
      begin.coefficients[i - 1] = start->intercepts.at(sizes_[static_cast<size_t>(i)]) - begin.intercept;
    begin.coefficients[sizes - 1] = start->cheese_slope * kStepsAUnit;
    begin.coefficients[sizes] = start->corner_slope * kStepsAUnit;
  }
  const statistics::LogisticFit fit = statistics::fit_logistic(features, shares, all, statistics::kRidge,
                                                               start == nullptr ? nullptr : &begin);
  FittedTrigger trigger;
  trigger.model = TriggerModel::kSmooth;
  trigger.cheese_slope = fit.coefficients[sizes - 1] / kStepsAUnit;
  trigger.corner_slope = fit.coefficients[sizes] / kStepsAUnit;
  for (Eigen::Index i = 0; i < sizes; ++i)
    trigger.intercepts[sizes_[static_cast<size_t>(i)]] =
        fit.intercept + (i > 0 ? fit.coefficients[i - 1] : 0);
  return trigger;
}

TriggerIntervals trigger_intervals(const TriggerFitter& fitter, const FittedTrigger& fit) {
  const bool smooth = fit.model == TriggerModel::kSmooth;
  const auto statistics = [&](const std::vector<int>& weights, std::vector<double>& out) {
    const FittedTrigger again = fitter.fit(fit.model, weights, smooth ? &fit : nullptr);
    out = {static_cast<double>(again.cheese_radius), static_cast<double>(again.corner_radius),
           again.cheese_slope, again.corner_slope};
  };
  const auto samples = statistics::bootstrap_samples(fitter.levels(), 4, statistics,
                                                     RandomStream(0, "questions/trigger/radius"), kRefits);
  const auto levels = static_cast<double>(fitter.levels());
  return {statistics::percentile_interval(samples[0]), statistics::percentile_interval(samples[1]),
          statistics::student_interval(fit.cheese_slope, samples[2], levels),
          statistics::student_interval(fit.corner_slope, samples[3], levels)};
}

}  // namespace mazescan::questions

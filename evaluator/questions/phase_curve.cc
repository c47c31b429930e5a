#include "evaluator/questions/phase_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "statistics/logistic.h"
#include "statistics/statistics.h"

namespace mazescan::questions {
namespace {

using statistics::kNaN;
constexpr double kLeast = 0.001;  // probability
constexpr int kLinearSteps = 25;
constexpr double kTie = 0.05;  // log-likelihoods closer than this: the simpler curve is preferred

double within(double probability) {
  return std::clamp(probability, kLeast, 1 - kLeast);
}

double log_likelihood_at(double probability, double toward, double n) {
  return toward * std::log(within(probability)) + (n - toward) * std::log(1 - within(probability));
}

// Returns the rate with half a success and half a failure added, so that it is never 0 or 1.
double smoothed(double toward, double n) {
  return (toward + 0.5) / (n + 1);
}

bool names_transition(PhaseCurve::Model model) {
  return model == PhaseCurve::Model::kLogistic || model == PhaseCurve::Model::kBreak;
}

}  // namespace

const char* PhaseCurve::name(Model model) {
  constexpr const char* kNames[] = {"constant", "linear", "logistic", "one break"};
  return kNames[static_cast<size_t>(model)];
}

PhaseCurve::PhaseCurve(Model model, const std::vector<Decisions>& decisions) : model_(model) {
  expect(decisions.size() >= 2, "decisions at two sizes or more");
  const auto rows = static_cast<Eigen::Index>(decisions.size());
  double toward = 0, all = 0;
  for (const Decisions& at : decisions) {
    toward += at.toward;
    all += at.n;
  }
  if (model == Model::kConstant) {
    intercept_ = smoothed(toward, all);
  } else if (model == Model::kLogistic) {
    Eigen::MatrixXd sizes(rows, 1);
    Eigen::VectorXd shares(rows), weights(rows);
    for (Eigen::Index i = 0; i < rows; ++i) {
      const Decisions& at = decisions[static_cast<size_t>(i)];
      sizes(i, 0) = at.size;
      weights[i] = at.n;
      shares[i] = at.n > 0 ? at.toward / at.n : 0;
    }
    const statistics::LogisticFit fit = statistics::fit_logistic(sizes, shares, weights);
    intercept_ = fit.intercept;
    slope_ = fit.coefficients[0];
  } else if (model == Model::kLinear) {  // iteratively reweighted least squares, identity link
    std::vector<double> p(decisions.size());
    for (size_t i = 0; i < p.size(); ++i) p[i] = smoothed(decisions[i].toward, decisions[i].n);
    for (int step = 0; step < kLinearSteps; ++step) {
      double w = 0, ws = 0, wss = 0, wp = 0, wsp = 0;
      for (size_t i = 0; i < p.size(); ++i) {
        const Decisions& at = decisions[i];
        if (at.n <= 0) continue;
        const double probability = std::clamp(p[i], 0.02, 0.98),
                     weight = at.n / probability / (1 - probability);
        w += weight;
        ws += weight * at.size;
        wss += weight * at.size * at.size;
        wp += weight * at.toward / at.n;
        wsp += weight * at.size * at.toward / at.n;
      }
      const double determinant = w * wss - ws * ws;
      slope_ = determinant > 1e-9 * w * wss ? (w * wsp - ws * wp) / determinant : 0;
      intercept_ = (wp - slope_ * ws) / w;
      for (size_t i = 0; i < p.size(); ++i) p[i] = within(intercept_ + slope_ * decisions[i].size);
    }
  } else {
    double best = -std::numeric_limits<double>::infinity(), toward_before = 0, n_before = 0;
    for (size_t i = 0; i + 1 < decisions.size(); ++i) {
      toward_before += decisions[i].toward;
      n_before += decisions[i].n;
      const double before = smoothed(toward_before, n_before);
      const double after = smoothed(toward - toward_before, all - n_before);
      const double likelihood = log_likelihood_at(before, toward_before, n_before) +
                                log_likelihood_at(after, toward - toward_before, all - n_before);
      if (likelihood <= best) continue;
      best = likelihood;
      before_ = before;
      after_ = after;
      last_size_ = decisions[i].size;
      next_size_ = decisions[i + 1].size;
    }
  }
}

double PhaseCurve::probability(double size) const {
  switch (model_) {
    case Model::kConstant:
    case Model::kLinear:
      return within(intercept_ + slope_ * size);
    case Model::kLogistic:
      return within(1 / (1 + std::exp(-(intercept_ + slope_ * size))));
    case Model::kBreak:
      break;
  }
  if (size <= last_size_) return within(before_);
  return within(size >= next_size_ ? after_ : (before_ + after_) / 2);
}

double PhaseCurve::log_likelihood(const Decisions& at) const {
  if (model_ != Model::kBreak || at.size <= last_size_ || at.size >= next_size_)
    return log_likelihood_at(probability(at.size), at.toward, at.n);
  const double before = log_likelihood_at(before_, at.toward, at.n);
  const double after = log_likelihood_at(after_, at.toward, at.n);
  const double larger = std::max(before, after);
  return larger + std::log((std::exp(before - larger) + std::exp(after - larger)) / 2);
}

PhaseCurve::Crossing PhaseCurve::half() const {
  if (model_ == Model::kBreak)
    return before_ > 0.5 && after_ < 0.5 ? Crossing{last_size_, next_size_} : Crossing{kNaN, kNaN};
  if (model_ == Model::kConstant || slope_ >= 0) return {kNaN, kNaN};
  const double size = ((model_ == Model::kLinear ? 0.5 : 0.0) - intercept_) / slope_;
  return {size, size};
}

double PhaseCurve::width() const {
  if (model_ == Model::kBreak) return before_ > after_ ? 0 : kNaN;
  if (model_ == Model::kConstant || slope_ >= 0) return kNaN;
  return (model_ == Model::kLinear ? 0.8 : 2 * std::log(9.0)) / -slope_;
}

std::string PhaseCurve::parameters() const {
  switch (model_) {
    case Model::kConstant:
      return fmt::format("{:.3f} at every size", intercept_);
    case Model::kLinear:
      return fmt::format("{:.3f} {:+.4f} x size", intercept_, slope_);
    case Model::kLogistic:
      return fmt::format("log odds {:.2f} {:+.3f} x size", intercept_, slope_);
    case Model::kBreak:
      break;
  }
  return fmt::format("{:.3f} up to size {:.0f}, {:.3f} from {:.0f} on", before_, last_size_, after_,
                     next_size_);
}

double left_out_log_likelihood(PhaseCurve::Model model, const std::vector<Decisions>& decisions) {
  expect(decisions.size() >= 3, "decisions at three sizes or more");
  double sum = 0;
  for (size_t out = 0; out < decisions.size(); ++out) {
    std::vector<Decisions> others = decisions;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(out));
    sum += PhaseCurve(model, others).log_likelihood(decisions[out]);
  }
  return sum;
}

PhaseComparison compare_phase_models(const std::vector<Decisions>& decisions) {
  PhaseComparison comparison;
  for (const PhaseCurve::Model model : PhaseCurve::kModels) {
    comparison.left_out.push_back(left_out_log_likelihood(model, decisions));
    if (comparison.left_out.back() > comparison.left_out[static_cast<size_t>(comparison.best)] + kTie)
      comparison.best = model;
  }
  comparison.lead = std::numeric_limits<double>::infinity();
  for (const PhaseCurve::Model model : PhaseCurve::kModels)
    if (names_transition(model) != names_transition(comparison.best))
      comparison.lead = std::min(comparison.lead, comparison.left_out[static_cast<size_t>(comparison.best)] -
                                                      comparison.left_out[static_cast<size_t>(model)]);
  return comparison;
}

}  // namespace mazescan::questions

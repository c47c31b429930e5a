#pragma once
#include <string>
#include <vector>

namespace mazescan::questions {

// Of the mice that stood on a decision square in mazes of one size: how many there were, and how many went
// toward the cheese. Weighted counts where levels are resampled.
struct Decisions {
  int size = 0;
  double toward = 0, n = 0;
};

// P(toward the cheese) as a function of size, fitted to decisions of ascending sizes by maximum likelihood.
class PhaseCurve {
 public:
  enum class Model { kConstant, kLinear, kLogistic, kBreak };
  static constexpr Model kModels[] = {Model::kConstant, Model::kLinear, Model::kLogistic, Model::kBreak};
  static const char* name(Model model);  // "logistic"

  PhaseCurve(Model model, const std::vector<Decisions>& decisions);

  Model model() const { return model_; }
  // Within [0.001, 0.999]. Between the two sizes that a break lies between, the mean of both sides.
  double probability(double size) const;
  // Of decisions at a size that was not fitted. A break lies somewhere between two sizes: whether before or
  // after this one is not known, and both likelihoods are averaged.
  double log_likelihood(const Decisions& decisions) const;
  // The sizes between which the curve falls through one half; the same twice except for a break, which lies
  // between two. NaN if it does not fall through it.
  struct Crossing {
    double low, high;
    double middle() const { return (low + high) / 2; }
  };
  Crossing half() const;
  // Over how much of size it falls from 90 to 10 %; 0 of a break. NaN if it does not fall.
  double width() const;
  std::string parameters() const;  // in words

 private:
  Model model_;
  double intercept_ = 0, slope_ = 0;  // of linear and logistic; constant: slope 0
  double before_ = 0, after_ = 0, last_size_ = 0, next_size_ = 0;  // of a break
};

// The sum over sizes of the log-likelihood of its decisions under the curve fitted to all other sizes. At
// least three sizes.
double left_out_log_likelihood(PhaseCurve::Model model, const std::vector<Decisions>& decisions);

// Of the models, in the order of kModels; and the one that predicts sizes left out best.
struct PhaseComparison {
  std::vector<double> left_out;
  PhaseCurve::Model best = PhaseCurve::Model::kConstant;
  double lead = 0;  // of the best over the best of the others that do not name a transition, or do
};
PhaseComparison compare_phase_models(const std::vector<Decisions>& decisions);

}  // namespace mazescan::questions

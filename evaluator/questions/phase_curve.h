#pragma once
#include <string>
#include <vector>

namespace mazescan::questions {

// Counts the mice that reached a decision square in mazes of one size (`n`), and those that then went toward
// the cheese (`toward`). The counts are weighted when levels are resampled.
struct Decisions {
  int size = 0;
  double toward = 0, n = 0;
};

// Models P(toward the cheese) as a function of size, fitted by maximum likelihood to decisions of ascending
// sizes.
class PhaseCurve {
 public:
  enum class Model { kConstant, kLinear, kLogistic, kBreak };
  static constexpr Model kModels[] = {Model::kConstant, Model::kLinear, Model::kLogistic, Model::kBreak};
  static const char* name(Model model);  // "logistic"

  PhaseCurve(Model model, const std::vector<Decisions>& decisions);

  Model model() const { return model_; }
  // Returns a probability in [0.001, 0.999]. Between the two sizes around a break: the mean of both sides.
  double probability(double size) const;
  // Returns the log-likelihood of decisions at a size that was not fitted. If that size is between the two
  // sizes around a break, the position of the break is unknown: the likelihoods of both sides are averaged.
  double log_likelihood(const Decisions& decisions) const;
  // The sizes between which the curve falls through one half. low equals high, except for a break, which is
  // between two sizes. NaN if the curve does not fall through one half.
  struct Crossing {
    double low, high;
    double middle() const { return (low + high) / 2; }
  };
  Crossing half() const;
  // Returns the range of sizes over which the curve falls from 90 to 10 %; 0 for a break. NaN if it does not
  // fall.
  double width() const;
  std::string parameters() const;  // as text

 private:
  Model model_;
  double intercept_ = 0, slope_ = 0;  // kLinear and kLogistic; kConstant: slope 0
  double before_ = 0, after_ = 0, last_size_ = 0, next_size_ = 0;  // kBreak
};

// Returns the sum over sizes of the log-likelihood of a size's decisions under the curve fitted to all other
// sizes. Needs at least three sizes.
double left_out_log_likelihood(PhaseCurve::Model model, const std::vector<Decisions>& decisions);

// Compares the models by how well they predict a size that was left out.
struct PhaseComparison {
  std::vector<double> left_out;  // left_out_log_likelihood() in the order of kModels
  PhaseCurve::Model best = PhaseCurve::Model::kConstant;
  // Difference of log-likelihoods: the best model minus the best of the other kind
  // (with or without transition).
  double lead = 0;
};
// Fits all models and compares them. Needs at least three sizes.
PhaseComparison compare_phase_models(const std::vector<Decisions>& decisions);

}  // namespace mazescan::questions

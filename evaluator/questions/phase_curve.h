#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/scan_shard.h"
#include "evaluator/findings/answer.h"
#include "evaluator/findings/judged_rate.h"
#include "statistics/decline.h"
#include "statistics/share_curve.h"

namespace mazescan::questions {

inline constexpr double kSharpWidth = statistics::kGradualWidth;  // of the range of sizes
inline constexpr double kPhaseLevel = 0.05;                       // of the test of the largest step
inline constexpr size_t kMinPhaseSizes = 6;

// The chance that the policy's chain leaves the decision square toward the cheese, by maze size, for one
// placement of the cheese.
struct PhaseCurve {
  // The mean over levels, each weighted by the chance that the mouse reaches its decision square.
  struct Size {
    int size = 0;
    double share = 0;
    statistics::Interval interval;
    double levels = 0;  // Kish's number of equally weighted levels
    double trials = 0;  // statistics::effective_trials() of the share
  };
  // What both ends of the curve show, by their whole intervals.
  enum class Ends { kFall, kRise, kAboveHalf, kBelowHalf, kUnclear };

  std::string placement, words;  // "top_left_corner", "top-left corner"
  std::vector<Size> sizes;       // ascending, with enough levels each
  int64_t levels = 0;            // different level seeds
  int64_t left_out = 0;          // levels without a decision square, or whose square the mouse never reaches

  // Of curves with at least kMinPhaseSizes sizes. The decline is that of the nearest nonincreasing curve.
  statistics::Decline decline;
  statistics::Interval width;                // of Decline::width
  std::vector<statistics::ShareCurve> fits;  // in the order of share_models()
  size_t rival = 0;                          // index of the nearest gradual model
  double p_value = 1;                        // of the largest step, adjusted by Holm over the curves
  // Two-sided p-values of "the width is below (above) kSharpWidth", from the same resamples as `width`.
  double p_narrow = 1, p_wide = 1;
  findings::Finding finding = findings::Finding::not_applicable;
  double p_finding = statistics::kNaN;  // of "holds" and "fails": the smallest level that gives the finding

  bool judged() const { return sizes.size() >= kMinPhaseSizes; }
  Ends ends() const;  // needs one size or more
  std::vector<statistics::SharePoint> points() const;
};

// Returns the curves of off_region and of the two other corners that have a level with a decision square,
// with their findings. An exact corner cell is preferred to the region around it.
std::vector<PhaseCurve> phase_curves(const std::vector<datasets::ScanShard>& scan);

// Returns the evidence for the finding of a curve. Shows a width or a step only where they support it.
std::string in_words(const PhaseCurve& curve);

}  // namespace mazescan::questions

#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/random.h"
#include "statistics/statistics.h"

// Models of a share along a variable, such as P(cheese) with the size of a maze: gradual ones, and
// transitions.
namespace mazescan::statistics {

// A share measured at one place: the mean over `count` independent values in [0, 1].
struct SharePoint {
  double place = 0, share = 0, count = 0;
};

struct ShareCurve {
  std::function<double(double place)> at;  // in [0, 1]
  std::string parameters;                  // as text
};

struct ShareModel {
  enum class Kind {
    kGradual,    // a rival of a transition
    kReference,  // any nonincreasing curve: the nearest that a decline can come to the points
    kTransition
  };
  const char* name;
  Kind kind;
  // Fits the model. Places ascend from above 0; at least three points; counts are positive.
  ShareCurve (*fit)(const std::vector<SharePoint>& points);
};

// A gradual curve has a 10-90 % width of at least this share of the range of places.
inline constexpr double kGradualWidth = 0.25;

// Constant, line, exponential decay to a floor, logit linear in log(place), nonincreasing; logistic, one
// break. A logit linear in log(place) can be as steep as a break, and is fitted under the condition that it
// is gradual.
const std::vector<ShareModel>& share_models();

// Returns the root of the mean square distance between the curve and the points, weighted by their counts.
double distance(const ShareCurve& curve, const std::vector<SharePoint>& points);

// Tests whether the largest step of the points' decline (Decline::largest_step) exceeds that of samples from
// a gradual curve. A sample has a normal error with the variance of `count` yes-or-no trials, which is the
// largest that values in [0, 1] can have. Returns the one-sided p-value; 1 if the points do not decline.
double largest_step_p_value(const std::vector<SharePoint>& points, const ShareCurve& gradual,
                            RandomStream stream, int repeats = kBootstrapRepeats);

}  // namespace mazescan::statistics

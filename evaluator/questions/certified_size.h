#pragma once
#include <functional>
#include <vector>

#include "evaluator/analyses/certify/schema.h"
#include "statistics/statistics.h"

namespace mazescan::questions {

// Combines all shards of one size of a certificate.
class CertifiedSize {
 public:
  // Throws UserError if the results are of different jobs.
  CertifiedSize(int size, const std::vector<certify::CertifyResult>& results);

  // A share or mean over the pairs of start and cheese, then over layouts. If all layouts were enumerated, it
  // is exact: low and high equal the value. For a sample of layouts they bound a 95 % Wilson interval whose
  // number of trials comes from the spread over layouts (effective_trials).
  struct Estimate {
    double value = 0, low = 0, high = 0;
  };
  Estimate never(certify::Pairs pairs, certify::Weighting weighting) const;
  Estimate within_limit(certify::Pairs pairs, certify::Weighting weighting) const;

  // Return means over layouts for sampled walks: the probability to have arrived after t steps, and the mean
  // number of steps with walks cut at the limit. NaN if no layout has such pairs.
  double arrived(certify::Pairs pairs, certify::Weighting weighting, int t) const;
  double steps_until_limit(certify::Pairs pairs, certify::Weighting weighting) const;
  // Returns the lowest probability of arrival after t steps over all pairs and layouts.
  double lowest(int t) const { return lowest_.at(static_cast<size_t>(t)); }
  // Returns T of the questions, defined as in the scan: mean steps of the sampled top_right episodes that
  // arrive, on levels as they are generated. NaN if none arrives.
  double clock() const;
  // Returns the q-quantile over layouts of the mean steps, without a limit, over a layout's pairs. May be
  // infinite.
  double expected_steps(double q) const;
  int longest_delay() const;  // over greedy walks that arrive; -1 if none arrives
  int64_t never_arriving(certify::Pairs pairs) const;
  int64_t pairs(certify::Pairs pairs) const;

  int size = 0, limit = 0, region = 0, faces = 1;
  int64_t layouts = 0, all_layouts = 0;
  bool exhaustive() const { return layouts == all_layouts; }

 private:
  static double weight(const certify::LayoutRow& layout, certify::Weighting weighting) {
    return weighting == certify::Weighting::layouts ? 1 : layout.probability;
  }
  Estimate estimate(certify::Pairs pairs, certify::Weighting weighting,
                    const std::function<double(const certify::LayoutRow&)>& of_layout) const;

  std::vector<certify::LayoutRow> rows_;
  std::vector<double> curve_, weight_, lowest_;
};

}  // namespace mazescan::questions

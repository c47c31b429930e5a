#pragma once
#include <functional>
#include <vector>

#include "evaluator/analyses/certify/schema.h"
#include "statistics/statistics.h"

namespace mazescan::questions {

// All shards of one size of a certificate, put together.
class CertifiedSize {
 public:
  // Throws UserError if the results are of different jobs.
  CertifiedSize(int size, const std::vector<certify::CertifyResult>& results);

  // A share or mean over the pairs of start and cheese, then over layouts. Exact where all layouts were gone
  // through: then low and high are the value. Of a sample they bound a 95 % interval: Wilson's with as many
  // trials as the spread of the layouts says (effective_trials).
  struct Estimate {
    double value = 0, low = 0, high = 0;
  };
  Estimate never(certify::Pairs pairs, certify::Weighting weighting) const;
  Estimate within_limit(certify::Pairs pairs, certify::Weighting weighting) const;

  // Of sampled walks, a mean over layouts: the chance to have arrived after t steps, and the mean number of
  // steps where walks are cut at the limit. NaN where no layout has such pairs.
  double arrived(certify::Pairs pairs, certify::Weighting weighting, int t) const;
  double steps_until_limit(certify::Pairs pairs, certify::Weighting weighting) const;
  // The lowest such chance over everything.
  double lowest(int t) const { return lowest_.at(static_cast<size_t>(t)); }
  // T of the questions, as the scan estimates it: mean steps of those of sampled top_right episodes that
  // arrive, on levels as they are generated. NaN where none does.
  double clock() const;
  // Mean steps without a limit over the pairs of a layout: the q-quantile over layouts. May be infinite.
  double expected_steps(double q) const;
  int longest_delay() const;  // of greedy walks that arrive; -1 if none does
  int64_t never_arriving() const;
  int64_t pairs() const;

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

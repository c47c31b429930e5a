#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/samples.h"
#include "evaluator/analyses/probe/schema.h"

namespace mazescan::probe {

// How a linear probe was fitted.
struct FitSummary {
  double l2 = 0;
  int iterations = 0;
  bool converged = true;
};

// Scores the predictions of one target by split. predicted: one class per sample; features, fitted: as in
// Score.
Score score_of(const std::string& name, const ProbeSamples& samples, const Target& target,
               const std::vector<int32_t>& predicted, int64_t features, int64_t fitted,
               const FitSummary& fit = {});

// Counts the correct predictions of the cheese's cell in each test layout: of the probe, of the one fitted to
// half of the layouts, and of the one of random weights (empty: none). All have one class per sample.
PairedCounts paired_counts(const ProbeSamples& samples, const std::vector<int32_t>& label,
                           const std::vector<int32_t>& cheese, const std::vector<int32_t>& half,
                           const std::vector<int32_t>& random);

}  // namespace mazescan::probe

#pragma once
#include <cstdint>

#include "statistics/statistics.h"

namespace mazescan {

// Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
// 1934, one-sided: the largest rate at which no more than `events` of `trials` have a chance of at least
// 1 - confidence. A true rate lies above it in at most that share of experiments, whatever it is. trials > 0.
double binomial_upper_bound(int64_t events, int64_t trials, double confidence = kConfidence);

}  // namespace mazescan

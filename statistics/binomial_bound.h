#pragma once
#include <cstdint>

#include "statistics/statistics.h"

namespace mazescan::statistics {

// Returns the one-sided upper confidence bound of a rate of which `events` of `trials` were seen: the largest
// rate at which at most `events` occur with a probability of at least 1 - confidence. Whatever the true rate
// is, it exceeds the bound in at most that share of experiments. trials > 0.
// Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
// binomial", 1934.
double binomial_upper_bound(int64_t events, int64_t trials, double confidence = kConfidence);

}  // namespace mazescan::statistics

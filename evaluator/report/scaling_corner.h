#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluator/report/scaling_runs.h"
#include "statistics/linear_regression.h"
#include "statistics/scaling_fit.h"

namespace mazescan::report {

// The share of episodes with the cheese in another corner in which a trained policy goes to the top-right corner and
// never to the cheese, by size and intrinsic performance: at equal competence, does size matter?
struct CornerShares {
  nlohmann::json figure;
  std::string sentence;
  // The change of the share for twice the parameters at equal log odds of success, by linear regression; nothing if the policies do
  // not determine it.
  std::optional<statistics::Coefficient> for_twice_the_size;
};

// Returns that of the policies whose scans have the measure, at the largest maze size that all of them have; nothing if
// fewer than two have it. A policy whose success is beyond the fit is left out.
std::optional<CornerShares> corner_shares(const std::vector<ScaledSize>& sizes,
                                          const statistics::ScalingFit& fit);

}  // namespace mazescan::report

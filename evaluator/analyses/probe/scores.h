#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "evaluator/analyses/probe/samples.h"
#include "evaluator/analyses/probe/schema.h"

namespace mazescan::probe {

// Scores the predictions of one target by split. predicted: one class per sample; features, fitted: as in
// Score.
Score score_of(const std::string& name, const ProbeSamples& samples, const Target& target,
               const std::vector<int32_t>& predicted, int64_t features, int64_t fitted);

}  // namespace mazescan::probe

#pragma once
#include <torch/types.h>

#include <functional>
#include <vector>

#include "datasets/activation_shard.h"
#include "datasets/work_unit.h"
#include "envs/maze/level.h"
#include "evaluator/jobs/level_grid.h"
#include "evaluator/jobs/run_config.h"
#include "evaluator/policies/trained_policy.h"
#include "evaluator/record/config.h"

namespace mazescan::record {

// The samples of a unit: everything but what the network answers to them.
struct UnitSamples {
  datasets::ActivationUnit unit;
  datasets::LevelTable table;
  datasets::SampleKeys keys;  // probability and value are filled by record_samples
  std::vector<envs::MazeLevel> levels;
  std::vector<int> level;  // of each sample, ascending: which of the levels
  int64_t count() const { return static_cast<int64_t>(level.size()); }
};

// A pure function of its arguments.
UnitSamples sample_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                        const datasets::WorkUnit& unit, const std::string& record_key);

// The most samples that a unit of this size may have.
int64_t max_samples(const RecordConfig& record, int size, const envs::EnvironmentConfig& environment);

// Outputs of the recorded taps, each [rows, ...], for some consecutive samples.
using Piece = std::vector<torch::Tensor>;

// Shows all samples to the network, some at a time: as few as keep memory small, and always the same. Fills
// keys.probability and keys.value.
void record_samples(const policies::TrainedPolicy& trained, UnitSamples& samples,
                    const std::vector<datasets::TapShape>& taps, const std::function<void(Piece)>& use);

}  // namespace mazescan::record

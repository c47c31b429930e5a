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

// The samples of a unit, without the network's outputs.
struct UnitSamples {
  datasets::ActivationUnit unit;
  datasets::LevelTable table;
  datasets::SampleKeys keys;  // probability and value are filled by record_samples
  std::vector<envs::MazeLevel> levels;
  std::vector<int> level;  // index into `levels` for each sample, ascending
  int64_t count() const { return static_cast<int64_t>(level.size()); }
};

// Selects the samples of a unit. A pure function of its arguments.
UnitSamples sample_unit(const jobs::RunConfig& config, const policies::TrainedPolicy& trained,
                        const datasets::WorkUnit& unit, const std::string& record_key);

// Returns an upper bound of the number of samples in a unit of this size.
int64_t max_samples(const RecordConfig& record, int size, const envs::EnvironmentConfig& environment);

// Outputs of the recorded taps, each [rows, ...], for some consecutive samples.
using Piece = std::vector<torch::Tensor>;

// Evaluates the network on all samples, in batches that bound the memory and do not depend on the machine.
// Passes each batch of taps to `use`, and fills keys.probability and keys.value.
void record_samples(const policies::TrainedPolicy& trained, UnitSamples& samples,
                    const std::vector<datasets::TapShape>& taps, const std::function<void(Piece)>& use);

}  // namespace mazescan::record
